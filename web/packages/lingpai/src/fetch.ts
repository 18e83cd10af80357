// fetch with the token.

import type { Answer, Outgoing, Signed } from './types.js'
import type { Feed } from './core.js'
import { isOwn } from './origins.js'
import { heals, key, spentBody, stillRefused } from './replay.js'

/**
 * What it does to a request: nothing if it brings its own Authorization or goes to an address that gets no token. Else it is signed, and
 * sent once more if a refresh can heal the refusal, with the same headers and the same body. A body that is a stream is spent by the
 * first try, so its token must be good for a minute. A POST or PATCH to this origin gets an Idempotency-Key; other origins would have to allow it.
 * With `keep: 'cookie'`, cookies go along to where a token would.
 */
export function fetchWith({ core: { fetch: send, keep }, sign, judge }: Feed): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const given = input instanceof Request ? input : null
    const headers = new Headers(init.headers ?? given?.headers)
    if (headers.has('Authorization')) return send(input, init)
    const method = init.method ?? given?.method ?? 'GET'
    const url = given?.url ?? `${input}`
    if (/^(post|patch)$/i.test(method) && isOwn(url) && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', key())
    const stream = init.body instanceof ReadableStream
    const request: Outgoing = { url, method, minValidity: stream ? 60 : 30 }
    const attempt = async (body: typeof input): Promise<[Response, Signed, Answer]> => {
      const signed = await sign(request)
      for (const name in signed.headers) headers.set(name, signed.headers[name]!)
      const credentials = keep === 'cookie' && signed.session && !given ? { credentials: 'include' as const } : {}
      const response = await send(body, { ...credentials, ...init, headers })
      return [response, signed, await answerOf(response)]
    }
    const spare = given?.clone() ?? input
    const [response, signed, answer] = await attempt(input)
    if (!await judge(request, signed, answer)) return response
    if (stream) throw spentBody()
    const [second, again, verdict] = await attempt(spare)
    if (again.token && heals(verdict)) throw stillRefused(second)
    return second
  }
}

/** The code of a refusal is read from a copy: the answer stays whole. */
async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response
  const problem = status === 401 && await response.clone().json().catch(() => null)
  return { status, code: problem?.code, header: name => headers.get(name) }
}
