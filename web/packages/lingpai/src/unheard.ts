// Why a server was not heard.

import type { Core } from './core.js'
import { AuthError } from './errors.js'
import { isOwn } from './origins.js'

/**
 * A page cannot tell a dead server of another origin from one that does not answer pages of this one. A request whose answer nobody reads can.
 * Returns the error that says which it was.
 */
export async function suspect({ base, fetch }: Core, error: AuthError): Promise<AuthError> {
  if (error.code !== 'offline' || !globalThis.location || isOwn(base)) return error
  try {
    await fetch(`${base}/api/me`, { mode: 'no-cors', credentials: 'omit' })
  } catch {
    return error
  }
  return new AuthError('cors_suspected', { cause: error, advice: `Lingpai does not answer pages of ${location.origin}; add it to cors.origins of the server` })
}
