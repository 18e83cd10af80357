// The other tabs of this browser. They hear what happened, never a secret that they could not read anyway.

import type { Clock, EndReason } from './types.js'
import { after } from './clock.js'
import type { Holding } from './holding.js'
import { seldom } from './lazy.js'
import { pack } from './store.js'

/** What tabs tell one another. */
export interface Message {
  /** The session of this id is over. */
  readonly over?: string
  readonly reason?: EndReason
  /** What is held now, packed. */
  readonly held?: string
}

/** How long to wait for the lock. A frozen tab may never let go of it. */
const patience = 3000

export interface Tabs {
  tell(message: Message): void
  /** Says who is signed in; and the tokens, where all tabs can read them in the storage. */
  tellHeld(held: Holding): void
  close(): void
}

export function tabsOf(name: string, hear: (message: Message) => void): Tabs {
  const opened: Promise<Channel> = globalThis.BroadcastChannel ? Promise.resolve(new BroadcastChannel(name)) : seldom().then(part => part.channelOf(name))
  const use = (run: (channel: Channel) => void): void => void opened.then(run).catch(() => {}) // Without the others, or closed, a tab learns all from the server.
  use(channel => {
    channel.unref?.() // In Node, it keeps no program alive.
    channel.onmessage = ({ data }) => {
      try {
        hear(JSON.parse(data))
      } catch {
        // Another version of this page may be open, with other words.
      }
    }
  })
  const tell = (message: Message): void => use(channel => channel.postMessage(JSON.stringify(message)))
  return {
    tell,
    tellHeld: held => tell({ held: pack(held.refresh_token ? held : { ...held, access_token: undefined }) }),
    close: () => use(channel => channel.close()),
  }
}

/** What is used of a BroadcastChannel. */
export type Channel = Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: ((event: MessageEvent) => void) | null; unref?(): void }

/** Adds a listener to the window, if there is one, and returns what removes it. */
export function listen(event: string, listener: (event: Event) => void): () => void {
  globalThis.addEventListener?.(event, listener)
  return () => globalThis.removeEventListener?.(event, listener)
}

/**
 * Runs `work` while no other tab does: a courtesy that saves requests. It is not what keeps sessions alive (the server is), so after a
 * short wait, or without Web Locks, the work is done anyway; and a page that is put aside lets go.
 */
export async function alone<T>(name: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  let result: Promise<T> | undefined
  if (locks) {
    const wait = new AbortController()
    const cancel = after(clock, patience, () => wait.abort())
    await locks.request(name, { signal: wait.signal }, () => {
      cancel()
      result = work()
      return new Promise<unknown>(letGo => {
        const done = listen('pagehide', letGo)
        result!.catch(() => {}).then(() => letGo(done()))
      })
    }).catch(cancel) // Nobody let go of it.
  }
  return result ?? work()
}
