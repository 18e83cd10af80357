// What the parts of the core know of one another.

import type { Auth, Clock, EndReason, Keep, SignOutScope } from './types.js'
import type { Refresher } from './refresh.js'
import type { Call, Prover } from './server.js'
import type { State } from './state.js'
import type { Place } from './store.js'
import type { Tabs } from './tabs.js'

export interface Core {
  readonly keep: Keep
  /** The same in all tabs of this session, for channels, locks and keys of storages. */
  readonly name: string
  readonly base: string
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  /** Makes DPoP proofs; `null` without the option. */
  prover(): Promise<Prover | null>
  readonly state: State
  readonly call: Call
  readonly tabs: Tabs
  /** Where `keep: 'storage'` keeps tokens; `null` for the others. */
  readonly place: Place | null
  /** Sign-outs that the server has not heard of yet: {@link Leaving}s, as JSON. */
  readonly outbox: Place
  readonly refresher: Refresher
  /** Sends what is in the outbox. Never rejects. */
  flush(): Promise<unknown>
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

export function waiting({ outbox }: Core): readonly Leaving[] {
  try {
    return JSON.parse(outbox.get()!) ?? []
  } catch {
    return []
  }
}

/** Keeps it until the server has heard it, and tells the server if it can be reached. */
export function revoke(core: Core, ...leaving: readonly Leaving[]): Promise<unknown> {
  core.outbox.set(JSON.stringify([...waiting(core), ...leaving]))
  return core.flush()
}

/** Ends the session here and in the other tabs; the server is not asked. `null`: there was none. */
export function leave({ state, place, tabs }: Core, reason: EndReason | null): void {
  const id = state.held?.session.id
  place?.set(null)
  if (id && reason) tabs.tell({ over: id, reason })
  state.end(reason)
}
