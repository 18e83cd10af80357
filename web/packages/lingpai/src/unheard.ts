// Why a server of another origin was not heard. Loaded when that happens.

import { AuthError } from './errors.js'

/** A page cannot tell a dead server from one that does not answer its origin. A request whose answer nobody reads can; it rejects for a dead one. */
export async function suspect(url: string, fetch: typeof globalThis.fetch): Promise<AuthError> {
  await fetch(url, { mode: 'no-cors', credentials: 'omit' })
  return new AuthError('cors_suspected', { advice: `Lingpai does not answer pages of ${location.origin}; add it to cors.origins of the server` })
}
