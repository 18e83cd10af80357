// Where strings outlive the page.

import type { Clock, TokenStorage } from './types.js'
import { holdingOf, type Holding } from './holding.js'

/** `localStorage`, or `null` where there is none; even looking at it may throw. */
export function localStorageOrNull(): TokenStorage | null {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

/** One string in a storage that may throw, fill up or forget. After its first failure memory takes over, and `onLost` is told once something was lost. */
export class Place {
  #memory: string | null = null
  #lost: boolean
  #told = false

  constructor(readonly key: string, readonly storage: TokenStorage | null, readonly onLost = (): void => {}) {
    this.#lost = !storage
  }

  get(): string | null {
    if (this.#lost) return this.#memory
    try {
      return this.storage!.getItem(this.key)
    } catch {
      this.#lost = true
      return this.#memory
    }
  }

  /** Keeps it, and looks whether it was kept: some browsers drop what they do not want to store. */
  set(value: string | null): void {
    this.#memory = value
    if (!this.#lost) {
      try {
        value === null ? this.storage!.removeItem(this.key) : this.storage!.setItem(this.key, value)
        if (this.storage!.getItem(this.key) === value) return
      } catch {
        // Falls to memory, below.
      }
      this.#lost = true
      this.#forget()
    }
    if (value !== null && !this.#told) {
      this.#told = true
      this.onLost()
    }
  }

  /** Leaves no older value behind for the next page. */
  #forget(): void {
    try {
      this.storage!.removeItem(this.key)
    } catch {
      // It keeps nothing, or will not let go; the server ends the session of an old token.
    }
  }
}

/** What a place holds of a session, or `null`. What cannot be read counts as nothing. */
export function read(place: Place, clock: Clock): Holding | null {
  try {
    const value = JSON.parse(place.get()!)
    return value && holdingOf(value, clock, value.at)
  } catch {
    return null
  }
}

export function write(place: Place, held: Holding | null): void {
  place.set(held && pack(held))
}

/** A holding as text, for storage and other tabs: without the clock of this page, which means nothing elsewhere. */
export function pack(held: Holding): string {
  const { mono: _, ...kept } = held
  return JSON.stringify(kept)
}
