// Axios with the token. What is bound is the adapter of each request, the last stop before the network: there all interceptors and
// transformRequest are through, in whichever order they stand, so what is replayed is byte for byte what was sent.
import { type AxiosAdapter, AxiosHeaders, type AxiosInstance, type AxiosResponse, getAdapter, type InternalAxiosRequestConfig } from 'axios'
import { isOwn } from './origins.js'
import { heals, key, spentBody, stillRefused } from './replay.js'
import type { Answer, Auth, Outgoing, Signed } from './types.js'

/** What {@link bindAxios} adds to an instance. */
export interface Bound {
  /** Takes the binding away: later requests go out without the token. */
  eject(): void
}

type Config = InternalAxiosRequestConfig

/** What became of an attempt: a response, which `validateStatus` may have made an error, or an error alone. */
interface Outcome {
  readonly signed: Signed
  readonly response: AxiosResponse | undefined
  readonly error: Error | undefined
  readonly answer: Answer | undefined
}

/**
 * Makes an Axios instance send the token of `auth`, refresh it before it expires, and replay a request once after a refusal that a
 * refresh can heal. Returns the same instance. Any number of instances may share one `auth`, and with it one refresh. Binding an instance
 * again replaces the binding before.
 *
 * A request that brings an `Authorization` header (or `auth`) of its own goes out as it is. The configuration in answers and errors does
 * not show the token. A POST or PATCH to this origin gets an Idempotency-Key, the same in both tries. Where the body was a stream, nothing is
 * replayed: the request rejects with an {@link AuthError} of the code `body_not_replayable`. The token is fresh by then, so the app can send a
 * new stream. A token that is refused fresh from the refresh is `still_unauthorized`.
 */
export function bindAxios<T extends AxiosInstance>(instance: T, auth: Auth): T & Bound {
  ;(instance as Partial<Bound>).eject?.()
  const { request } = instance.interceptors
  const id = request.use(
    (config) => {
      const { adapter } = config // bound already when an interceptor sends it once more; then that lets it pass, see send
      config.adapter = (sent) => send(sent, getAdapter(adapter, sent), instance, auth)
      return config
    },
    null,
    { synchronous: true },
  )
  return Object.assign(instance, { eject: () => request.eject(id) })
}

async function send(config: Config, adapter: AxiosAdapter, instance: AxiosInstance, auth: Auth): Promise<AxiosResponse> {
  const { headers } = config
  if (config.auth || headers.has('Authorization')) return adapter(config)
  const request = outgoing(config, instance)
  if (/^(POST|PATCH)$/.test(request.method) && isOwn(request.url)) headers.set('Idempotency-Key', key(), false)
  const first = await attempt(config, adapter, request, auth)
  if (!first.answer || !(await unlessAborted(config, auth.judge(request, first.signed, first.answer)))) return result(first)
  if (isStream(config.data)) throw spentBody(first.error)
  discard(first.response?.data)
  const second = await attempt(config, adapter, request, auth)
  const refused = second.answer && second.signed.token && heals(second.answer)
  if (refused) throw stillRefused(second.error ?? second.response)
  return result(second)
}

/** Sends it once. The caller's configuration takes the place of the one with the token, which logs would show. */
async function attempt(config: Config, adapter: AxiosAdapter, request: Outgoing, auth: Auth): Promise<Outcome> {
  const signed = await unlessAborted(config, auth.sign(request))
  const sent: Config = { ...config, headers: config.headers.concat(signed.headers) }
  if (auth.keep === 'cookie' && signed.session) sent.withCredentials ??= true
  let response: AxiosResponse | undefined
  let error: (Error & { config?: Config; response?: AxiosResponse }) | undefined
  try {
    response = await adapter(sent)
  } catch (failure) {
    error = failure as NonNullable<typeof error>
    response = error.response
    if (error.config) error.config = config
  }
  if (response) response.config = config
  return { signed, response, error, answer: response && (await answerOf(response)) }
}

function result({ response, error }: Outcome): AxiosResponse {
  if (error) throw error
  return response as AxiosResponse
}

/** The address as the adapter will make it. What interceptors took away must not come back from the defaults of the instance. */
function outgoing(config: Config, instance: AxiosInstance): Outgoing {
  const { url = '', baseURL = '', method = 'get' } = config
  const minValidity = isStream(config.data) ? 60 : undefined // it is spent by the first try
  return { url: instance.getUri({ ...config, url, baseURL }), method: method.toUpperCase(), minValidity }
}

/** Gives up waiting when the request is aborted; Axios then makes the right error of it. */
function unlessAborted<T>({ signal, cancelToken }: Config, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) reject(signal)
    signal?.addEventListener?.('abort', reject)
    work
      .finally(() => {
        signal?.removeEventListener?.('abort', reject)
        cancelToken?.throwIfRequested()
      })
      .then(resolve, reject)
  })
}

async function answerOf({ status, headers, data }: AxiosResponse): Promise<Answer> {
  const all = AxiosHeaders.from(headers as AxiosHeaders)
  const header = (name: string) => all.get(name)?.toString() ?? null
  return { status, header, code: status === 401 && !isStream(data) ? await problemCode(data) : undefined }
}

/** The `code` of a problem document, which is an object, text, or what `responseType` asked for: a Blob or bytes. */
async function problemCode(data: unknown): Promise<string | undefined> {
  try {
    const { code = JSON.parse(await new Response(data as BodyInit).text()).code } = data as { code?: string }
    return code
  } catch {
    return undefined // another kind of body: the headers decide
  }
}

/** Node streams (the package form-data among them), web streams, and whatever else can be read once only. */
function isStream(data: unknown): boolean {
  const it = data as { pipe?: unknown; getReader?: unknown } | null | undefined
  return typeof (it?.pipe ?? it?.getReader) === 'function'
}

/** Lets go of a refusal that nobody will read, if it is a stream. */
function discard(data: unknown): void {
  const it = data as { destroy?: () => void; cancel?: () => Promise<void> } | null | undefined
  it?.destroy?.()
  it?.cancel?.().catch(() => {})
}
