// Calls to Lingpai itself: one JSON object there, one back, and everything else becomes an AuthError.

import type { Core } from './core.js'
import { AuthError } from './errors.js'
import { within } from './clock.js'

/** Resolves with the JSON object of the answer, nothing for 204. What names the session is in the body or in a cookie. */
export type Call = (method: string, path: string, body?: object | null) => Promise<unknown>

const json = { 'Content-Type': 'application/json' }

export function serverOf({ base, fetch, clock, dpop, prover }: Core, timeout: number): Call {
  return async (method, path, body = null) => {
    const url = `${base}/api/${path}`
    const stop = new AbortController()
    const init = {
      method, headers: body ? json : {}, body: body && JSON.stringify(body), signal: stop.signal,
      credentials: 'include', redirect: 'manual', keepalive: true,
    } as const
    const exchange = async (): Promise<unknown> => {
      const response = await (dpop ? (await prover()).fetch(url, init) : fetch(url, init))
      return judged(response, await response.text())
    }
    try {
      return await within(clock, timeout, exchange())
    } catch (cause) {
      stop.abort()
      throw cause instanceof AuthError ? cause : new AuthError('offline', { cause })
    }
  }
}

function judged(response: Response, text: string): unknown {
  const { status, ok, headers } = response
  let body
  try {
    body = JSON.parse(text)
  } catch {
    // No JSON: not from Lingpai, or from nobody.
  }
  if (ok && (typeof body === 'object' || status === 204)) return body
  const code = body?.code
  throw new AuthError(typeof code === 'string' ? code : status >= 500 || status === 429 ? 'unavailable' : 'not_lingpai', {
    status, ...code && { problem: body }, retryAfter: Number(headers.get('Retry-After')) || undefined,
  })
}
