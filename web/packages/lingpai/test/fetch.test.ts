import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { recipients } from '../src/origins.js'
import { safeReturnTo } from '../src/returnto.js'
import { alice, fakeWindow, world } from './world.js'

/** What arrives at the API, of which the first request is refused for an expired token. */
async function twice(send: (fetch: typeof globalThis.fetch) => Promise<Response>) {
  const { a, server } = world({ keep: 'storage' })
  await a.signIn(alice)
  server.expireTokens()
  const response = await send(a.fetch)
  const seen = server.seen.filter(one => one.path.startsWith('/api/'))
  return { response, seen, bodies: seen.map(one => one.body) }
}

describe('a request that is sent again arrives as it was', () => {
  const form = new FormData()
  form.set('file', new Blob(['bytes']), 'a.txt')
  it.each<[string, BodyInit, RegExp]>([
    ['a string', 'text', /^text$/],
    ['a Blob', new Blob(['blob']), /^blob$/],
    ['URLSearchParams', new URLSearchParams({ a: '1' }), /^a=1$/],
    ['an ArrayBuffer', new TextEncoder().encode('buffer').buffer as ArrayBuffer, /^buffer$/],
    ['FormData', form, /filename="a.txt"[^]*bytes/],
  ])('P14, P16: %s', async (_, body, wanted) => {
    const { response, bodies } = await twice(fetch => fetch('/api/notes', { method: 'POST', body }))
    expect(response.status).toBe(200)
    expect(bodies).toHaveLength(2)
    for (const one of bodies) expect(one).toMatch(wanted)
  })

  it('P13: a Request, whose body can be read once', async () => {
    const { response, bodies, seen } = await twice(fetch => fetch(new Request('http://localhost/api/notes', { method: 'POST', body: 'once', headers: { 'X-Own': 'kept' } })))
    expect(response.status).toBe(200)
    expect(bodies).toEqual(['once', 'once'])
    expect(seen[1]!.headers.get('X-Own')).toBe('kept')
  })

  it('P16: a stream is not: it says so, and sends nothing by halves', async () => {
    const body = new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode('part')); controller.close() } })
    const { a, server } = world({ keep: 'storage' })
    await a.signIn(alice)
    server.expireTokens()
    await expect(a.fetch('/api/upload', { method: 'POST', body, duplex: 'half' } as RequestInit)).rejects.toMatchObject({ code: 'body_not_replayable' })
    expect(server.seen.filter(one => one.path === '/api/upload')).toHaveLength(1)
    expect((await a.fetch('/api/upload', { method: 'POST', body: 'again' })).status).toBe(200)
  })

  it('P16: a stream gets a token that is good for a minute', async () => {
    const { a, server, clock } = world({ keep: 'storage' })
    await a.signIn(alice)
    await clock.advance(250_000)
    const body = new ReadableStream({ start: controller => controller.close() })
    expect((await a.fetch('/api/upload', { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(200)
    expect(server.count('refresh')).toBe(1)
  })

  it.each(['POST', 'patch'])('P17: %s has one Idempotency-Key in both tries', async method => {
    fakeWindow('http://localhost/')
    const { seen } = await twice(fetch => fetch('/api/notes', { method, body: 'x' }))
    const keys = seen.map(one => one.headers.get('Idempotency-Key'))
    expect(keys[0]).toBeTruthy()
    expect(keys[1]).toBe(keys[0])
  })

  it('P17: the Idempotency-Key of the caller stays, and GET and other origins get none', async () => {
    fakeWindow('http://localhost/')
    const own = await twice(fetch => fetch('/api/notes', { method: 'POST', headers: { 'Idempotency-Key': 'mine' } }))
    expect(own.seen.map(one => one.headers.get('Idempotency-Key'))).toEqual(['mine', 'mine'])
    const get = await twice(fetch => fetch('/api/notes'))
    expect(get.seen[0]!.headers.get('Idempotency-Key')).toBeNull()
    const { a, server } = world({ keep: 'storage', origins: ['https://api.example'] })
    await a.signIn(alice)
    await a.fetch('https://api.example/api/notes', { method: 'POST' })
    expect(server.seen.at(-1)!.headers.get('Idempotency-Key')).toBeNull()
    expect(server.seen.at(-1)!.headers.get('Authorization')).toMatch(/^Bearer /)
  })
})

describe('P39: the token goes to nobody else', () => {
  it.each<[string, boolean]>([
    ['/api/notes', true], ['/api', true], ['/api?x', true], ['https://app.example/api/x', true], ['https://APP.example:443/api/x', true],
    ['/apix', false], ['/', false], ['/api/../admin', false], ['/api/%2e%2e/admin', false], ['https://app.example/', false],
    ['http://app.example/api/x', false], ['https://app.example:8443/api/x', false], ['//evil.example/api/x', false], ['/\\evil.example/api', false],
    ['https://app.example@evil.example/api/x', false], ['https://user:pw@app.example/api/x', true], ['https://app.example.evil.example/api', false],
    ['https://other.example/v1', true], ['https://other.example/v1/x', true], ['https://other.example/v10', false], ['https://other.example/', false],
    ['https://whole.example/anything', true], ['blob:https://app.example/api/x', false], ['data:text/plain,/api', false], ['javascript:alert(1)', false],
    ['https://', false], ['file:///api', false], ['ws://app.example/api', false], ['\thttps://evil.example/api/', false],
  ])('%s: %s', (url, wanted) => {
    fakeWindow('https://app.example/page/one')
    expect(recipients(['/api', 'https://other.example/v1', 'https://whole.example'])(url)).toBe(wanted)
  })

  it.each(['api', 'api.example', '*', 'https://', '//evil.example', 'https://a@b.example', 'https://a.example/?q', 'javascript:x', '', 'https://a.example#x', '/\\x'])(
    'an entry that is no path and no origin is refused: %s', entry => {
      expect(() => recipients([entry])).toThrow(TypeError)
    })

  it('what a <base> makes of a relative address is what counts', () => {
    fakeWindow('https://app.example/')
    Object.assign(document, { baseURI: 'https://cdn.example/' })
    expect(recipients(['/'])('api/notes')).toBe(false)
  })

  it('a request to another origin has no Authorization, and is not judged', async () => {
    const { a, server } = world({ keep: 'storage' })
    await a.signIn(alice)
    await a.fetch('https://evil.example/api/x').catch(() => {})
    expect(server.seen.at(-1)!.headers.get('Authorization')).toBeNull()
    expect(server.count('refresh')).toBe(0)
  })

  it('a redirect to another origin does not carry it along', async () => {
    const seen: (string | undefined)[] = []
    const foreign = createServer((request, response) => { seen.push(request.headers.authorization); response.end('{}') })
    await new Promise<void>(resolve => foreign.listen(0, '127.0.0.1', resolve))
    const to = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`
    const own = createServer((request, response) => { seen.push(request.headers.authorization); response.writeHead(302, { Location: to }).end() })
    await new Promise<void>(resolve => own.listen(0, '127.0.0.1', resolve))
    const from = `http://127.0.0.1:${(own.address() as AddressInfo).port}`
    const { browser, a } = world({ keep: 'storage' })
    await a.signIn(alice)
    const { createAuth } = await import('../src/auth.js')
    const auth = createAuth({ keep: 'storage', storage: browser.storage, origins: [from], clock: { now: () => Date.UTC(2026, 0, 1), monotonic: () => 0, setTimeout: () => 0, clearTimeout: () => {} }, fetch: globalThis.fetch })
    await auth.fetch(`${from}/x`)
    auth.dispose()
    own.close()
    foreign.close()
    expect(seen[0]).toMatch(/^Bearer /)
    expect(seen[1]).toBeUndefined()
  })

  it('an Authorization of the caller stays what it is', async () => {
    const { a, server } = world({ keep: 'storage' })
    await a.signIn(alice)
    await a.fetch('/api/x', { headers: { Authorization: 'Basic abc' } })
    expect(server.seen.at(-1)!.headers.get('Authorization')).toBe('Basic abc')
  })
})

it('the answer is whole, and of the caller to read', async () => {
  const { a, server } = world({ keep: 'storage' })
  await a.signIn(alice)
  server.api = () => Response.json({ code: 'step_up_required', detail: 'again' }, { status: 401 })
  expect(await (await a.fetch('/api/x')).json()).toEqual({ code: 'step_up_required', detail: 'again' })
})

it('without a session, a request goes out as it is', async () => {
  const { a, server } = world()
  const response = await a.fetch('/api/x')
  expect(response.status).toBe(401)
  expect((await response.json()).code).toBe('token_missing')
  expect(server.seen.at(-1)!.headers.get('Authorization')).toBeNull()
})

describe('P36: return-to leads to this origin or nowhere', () => {
  it.each([
    '//evil.com', '/\\evil.com', '/\t/evil.com', '/\n/evil.com', ' //evil.com', 'https:///evil.com', 'javascript:alert(1)', '/..//evil.com', '/.//evil.com',
    'https://app.example.evil.com/', 'https://evil.com', '', 'relative', '/\u0000', '/%2f/evil.com', '/%5cevil.com', '\\\\evil.com', 'data:text/html,x',
    '/a/..//evil.com', '/%2e//evil.com', `/${'a'.repeat(2001)}`, null, undefined, 7, {}, ['/x'],
  ])('%j is refused', wanted => {
    fakeWindow('https://app.example/login')
    expect(safeReturnTo(wanted, '/home')).toBe('/home')
  })

  it.each([['/notes', '/notes'], ['/app/notes?a=1&b=/x//y#h', '/app/notes?a=1&b=/x//y#h'], ['/', '/'], ['/#/hash/route', '/#/hash/route'], ['/a/../b', '/b'], ['/notes/%E4%BB%A4', '/notes/%E4%BB%A4']])(
    '%s leads to %s', (wanted, to) => {
      fakeWindow('https://app.example/login')
      expect(safeReturnTo(wanted, '/home')).toBe(to)
    })
})
