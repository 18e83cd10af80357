// What the parts of the core know of one another.

import type { Auth, Clock, EndReason, Keep, SignOutScope } from './types.js'
import type { Refresher } from './refresh.js'
import type { Call } from './server.js'
import type { State } from './state.js'
import { read, type Place } from './store.js'
import type { Tabs } from './tabs.js'

export interface Core {
  readonly keep: Keep
  /** The same in all tabs of this session, for channels, locks and keys of storages. */
  readonly name: string
  /** Where Lingpai is: absolute, but for a page that is rendered on a server. */
  readonly base: string
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  /** Whether sessions are bound to a key. */
  readonly dpop: boolean
  /** Whether all tabs have one session; a storage of the app's own may be one tab's. */
  readonly shared: boolean
  prover(): Promise<Prover>
  readonly state: State
  readonly call: Call
  readonly tabs: Tabs
  /** Where `keep: 'storage'` keeps tokens; `null` for the others. */
  readonly place: Place | null
  /** Sign-outs that the server has not heard of yet: a {@link Leaving} a line, as JSON. */
  readonly outbox: Place
  readonly refresher: Refresher
  /** Sends what is in the outbox, after the answer to a refresh, whose cookie would come back otherwise. Never rejects. */
  flush(): Promise<unknown>
}

/** Makes DPoP proofs, and learns from answers. */
export interface Prover {
  /** Makes a new key for the next sign-in, unless another tab has just done so. For when no session needs the one before. */
  renew(): Promise<void>
  /** Empty when there is no key yet. */
  prove(method: string, url: string, token?: string): Promise<string>
  /**
   * Takes nonce and time from the answer to a request with this proof; `true` says that the request is worth another try with a new one.
   * Throws when the session is bound to a key that is lost.
   */
  learn(url: string, status: number, header: (name: string) => string | null, proof: string): boolean
  /** A request to Lingpai itself, with its proof. */
  fetch(url: string, init: RequestInit & { readonly headers: Readonly<Record<string, string>> }, token?: string): Promise<Response>
}

/** What requests and streams need of the Auth that they belong to. */
export interface Feed extends Pick<Auth, 'sign' | 'judge'> {
  readonly core: Core
}

/** One sign-out. Without a refresh token, the cookie says whose. */
export interface Leaving {
  readonly scope: SignOutScope
  readonly refresh_token?: string | undefined
}

/** Keeps it until the server has heard it, and tells the server if it can be reached. */
export function revoke({ outbox, flush }: Core, leaving: Leaving): Promise<unknown> {
  outbox.set(`${outbox.get() ?? ''}${JSON.stringify(leaving)}\n`)
  return flush()
}

/** Ends the session here and in the other tabs; the server is not asked. `null`: there was none. */
export function leave(core: Core, reason: EndReason | null): void {
  const { state, tabs } = core
  const id = state.held?.session.id
  forget(core, id)
  if (id && reason) tabs.tell({ over: id, reason })
  state.end(reason)
}

/** Empties the storage, unless another tab has put another session into it. */
export function forget({ place, clock }: Core, id: string | undefined): void {
  if (place && read(place, clock)?.session.id === id) place.set(null)
}
