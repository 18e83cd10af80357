// When a request is sent again, and how the other side knows that it is the same.

import type { Answer, Keep } from './types.js'
import { AuthError } from './errors.js'

/** The refusals that another token may heal. Whoever answers without a code of ours must say so in the words of RFC 6750. */
export function heals({ status, code, header }: Answer, keep?: Keep): boolean {
  return status === 401 && (typeof code === 'string'
    ? /^(token_(expired|revoked|signature)|session_e\w+)$/.test(code) || keep === 'cookie' && code === 'token_missing'
    : /error="?invalid_token\b/.test(header('WWW-Authenticate') ?? ''))
}

/** An Idempotency-Key. Not a secret, only one of its kind; pages of plain http have no randomUUID. */
export const key = (): string => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`

/** What a request fails with whose body was a stream. */
export const spentBody = (cause?: unknown): AuthError => new AuthError('body_not_replayable', {
  status: 401, cause, advice: 'The token was refused, and the body, a stream, is spent; send the request with a new one',
})

/** What a request fails with that no token could help. */
export const stillRefused = (cause?: unknown): AuthError => new AuthError('still_unauthorized', {
  status: 401, cause, advice: 'The API refuses a fresh token; compare its issuer, audience and clock',
})
