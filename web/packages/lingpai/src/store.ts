// Where strings outlive the page.

import type { Clock, TokenStorage } from './types.js'
import { holdingOf, type Holding } from './holding.js'

/** `localStorage`, or `null` where there is none; even looking at it may throw. */
export function localStorageOrNull(): TokenStorage | null {
  try {
    return globalThis.localStorage
  } catch {
    return null
  }
}

/** One string in a storage. */
export interface Place {
  get(): string | null
  set(value: string | null): void
}

/** A place in a storage that may throw, fill up or forget. When it does not keep what it was given, memory takes over for good, and `onLost` is told. */
export function placeOf(key: string, storage: TokenStorage | null, onLost?: () => void): Place {
  let memory: string | null = null
  let lost = false
  return {
    get() {
      try {
        if (!lost) return storage!.getItem(key)
      } catch {
        // Memory has it, or nobody has.
      }
      return memory
    },
    set(value) {
      memory = value
      if (lost) return
      try {
        if (value === null) return storage!.removeItem(key)
        storage!.setItem(key, value)
        if (storage!.getItem(key) === value) return
        storage!.removeItem(key) // An older value is worse than none.
      } catch {
        // It keeps nothing.
      }
      lost = value !== null
      if (lost) onLost?.()
    },
  }
}

/** What a place holds of a session, or `null`. What cannot be read counts as nothing. */
export function read(place: Place, clock: Clock): Holding | null {
  try {
    return unpack(place.get()!, clock)
  } catch {
    return null
  }
}

/** A holding as text, for storage and other tabs: without the clock of this page, which means nothing elsewhere. */
export const pack = (held: Holding): string => JSON.stringify({ ...held, mono: undefined })

export function unpack(text: string, clock: Clock): Holding {
  const value = JSON.parse(text)
  return holdingOf(value, clock, value.at)
}
