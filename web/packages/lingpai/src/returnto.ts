// Where a person goes after signing in.

import { addressOf } from './origins.js'

/**
 * The path, query and hash of `wanted` if it leads to a page of this origin, else `fallback`. What one reader takes for a path and another for a
 * host is refused: backslashes, control characters, and paths that begin with two slashes once they are normalised. Pass what the router made
 * of it on to the router; it must be a page that exists.
 */
export function safeReturnTo(wanted: unknown, fallback = '/'): string {
  if (typeof wanted !== 'string' || wanted.length > 2000 || !wanted.startsWith('/') || /[\\\s\u0000-\u001f\u007f-\u009f]/.test(wanted)) return fallback
  const here = globalThis.location?.origin ?? 'http://localhost'
  const url = addressOf(wanted, here)
  const path = url && url.pathname + url.search + url.hash
  return path && url.origin === here && !/^\/(\/|%2f|%5c)/i.test(path) ? path : fallback
}
