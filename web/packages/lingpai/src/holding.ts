// What a signed-in browser holds: the server's answer to a sign-in or a refresh, and when it was asked for.

import type { Clock, User } from './types.js'
import { AuthError } from './errors.js'

/** An answer of `/auth/api/login`, `/auth/api/refresh` or `/auth/api/me`. */
export interface Holding {
  readonly access_token?: string | undefined
  readonly refresh_token?: string
  readonly token_type?: string
  /** Seconds. */
  readonly expires_in?: number
  readonly session: { readonly id: string; readonly expires_at: string }
  readonly user: User
  /** When it was asked for, by the wall clock of this browser. */
  readonly at: number
  /** The same moment by the monotonic clock of this page. */
  readonly mono: number
}

/**
 * Checks what came from the server, from storage or from another tab; `at` is when it was asked for. Throws `not_lingpai`.
 *
 * If the wall clock shows less than it did then, it was set back; how old the token is cannot be told any more, and it counts as expired.
 */
export function holdingOf(value: unknown, clock: Clock, at: number, mono?: number): Holding {
  const answer = value as Holding | null
  const { session, user, expires_in } = answer ?? {}
  if (!session?.id || !(Date.parse(session.expires_at) > 0) || !Array.isArray(user?.roles) || answer!.access_token && !(expires_in! > 0)) {
    throw new AuthError('not_lingpai')
  }
  const age = clock.now() - at
  Object.freeze(Object.freeze(user).roles)
  return { ...answer!, at, mono: mono ?? clock.monotonic() - (age >= 0 ? age : Infinity) }
}

/** How long an access token is good, in milliseconds. Never longer than the server said, whatever the clocks of this machine do. */
export const left = (clock: Clock, held: Holding): number => life(held) - Math.max(clock.now() - held.at, clock.monotonic() - held.mono)

/** What the server gave the access token, in milliseconds; 0 without one. */
export const life = (held: Holding): number => held.access_token ? held.expires_in! * 1000 : 0

/** Whether a token is good for so many seconds more. One that lives short is sent for half of its life. */
export const fresh = (clock: Clock, held: Holding, wanted = 30): boolean => left(clock, held) > Math.min(wanted * 1000, life(held) / 2)
