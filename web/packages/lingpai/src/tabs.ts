// The other tabs of this browser. They hear what happened, never a secret that they could not read anyway.

import type { Clock, EndReason } from './types.js'
import { after } from './clock.js'
import type { Holding } from './holding.js'
import { localStorageOrNull, pack } from './store.js'

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
  /** Says who is signed in, and where all tabs can read the tokens in the storage, those too. */
  tellHeld(held: Holding, tokens: boolean): void
  close(): void
}

export function tabsOf(name: string, hear: (message: Message) => void): Tabs {
  /** Another version of this page may be open, with other words. */
  const heard = (text: string): void => {
    try {
      hear(JSON.parse(text))
    } catch {
      // Nothing that we know of.
    }
  }
  const channel = channelOf(name)
  channel.onmessage = ({ data }) => heard(data)
  channel.unref?.() // In Node, it keeps no program alive.
  const tell = (message: Message): void => channel.postMessage(JSON.stringify(message))
  return {
    tell,
    tellHeld: (held, tokens) => tell({ held: pack(tokens ? held : { session: held.session, user: held.user, at: held.at, mono: 0 }) }),
    close: () => channel.close(),
  }
}

type Channel = Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: ((event: MessageEvent) => void) | null; unref?(): void }

/** Without BroadcastChannel, a change of localStorage is what the others hear; nothing stays in it. */
function channelOf(name: string): Channel {
  if (globalThis.BroadcastChannel) return new BroadcastChannel(name)
  const storage = localStorageOrNull()
  const key = `${name} tab`
  const channel: Channel = {
    onmessage: null,
    postMessage(text) {
      try {
        storage!.setItem(key, text)
        storage!.removeItem(key)
      } catch {
        // Then every tab learns it from the server.
      }
    },
    close: listen('storage', event => {
      const { key: changed, newValue } = event as StorageEvent
      if (changed === key && newValue) channel.onmessage!({ data: newValue } as MessageEvent)
    }),
  }
  return channel
}

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
      return new Promise<void>(letGo => {
        const done = listen('pagehide', () => letGo())
        result!.catch(() => {}).then(() => { done(); letGo() })
      })
    }).catch(cancel) // Nobody let go of it.
  }
  return result ?? work()
}
