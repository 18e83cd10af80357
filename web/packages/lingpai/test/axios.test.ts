import { Readable } from 'node:stream'
import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig, CanceledError, type InternalAxiosRequestConfig } from 'axios'
import FormDataStream from 'form-data'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { bindAxios } from '../src/axios.js'
import { AuthError } from '../src/errors.js'
import { type Api, startApi } from './api.js'
import { signedInAs, StandIn } from './standin.js'

async function bind(config: AxiosRequestConfig = {}): Promise<{ api: Api; auth: StandIn; http: AxiosInstance & { eject(): void } }> {
  const api = await startApi()
  const auth = new StandIn().restore(signedInAs('alice'))
  return { api, auth, http: bindAxios(axios.create({ baseURL: api.url, ...config }), auth) }
}

const refusalOf = (request: Promise<unknown>) => request.then(() => expect.unreachable('it was not refused'), (error: unknown) => error as AxiosError)

describe.each(['http', 'fetch'])('with the adapter %s', (adapter) => {
  test('a request carries the token', async () => {
    const { api, http } = await bind({ adapter })
    api.valid.add('t1')
    expect((await http.get('/me')).status).toBe(200)
    expect(api.received.map(({ token }) => token)).toEqual(['t1'])
  })

  test('a refusal that a refresh heals is replayed once, with the new token', async () => {
    const { api, auth, http } = await bind({ adapter })
    expect((await http.get('/me')).status).toBe(200)
    expect(api.received.map(({ token }) => token)).toEqual(['t1', 't2'])
    expect(auth.refreshes).toBe(1)
  })

  test('a refusal without a body heals by its header', async () => {
    const { api, http } = await bind({ adapter })
    expect((await http.get('/bare')).status).toBe(200)
    expect(api.received).toHaveLength(2)
  })

  test('P10: a refusal of the API for its own reason is neither refreshed nor replayed', async () => {
    const { api, auth, http } = await bind({ adapter })
    const error = await refusalOf(http.get('/own'))
    expect(error.response?.data).toEqual({ status: 401, code: 'wrong_pin' })
    expect(auth.refreshes).toBe(0)
    expect(api.received).toHaveLength(1)
  })

  test('P10: what is refused for ever is refreshed and replayed once', async () => {
    const { api, auth, http } = await bind({ adapter })
    api.valid.clear()
    const error = await refusalOf(http.get('/me'))
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({ code: 'still_unauthorized', cause: { response: { status: 401 } } })
    expect(api.received).toHaveLength(2)
    expect(auth.refreshes).toBe(1)
  })

  test('P1, P2: five refusals, before, during and after the refresh, share it', async () => {
    const { api, auth, http } = await bind({ adapter })
    auth.refreshing = () => new Promise((resolve) => setTimeout(resolve, 60))
    api.delay = ({ token, path }) => (token === 't1' ? Number(path.slice(1)) : 0)
    const answers = await Promise.all([5, 20, 50, 75, 150].map((delay) => http.get(`/${delay}`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(auth.refreshes).toBe(1)
  })

  const form = () => {
    const data = new FormData()
    data.append('note', new Blob(['hello']), 'note.txt')
    return data
  }
  test.each<[string, () => unknown]>([
    ['an object', () => ({ a: [1, { b: '令牌' }] })],
    ['a string', () => 'plain text'],
    ['a form', form],
    ['a Blob', () => new Blob(['bytes'], { type: 'text/plain' })],
    ['URLSearchParams', () => new URLSearchParams({ a: '1 2' })],
    ['an ArrayBuffer', () => new Uint8Array([0, 1, 255]).buffer],
    ['a typed array', () => new Uint8Array([7, 8, 9])],
    ['nothing', () => undefined],
  ])('P14, P15: %s is replayed as it was sent', async (_, body) => {
    const { api, http } = await bind({ adapter })
    await http.post('/notes', body(), { headers: { 'Idempotency-Key': 'k1' } })
    const [first, second] = api.received.map(({ method, path, headers, body }) => ({ method, path, key: headers['idempotency-key'], body: parts(headers, body) }))
    expect(second).toEqual(first)
    expect(api.received.map(({ token }) => token)).toEqual(['t1', 't2'])
  })

  test('P14: transformRequest is applied once, and request interceptors see each request once', async () => {
    const transformRequest = vi.fn((data: unknown) => `<${JSON.stringify(data)}>`)
    const { api, http } = await bind({ adapter, transformRequest })
    const seen = vi.fn((config: InternalAxiosRequestConfig) => config)
    http.interceptors.request.use(seen)
    await http.put('/notes', { a: 1 })
    expect(api.received.map(({ body }) => body.toString())).toEqual(['<{"a":1}>', '<{"a":1}>'])
    expect(transformRequest).toHaveBeenCalledOnce()
    expect(seen).toHaveBeenCalledOnce()
  })

  test.each([
    ['as the refresh begins', (abort: () => void) => abort()],
    ['during the refresh', (abort: () => void) => void setTimeout(abort, 10)],
  ])('an abort %s ends the request, and nothing is replayed', async (_, when) => {
    const { api, auth, http } = await bind({ adapter })
    const controller = new AbortController()
    auth.refreshing = () => new Promise(() => when(() => controller.abort()))
    expect(await refusalOf(http.get('/me', { signal: controller.signal }))).toBeInstanceOf(CanceledError)
    expect(api.received).toHaveLength(1)
  })

  test('an abort before the request sends nothing', async () => {
    const { api, http } = await bind({ adapter })
    expect(axios.isCancel(await refusalOf(http.get('/me', { signal: AbortSignal.abort() })))).toBe(true)
    expect(api.received).toHaveLength(0)
  })

  test('what is downloaded as bytes heals too', async () => {
    const { http } = await bind({ adapter })
    expect((await http.get('/file', { responseType: 'arraybuffer' })).status).toBe(200)
  })

  test('a refusal that validateStatus calls a success is healed, and given to the app when it is the API\'s', async () => {
    const { http } = await bind({ adapter, validateStatus: () => true })
    expect((await http.get('/me')).status).toBe(200)
    expect((await http.get('/own')).data).toMatchObject({ code: 'wrong_pin' })
  })

  test('a dead server is an error of the network, and no refresh', async () => {
    const { auth, http } = await bind({ adapter, baseURL: 'http://127.0.0.1:1' })
    expect((await refusalOf(http.get('/me'))).response).toBeUndefined()
    expect(auth.refreshes).toBe(0)
  })

  test('upload progress is told for both attempts', async () => {
    const { http } = await bind({ adapter })
    const loaded: number[] = []
    await http.post('/notes', Buffer.alloc(1000), { onUploadProgress: (event) => loaded.push(event.loaded) })
    expect(loaded.filter((bytes) => bytes === 1000).length).toBeGreaterThanOrEqual(1)
  })
})

/** A body and its type, without the boundary of a form: each sending draws a new one. */
function parts(headers: Record<string, unknown>, body: Buffer): string {
  const boundary = /^--(\S+)\r\n/.exec(body.toString())?.[1]
  const all = `${headers['content-type']}\n${body}`
  return boundary === undefined ? all : all.replaceAll(boundary, '')
}

test.each<[string, () => unknown]>([
  ['a stream of Node', () => Readable.from(['a', 'b'])],
  ['a form of the package form-data', () => Object.assign(new FormDataStream(), {})],
])('P16: %s is not replayed: the error says so, and the token is fresh', async (_, body) => {
  const { api, auth, http } = await bind({ adapter: 'http' })
  const data = body()
  if (data instanceof FormDataStream) data.append('a', 'b')
  const error = await http.post('/notes', data).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(AuthError)
  expect(error).toMatchObject({ code: 'body_not_replayable' })
  expect(api.received).toHaveLength(1)
  expect(auth.current).toBe('t2')
  expect((await http.post('/notes', Readable.from(['a', 'b']))).data).toEqual({ length: 2 })
})

test('a refusal that is read as a stream heals by its header', async () => {
  const { http } = await bind({ adapter: 'http', responseType: 'stream' })
  expect((await http.get('/bare')).status).toBe(200)
})

// The order came with a later 1.x; releases before it know one order only, and refuse the option.
const orders = Number(axios.VERSION.split('.')[1]) < 10 ? [{}] : [{ legacyInterceptorReqResOrdering: true }, { legacyInterceptorReqResOrdering: false }]
describe.each(orders)('P3: with %j', (transitional) => {
  test.each(['before', 'after'])('interceptors of the app registered %s the binding keep working, and see the final answer only', async (when) => {
    const { api, auth } = await bind()
    const plain = axios.create({ baseURL: api.url, transitional })
    const seen: number[] = []
    const register = () => {
      plain.interceptors.request.use(async (config) => {
        config.headers.set('X-App', 'yes')
        return { ...config, params: { page: 2 } }
      })
      plain.interceptors.response.use(
        (response) => {
          seen.push(response.status)
          return response
        },
        (error: AxiosError) => {
          seen.push(error.response?.status ?? 0)
          throw error
        },
      )
    }
    if (when === 'before') register()
    const http = bindAxios(plain, auth)
    if (when === 'after') register()
    await http.get('/me')
    expect(api.received.map(({ token, path, headers }) => [token, path, headers['x-app']])).toEqual([
      ['t1', '/me?page=2', 'yes'],
      ['t2', '/me?page=2', 'yes'],
    ])
    expect(seen).toEqual([200])
  })
})

test('P4: several instances share one refresh', async () => {
  const { api, auth, http } = await bind()
  auth.refreshing = () => new Promise((resolve) => setTimeout(resolve, 30))
  const other = bindAxios(axios.create({ baseURL: `${api.url}/v2`, headers: { 'X-Other': '1' } }), auth)
  await Promise.all([http.get('/a'), other.get('/b'), http.get('/c'), other.get('/d')])
  expect(auth.refreshes).toBe(1)
})

describe('P39: the address that asks for a token is the one that is called', () => {
  test.each<[string, string, AxiosRequestConfig, string]>([
    ['baseURL and a path', '/api', { url: 'notes' }, '/api/notes'],
    ['params', '/api', { url: '/notes', params: { q: 'a b', page: 2 } }, '/api/notes?q=a+b&page=2'],
    ['an absolute address', '/api', { url: 'https://evil.example/x' }, 'https://evil.example/x'],
    ['an address without a protocol', '/api', { url: '//evil.example/x' }, '//evil.example/x'],
    ['another baseURL in the request', '/api', { url: 'x', baseURL: 'https://evil.example' }, 'https://evil.example/x'],
  ])('%s', async (_, baseURL, config, address) => {
    const auth = new StandIn()
    const http = bindAxios(axios.create({ baseURL, adapter: async (config) => ({ config, data: '', headers: {}, status: 200, statusText: '' }) }), auth)
    await http.request(config)
    expect(auth.asked).toEqual([address])
  })

  test('an interceptor that takes baseURL away is believed', async () => {
    const auth = new StandIn()
    const adapter = vi.fn(async (config: InternalAxiosRequestConfig) => ({ config, data: '', headers: {}, status: 200, statusText: '' }))
    const http = bindAxios(axios.create({ baseURL: 'https://api.example/', adapter }), auth)
    http.interceptors.request.use((config) => {
      delete config.baseURL
      return config
    })
    await http.get('/me')
    expect(auth.asked).toEqual(['/me'])
  })

  test('whoever gets no token is not refreshed for', async () => {
    const { api, auth, http } = await bind()
    auth.origins = ['https://api.example/']
    await refusalOf(http.get('/me'))
    expect(api.received).toHaveLength(1)
    expect(auth.refreshes).toBe(0)
  })
})

test('a request that brings its own credentials goes out as it is', async () => {
  const { api, auth, http } = await bind()
  await refusalOf(http.get('/a', { headers: { authorization: 'Bearer mine' } }))
  await refusalOf(http.get('/b', { auth: { username: 'me', password: 'x' } }))
  expect(api.received.map(({ token }) => token)).toEqual(['mine', 'Basic bWU6eA=='])
  expect(auth.asked).toEqual([])
})

test('answers and errors do not show the token in their configuration', async () => {
  const { api, http } = await bind()
  const { config } = await http.get('/me')
  const error = await refusalOf(http.get('/own'))
  api.valid.clear()
  const { cause } = (await refusalOf(http.get('/me'))) as { cause?: unknown }
  const shown = [config, error.config, error.response?.config, error.toJSON(), (cause as AxiosError).config]
  for (const config of shown) {
    expect(config).toBeDefined()
    expect(JSON.stringify(config)).not.toMatch(/Bearer|t2/)
  }
})

test('an interceptor that sends an error once more gets the token of now, and one binding', async () => {
  const { api, auth, http } = await bind()
  http.interceptors.response.use(undefined, async (error: AxiosError) => {
    await auth.refresh()
    return http.request({ ...error.config, url: '/me' })
  })
  expect((await http.post('/own', { a: 1 })).status).toBe(200)
  expect(api.received.map(({ token, body }) => [token, body.toString()])).toEqual([
    ['t1', '{"a":1}'],
    ['t2', '{"a":1}'],
  ])
  expect(auth.asked.map((url) => new URL(url).pathname)).toEqual(['/own', '/me'])
})

test('P17: a POST to this origin has an Idempotency-Key, the same in the replay and when the app sends it again', async () => {
  const { api, http } = await bind()
  vi.stubGlobal('location', new URL(api.url))
  onTestFinished(() => void vi.unstubAllGlobals())
  const { config } = await http.post('/notes', { a: 1 })
  await http.request(config)
  await http.post('/notes', { a: 1 })
  await http.post('/notes', { a: 1 }, { headers: { 'Idempotency-Key': 'mine' } })
  await http.get('/notes')
  const keys = api.received.map(({ headers }) => headers['idempotency-key'])
  expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]])
  expect(keys[0]).toMatch(/^[\w-]{16,}$/)
  expect(keys[3]).not.toBe(keys[0])
  expect(keys.slice(4)).toEqual(['mine', undefined])
})

