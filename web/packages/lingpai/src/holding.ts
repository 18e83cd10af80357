// What a signed-in browser holds: the server's answer to a sign-in or a refresh, and when it was asked for.

import type { Clock, Session, User } from './types.js'
import { AuthError } from './errors.js'

/** An answer of `/auth/api/login`, `/auth/api/refresh` or `/auth/api/me`, checked. */
export interface Holding {
  readonly access_token?: string
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

const text = (value: unknown): value is string => typeof value === 'string'
const optional = (value: unknown): boolean => value === undefined || text(value) && value !== ''

/**
 * Checks what came from the server, from storage or from another tab. `at` is when it was asked for. Throws `not_lingpai`.
 *
 * A wall clock that shows less than it did then was set back: how old the token is cannot be told any more, so it counts as expired.
 */
export function holdingOf(value: unknown, clock: Clock, at: number, mono = clock.monotonic() - Math.max(0, clock.now() - at)): Holding {
  const answer = value as Holding
  const { session, user, access_token, refresh_token, token_type, expires_in } = answer ?? {}
  if (!text(session?.id) || !(Date.parse(session.expires_at) > 0) || !text(user?.id) || !text(user.username) || !Array.isArray(user.roles)
    || !optional(access_token) || !optional(refresh_token) || access_token !== undefined && !(expires_in! > 0) || !(at > 0)) {
    throw new AuthError('not_lingpai')
  }
  return {
    ...access_token && { access_token, token_type: token_type === 'DPoP' ? 'DPoP' : 'Bearer', expires_in: at > clock.now() ? 0.001 : expires_in! },
    ...refresh_token && { refresh_token },
    session: { id: session.id, expires_at: session.expires_at },
    user: Object.freeze({ ...user, name: text(user.name) ? user.name : '', roles: Object.freeze(user.roles.filter(text)) }),
    at, mono,
  }
}

/** How long an access token is good, in milliseconds. Never longer than the server said, whatever the clocks of this machine do. */
export function left(clock: Clock, held: Holding): number {
  return life(held) - Math.max(clock.now() - held.at, clock.monotonic() - held.mono)
}

/** What the server gave the access token, in milliseconds; 0 without one. */
export const life = (held: Holding): number => (held.expires_in ?? 0) * 1000

export function snapshot(status: Session['status'], held: Holding | null, ended: Session['ended'] = null): Session {
  return Object.freeze({
    status, user: held && held.user, id: held && held.session.id, expiresAt: held && Date.parse(held.session.expires_at), ended,
  })
}
