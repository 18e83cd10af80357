// fetch with the token.

import type { Answer, Auth, Outgoing, Signed } from './types.js'
import { AuthError } from './errors.js'
import { addressOf } from './origins.js'

type Fetch = typeof globalThis.fetch

/**
 * What it does to a request: nothing if it brings its own Authorization or goes to an address that gets no token. Else it is signed, and
 * sent once more if a refresh can heal the refusal. A body that is a stream is spent by the first try, so its token must be good for a minute;
 * any other body is sent again as it was. A POST or PATCH to this origin gets an Idempotency-Key, the same in both tries.
 */
export function fetchWith(auth: Pick<Auth, 'keep' | 'sign' | 'judge'>, send: Fetch): Fetch {
  return async (input, init = {}) => {
    const given = typeof input === 'object' && 'url' in input ? input : null
    const url = given ? given.url : String(input)
    const method = (init.method ?? given?.method ?? 'GET').toUpperCase()
    const headers = new Headers(init.headers ?? given?.headers)
    if (headers.has('Authorization')) return send(input, init)
    const stream = init.body instanceof ReadableStream
    if (/^(POST|PATCH)$/.test(method) && isOwn(url) && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', key())

    const request: Outgoing = stream ? { url, method, minValidity: 60 } : { url, method }
    const attempt = async (body: typeof input): Promise<[Response, Signed]> => {
      const signed = await auth.sign(request)
      for (const name in signed.headers) headers.set(name, signed.headers[name]!)
      const credentials = auth.keep === 'cookie' && signed.session && !given ? { credentials: 'include' as const } : {}
      return [await send(body, { ...credentials, ...init, headers }), signed]
    }

    const spare = given ? given.clone() : input
    const [response, signed] = await attempt(input)
    if (!await auth.judge(request, signed, await answerOf(response))) return response
    if (stream) throw new AuthError('body_not_replayable', { status: 401 })
    const [second, again] = await attempt(spare)
    if (second.status === 401 && again.token && heals(await answerOf(second))) throw new AuthError('still_unauthorized', { status: 401, cause: second })
    return second
  }
}

/** The refusals that another token may heal. Whoever answers without a code of ours must say so in the words of RFC 6750. */
export function heals({ status, code, header }: Answer): boolean {
  if (status !== 401) return false
  if (code) return /^(token_(expired|revoked|signature)|session_(ended|expired))$/.test(code)
  return /error="?invalid_token\b/.test(header('WWW-Authenticate') ?? '')
}

async function answerOf(response: Response): Promise<Answer> {
  const { status } = response
  const header = (name: string): string | null => response.headers.get(name)
  if (status !== 401 || !/^application\/problem\+json/.test(header('Content-Type') ?? '')) return { status, header }
  const problem = await response.clone().json().catch(() => null)
  return { status, header, ...typeof problem?.code === 'string' && { code: problem.code } }
}

export const isOwn = (url: string): boolean => addressOf(url)?.origin === globalThis.location?.origin

/** Not a secret, only one of its kind; pages of plain http have no randomUUID. */
export const key = (): string => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`
