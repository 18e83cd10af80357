// The other tabs of this browser. They hear what happened, never a secret that they could not read anyway.

import type { Clock, EndReason } from './types.js'
import { after } from './clock.js'
import { localStorageOrNull } from './store.js'

/** What tabs tell one another. */
export type Message =
  | { readonly over: string; readonly reason: EndReason }
  /** A packed holding; with tokens only where all tabs can read them in the storage. */
  | { readonly held: string }
  | { readonly active: true }

/** How long to wait for the lock. A frozen tab may never let go of it. */
const patience = 3000

export class Tabs {
  readonly #channel: BroadcastChannel | null
  readonly #stops: (() => void)[] = []
  readonly #storage = localStorageOrNull()

  constructor(readonly name: string, readonly hear: (message: Message) => void) {
    this.#channel = globalThis.BroadcastChannel ? new BroadcastChannel(name) : null
    if (this.#channel) {
      this.#channel.onmessage = event => this.#heard(event.data)
      ;(this.#channel as { unref?(): void }).unref?.()
    } else {
      this.#stops.push(listen('storage', event => {
        const { key, newValue } = event as StorageEvent
        if (key === name && newValue) this.#heard(newValue)
      }))
    }
  }

  /** Without BroadcastChannel, a change of localStorage is what others hear; nothing stays in it. */
  tell(message: Message): void {
    const text = JSON.stringify(message)
    if (this.#channel) return this.#channel.postMessage(text)
    try {
      this.#storage?.setItem(this.name, text)
      this.#storage?.removeItem(this.name)
    } catch {
      // Then every tab learns it from the server.
    }
  }

  /** Another version of this page may be open, with other words. */
  #heard(text: unknown): void {
    try {
      this.hear(JSON.parse(text as string))
    } catch {
      // Nothing that we know of.
    }
  }

  close(): void {
    this.#channel?.close()
    this.#stops.forEach(stop => stop())
  }
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
  if (!locks) return work()
  const wait = new AbortController()
  const cancel = after(clock, patience, () => wait.abort())
  let result: Promise<T> | undefined
  try {
    await locks.request(name, { signal: wait.signal }, () => {
      cancel()
      result = work()
      return new Promise<void>(letGo => {
        const stop = listen('pagehide', () => letGo())
        const done = (): void => { stop(); letGo() }
        result!.then(done, done)
      })
    })
  } catch {
    cancel() // Nobody let go of it.
  }
  return result ?? work()
}
