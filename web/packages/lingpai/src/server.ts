// Calls to Lingpai itself: one JSON object there, one back, and everything else becomes an AuthError.

import type { Clock } from './types.js'
import { AuthError, type AuthErrorDetails, type ClientCode } from './errors.js'
import { within } from './clock.js'
import { addressOf } from './origins.js'

/** Makes the DPoP headers of a request, and learns from its answer. */
export interface Prover {
  headers(method: string, url: string, token?: string): Promise<Record<string, string>>
  /** Takes nonce and time from an answer; `true` says that the request is worth another try with a new proof. */
  learn(url: string, header: (name: string) => string | null, status: number): boolean
}

export interface Call {
  readonly body?: object | undefined
  /** The value of Authorization. */
  readonly token?: string | undefined
  readonly scheme?: string | undefined
  /** Outlives the page. */
  readonly keepalive?: boolean
}

export class Server {
  constructor(
    readonly base: string, readonly fetch: typeof globalThis.fetch, readonly clock: Clock, readonly timeout: number,
    readonly prover: () => Promise<Prover | null>,
  ) {}

  /** The parsed body of a good answer, `null` for 204. */
  async call(method: string, path: string, call: Call = {}): Promise<unknown> {
    const url = `${this.base}/api/${path}`
    const prover = await this.prover()
    for (let last = !prover; ; last = true) {
      const { response, text } = await this.#send(method, url, call, prover)
      if (prover?.learn(url, name => response.headers.get(name), response.status) && !last) continue
      return judged(response, text)
    }
  }

  async #send(method: string, url: string, { body, token, scheme = 'Bearer', keepalive = false }: Call, prover: Prover | null) {
    const stop = new AbortController()
    const headers: Record<string, string> = await prover?.headers(method, url, token) ?? {}
    if (body) headers['Content-Type'] = 'application/json'
    if (token) headers['Authorization'] = `${scheme} ${token}`
    const exchange = async () => {
      const response = await this.fetch(url, {
        method, headers, keepalive, body: body ? JSON.stringify(body) : null,
        credentials: 'include', cache: 'no-store', redirect: 'manual', signal: stop.signal,
      })
      return { response, text: await response.text() }
    }
    try {
      return await within(this.clock, this.timeout, exchange())
    } catch (cause) {
      stop.abort()
      throw cause instanceof AuthError ? cause : new AuthError(await this.#reason(url), { cause })
    }
  }

  /** A page cannot tell a dead server from one that does not answer its origin. A request whose answer nobody reads can. */
  async #reason(url: string): Promise<ClientCode> {
    if (addressOf(url)?.origin === globalThis.location?.origin || !globalThis.location) return 'offline'
    try {
      await within(this.clock, this.timeout, this.fetch(url, { mode: 'no-cors', credentials: 'omit' }))
      return 'cors_suspected'
    } catch {
      return 'offline'
    }
  }
}

function judged(response: Response, text: string): unknown {
  const { status } = response
  const body = parsed(text)
  if (response.ok) {
    if (status === 204 || body) return body
    throw new AuthError('not_lingpai', { status })
  }
  const { code, detail, errors, request_id } = (body ?? {}) as Record<string, unknown>
  const details: AuthErrorDetails = {
    status,
    ...seconds(response.headers.get('Retry-After')),
    ...typeof request_id === 'string' && { requestId: request_id },
    ...typeof errors === 'object' && errors && { fields: errors as Record<string, string> },
  }
  if (typeof code === 'string') throw new AuthError(code, { ...details, ...typeof detail === 'string' && { message: detail } })
  throw new AuthError(status >= 500 || status === 429 ? 'unavailable' : 'not_lingpai', details)
}

/** A JSON object, or `null`. */
function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

function seconds(header: string | null): { retryAfter?: number } {
  const value = Number(header ?? NaN)
  return value >= 0 ? { retryAfter: value } : {}
}
