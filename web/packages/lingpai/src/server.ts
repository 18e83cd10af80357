// Calls to Lingpai itself: one JSON object there, one back, and everything else becomes an AuthError.

import type { Core } from './core.js'
import { AuthError } from './errors.js'
import { within } from './clock.js'
import { isOwn } from './origins.js'

/** Makes the DPoP header of requests, and learns from answers. */
export interface Prover {
  /** Empty when there is no key yet. */
  prove(method: string, url: string, token?: string): Promise<string>
  /** Takes nonce and time from an answer; `true` says that the request is worth another try with a new proof.
   * Throws when the session is bound to a key that is lost. */
  learn(url: string, status: number, header: (name: string) => string | null): boolean
}

/** `token` goes into Authorization. Resolves with the JSON object of the answer, `null` for 204. */
export type Call = (method: string, path: string, body?: object | null, token?: Token) => Promise<unknown>

export interface Token {
  readonly access_token?: string | undefined
  readonly token_type?: string | undefined
}

export function serverOf({ base, fetch, clock, prover: proverOf }: Core, timeout: number): Call {
  const send = async (method: string, url: string, body: object | null | undefined, token: Token, prover: Prover | null) => {
    const stop = new AbortController()
    const headers: Record<string, string> = {}
    const { access_token, token_type = 'Bearer' } = token
    if (body) headers['Content-Type'] = 'application/json'
    if (access_token) headers['Authorization'] = `${token_type} ${access_token}`
    const proof = await prover?.prove(method, url, access_token)
    if (proof) headers['DPoP'] = proof
    const exchange = async (): Promise<[Response, string]> => {
      const response = await fetch(url, {
        method, headers, body: body ? JSON.stringify(body) : null, signal: stop.signal,
        credentials: 'include', cache: 'no-store', redirect: 'manual', keepalive: true,
      })
      return [response, await response.text()]
    }
    try {
      return await within(clock, timeout, exchange())
    } catch (cause) {
      stop.abort()
      throw cause instanceof AuthError ? cause : await unheard(url, fetch, cause)
    }
  }

  return async (method, path, body, token = {}) => {
    const url = `${base}/api/${path}`
    const prover = await proverOf()
    let [response, text] = await send(method, url, body, token, prover)
    if (prover?.learn(url, response.status, name => response.headers.get(name))) [response, text] = await send(method, url, body, token, prover)
    return judged(response, text)
  }
}

/** Why a server of another origin was not heard is worth a question. */
async function unheard(url: string, fetch: typeof globalThis.fetch, cause: unknown): Promise<AuthError> {
  const found = globalThis.location && !isOwn(url) && await import('./unheard.js').then(part => part.suspect(url, fetch)).catch(() => null)
  return found || new AuthError('offline', { cause })
}

function judged(response: Response, text: string): unknown {
  const { status, ok, headers } = response
  let body
  try {
    body = JSON.parse(text)
  } catch {
    // No JSON: not from Lingpai, or from nobody.
  }
  const shaped = typeof body === 'object'
  if (ok && (shaped || status === 204)) return body
  const code = shaped && body?.code
  throw new AuthError(typeof code === 'string' ? code : status >= 500 || status === 429 ? 'unavailable' : 'not_lingpai', {
    status, message: code ? `${body.detail}` : undefined, problem: code ? body : undefined, retryAfter: Number(headers.get('Retry-After')) || undefined,
  })
}