test('with keep cookie, the cookie goes along to who gets tokens, and to nobody else', async () => {
  const auth = new StandIn()
  auth.keep = 'cookie'
  auth.origins = ['https://api.example/']
  const adapter = vi.fn(async (config: InternalAxiosRequestConfig) => ({ config, data: '', headers: {}, status: 200, statusText: 'OK' }))
  const http = bindAxios(axios.create({ adapter }), auth)
  await http.get('https://api.example/a')
  await http.get('https://api.example/b', { withCredentials: false })
  await http.get('https://other.example/c')
  expect(adapter.mock.calls.map(([{ withCredentials }]) => withCredentials)).toEqual([true, false, undefined])
})

test('an error of the core reaches the app as it is', async () => {
  const { api, auth, http } = await bind()
  const offline = new AuthError('offline')
  auth.refreshing = () => Promise.reject(offline)
  expect(await http.get('/me').catch((error: unknown) => error)).toBe(offline)
  expect(api.received).toHaveLength(1)
})

test('eject takes the binding away', async () => {
  const { api, http } = await bind()
  http.eject()
  await refusalOf(http.get('/me'))
  expect(api.received.map(({ token }) => token)).toEqual([null])
})

test('binding again replaces the binding', async () => {
  const { api, auth, http } = await bind()
  const next = new StandIn().restore(signedInAs('bob'))
  await next.refresh()
  expect(bindAxios(http, next)).toBe(http)
  await http.get('/me')
  expect(api.received.map(({ token }) => token)).toEqual(['t2'])
  expect(auth.asked).toEqual([])
})

test('an adapter of the app is called with the token', async () => {
  const auth = new StandIn()
  const adapter = vi.fn(async (config: InternalAxiosRequestConfig) => ({ config, data: { ok: true }, headers: {}, status: 200, statusText: 'OK' }))
  const http = bindAxios(axios.create({ adapter }), auth)
  expect((await http.get('/me')).data).toEqual({ ok: true })
  expect(adapter.mock.calls[0]?.[0].headers.get('Authorization')).toBe('Bearer t1')
})
