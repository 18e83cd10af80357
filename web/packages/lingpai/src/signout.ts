// Sign-outs that the server has not heard of yet. They outlive the page.

import type { Clock, SignOutScope } from './types.js'
import type { Server } from './server.js'
import { AuthError } from './errors.js'
import { after } from './clock.js'
import type { Place } from './store.js'

/** One sign-out. Without a refresh token, the cookie says whose. */
export interface Leaving {
  readonly scope: SignOutScope
  readonly refresh_token?: string | undefined
}

const pause = 15_000
const longestPause = 300_000

export class SignOuts {
  #flight: Promise<void> | null = null
  #failures = 0
  #cancel = (): void => {}

  constructor(readonly server: Server, readonly clock: Clock, readonly place: Place) {}

  get waiting(): readonly Leaving[] {
    try {
      const list: unknown = JSON.parse(this.place.get()!)
      return Array.isArray(list) ? list : []
    } catch {
      return []
    }
  }

  #set(list: readonly Leaving[]): void {
    this.place.set(list.length ? JSON.stringify(list) : null)
  }

  /** Resolves when the server has heard it, or cannot be reached now. */
  add(...leaving: Leaving[]): Promise<void> {
    this.#set([...this.waiting, ...leaving])
    return this.flush()
  }

  /** Takes back those that speak of the cookie, because another session is about to live in it. */
  takeCookies(): Leaving[] {
    const list = this.waiting
    this.#set(list.filter(one => one.refresh_token))
    return list.filter(one => !one.refresh_token)
  }

  /** Sends what waits. Never rejects. */
  flush = (): Promise<void> => this.#flight ??= this.#send().finally(() => { this.#flight = null })

  stop(): void {
    this.#cancel()
  }

  async #send(): Promise<void> {
    this.#cancel()
    for (let next; (next = this.waiting[0]);) {
      try {
        await this.server.call('POST', 'logout', { body: next, keepalive: true })
      } catch (error) {
        if ((error as AuthError).retryable) return this.#later()
        // The server knows of no such session: it is over.
      }
      this.#failures = 0
      const sent = JSON.stringify(next)
      this.#set(this.waiting.filter(one => JSON.stringify(one) !== sent))
    }
  }

  #later(): void {
    this.#cancel = after(this.clock, Math.min(pause * 2 ** this.#failures++, longestPause), () => void this.flush())
  }
}
