import { systemClock } from '../src/clock.js'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { AuthError, type AuthErrorCode } from '../src/errors.js'
import { cookieStorage } from '../src/cookie.js'
import type { Keep, TokenStorage } from '../src/types.js'
import { alice, bob, eventsOf, fakeWindow, soon, world } from './world.js'

describe.each<Keep>(['memory', 'storage', 'cookie'])('with keep: %s', keep => {
  it('signs in, restores after a reload, and says who it is', async () => {
    const { a, open } = world({ keep })
    expect((await a.ready()).status).toBe('out')
    const session = await a.signIn(alice)
    expect(session).toBe(a.session)
    expect(session).toMatchObject({ status: 'in', user: { username: 'alice', roles: [] }, ended: null })
    expect(session.expiresAt).toBeGreaterThan(0)
    expect(Object.isFrozen(session)).toBe(true)
    expect(Object.isFrozen(session.user!.roles)).toBe(true)
    expect((await open().ready()).user?.username).toBe('alice')
    expect(keep === 'cookie' ? await a.token() : typeof await a.token()).toBe(keep === 'cookie' ? null : 'string')
  })

  it('a wrong password changes nothing, and the sentence is the server’s', async () => {
    const { a } = world({ keep })
    await a.ready()
    const events = eventsOf(a)
    const error = await a.signIn({ ...alice, password: 'wrong' }).catch(e => e)
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({ code: 'credentials_invalid', status: 401, retryable: false, message: 'That name and password do not go together.' })
    expect(error.problem.request_id).toMatch(/^R-/)
    expect(events).toEqual([])
  })

  it('asks for a code when the account has a second factor', async () => {
    const { a, server } = world({ keep }, { codes: { alice: '287082' } })
    const code: AuthErrorCode = await a.signIn(alice).then(() => '', (e: AuthError) => e.code)
    expect(code).toBe('code_required')
    await expect(a.signIn({ ...alice, code: '000000' })).rejects.toMatchObject({ code: 'code_invalid', status: 401, retryable: false })
    expect(a.session.status).toBe('out')
    expect((await a.signIn({ ...alice, code: '287082' })).status).toBe('in')
    expect((await world({ keep }).a.signIn({ ...bob, code: '' })).status).toBe('in')
    expect(server.seen.filter(s => s.path.endsWith('/login')).map(s => JSON.parse(s.body).code)).toEqual([undefined, '000000', '287082'])
  })

  it.each<[string, () => Response | Promise<Response>, object]>([
    ['no network', () => { throw new TypeError('fetch failed') }, { code: 'offline', retryable: true }],
    ['HTML', () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } }), { code: 'not_lingpai' }],
    ['a wrong base', () => new Response('Not found', { status: 404 }), { code: 'not_lingpai', status: 404 }],
    ['an old server', () => Response.json({ token: 'x', user: 'alice' }), { code: 'not_lingpai' }],
    ['tokens of other types', () => Response.json({ access_token: 'x', expires_in: 'never', session: { id: 's', expires_at: 'soon' }, user: { id: 'u', roles: [] } }), { code: 'not_lingpai' }],
    ['an array', () => Response.json([]), { code: 'not_lingpai' }],
    ['429', () => Response.json({ code: 'rate_limited', detail: 'Too many tries.' }, { status: 429, headers: { 'Retry-After': '30' } }), { code: 'rate_limited', retryable: true, retryAfter: 30 }],
    ['503 without a word', () => new Response(null, { status: 503 }), { code: 'unavailable', retryable: true }],
    ['fields that are wrong', () => Response.json({ code: 'field_invalid', detail: 'x', errors: { username: 'missing' } }, { status: 422 }), { code: 'field_invalid', problem: { errors: { username: 'missing' } } }],
  ])('%s is a typed error with advice', async (_, answer, wanted) => {
    const { a, server } = world({ keep })
    server.intercept('login', answer)
    const error = await a.signIn(alice).catch(e => e)
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject(wanted)
    expect(error.advice.length).toBeGreaterThan(10)
    expect(a.session.status).toBe('out')
  })

  it('without a network at the start it is open who is signed in, until there is one', async () => {
    const page = fakeWindow('http://localhost/')
    const { a, server, open, clock } = world({ keep, events: false })
    await a.signIn(alice)
    await clock.advance(301_000)
    server.offline = true
    const later = open()
    const looked = later.ready()
    await soon()
    await clock.advance(1000)
    expect((await looked).status).toBe('stale')
    expect(later.session.user?.username ?? null).toBe(keep === 'storage' ? 'alice' : null)
    server.offline = false
    page.fire('online')
    await soon()
    expect(later.session).toMatchObject({ status: 'in', user: { username: 'alice' } })
  })
})

it.each<Keep>(['memory', 'storage', 'cookie'])('the end of the session before does a sign-in no harm (keep %s)', async keep => {
  const { a, b, server, clock } = world({ keep })
  await a.signIn(alice)
  await soon()
  server.latency = 100
  const signIn = a.signIn(bob)
  await soon()
  await clock.advance(50)
  new BroadcastChannel(`lingpai /auth ${keep}`).postMessage(JSON.stringify({ over: a.session.id, reason: 'revoked' })) // The server's word for it was quicker than its answer.
  await soon()
  expect(a.session.status).toBe('out')
  await clock.advance(1000)
  expect((await signIn).user?.username).toBe('bob')
  await clock.advance(1000)
  await soon()
  expect([a.session.user?.username, b.session.user?.username]).toEqual(['bob', 'bob'])
})

it('P6: the answer to a refresh of the session before does not take the cookie of the next', async () => {
  const { a, b, server, clock } = world()
  b.dispose()
  await a.signIn(alice)
  const cleared = { status: 401, headers: { 'X-Fake-Cookies': 'lingpai_refresh=' } }
  server.intercept('refresh', async () => {
    await new Promise<void>(resolve => clock.setTimeout(resolve, 1000))
    return Response.json({ code: 'session_ended', detail: 'over' }, cleared)
  })
  void a.refresh().catch(() => {})
  await soon()
  const signedIn = a.signIn(bob)
  await soon()
  await clock.advance(2000)
  await signedIn
  expect(await a.refresh()).toMatchObject({ status: 'in', user: { username: 'bob' } })
})

it.each<Keep>(['memory', 'cookie'])('P12: a browser that drops cookies is found out at the sign-in, with keep: %s', async keep => {
  const { a, browser } = world({ keep })
  await a.ready()
  browser.blocksCookies = true
  await expect(a.signIn(alice)).rejects.toMatchObject({ code: 'storage_blocked', retryable: false })
  expect(a.session.status).toBe('out')
})

describe('P42: a storage that cannot be used', () => {
  const broken: Record<string, () => TokenStorage> = {
    'that throws on writing': () => ({ getItem: () => null, setItem() { throw new DOMException('full', 'QuotaExceededError') }, removeItem() {} }),
    'that throws on everything': () => ({ getItem() { throw new Error() }, setItem() { throw new Error() }, removeItem() { throw new Error() } }),
    'that drops what it is given': () => ({ getItem: () => null, setItem() {}, removeItem() {} }),
  }
  it.each(Object.keys(broken))('%s gives way to memory, and says so once', async kind => {
    const { open, clock } = world({ keep: 'storage' })
    const auth = open({ storage: broken[kind]!() })
    const events = eventsOf(auth)
    await auth.signIn(alice)
    expect(auth.session.status).toBe('in')
    await clock.advance(600_000)
    expect((await auth.fetch('/api/notes')).status).toBe(200)
    expect(events.filter(event => event.name === 'storage_lost')).toHaveLength(1)
    await auth.signOut()
  })

  it('a localStorage whose very property throws', async () => {
    const { clock, browser } = world()
    vi.stubGlobal('localStorage', undefined)
    Object.defineProperty(globalThis, 'localStorage', { configurable: true, get() { throw new DOMException('denied', 'SecurityError') } })
    const { createAuth } = await import('../src/auth.js')
    const auth = createAuth({ keep: 'storage', clock, fetch: browser.fetch })
    await auth.signIn(alice)
    expect(auth.session.status).toBe('in')
    auth.dispose()
  })

  it('P43: a storage that was wiped is a quiet sign-out', async () => {
    const { a, browser, open } = world({ keep: 'storage' })
    await a.signIn(alice)
    browser.storage.items.clear()
    expect(await open().ready()).toMatchObject({ status: 'out', ended: null })
    await a.refresh().catch(() => {})
    expect(a.session.status).toBe('out')
  })

  it.each(['no json', '{}', 'null', '{"access_token":7}', '{"at":1,"session":{},"user":{}}'])('garbage in it counts as nothing: %s', async text => {
    const { browser, open } = world({ keep: 'storage' })
    browser.storage.setItem('lingpai /auth', text)
    expect((await open().ready()).status).toBe('out')
  })
})

it('P45: on plain http of a local network, without WebCrypto, Web Locks and randomUUID, sign-in works', async () => {
  fakeWindow('http://192.168.1.7/')
  vi.stubGlobal('crypto', undefined)
  vi.stubGlobal('isSecureContext', false)
  const { a } = world({ keep: 'memory', events: false })
  await a.signIn(alice)
  expect((await a.fetch('/api/notes', { method: 'POST', body: '{}' })).status).toBe(200)
})

it('P45: with dpop, the error says why not', async () => {
  fakeWindow('http://192.168.1.7/')
  vi.stubGlobal('crypto', undefined)
  vi.stubGlobal('isSecureContext', false)
  const { a } = world({ keep: 'storage', dpop: true, events: false })
  await expect(a.signIn(alice)).rejects.toMatchObject({ code: 'dpop_unavailable', advice: expect.stringContaining('https') })
})

it('P51: a server that does not answer this origin is told from a dead one', async () => {
  fakeWindow('https://app.example/')
  const probe = { alive: true }
  const fetch: typeof globalThis.fetch = async (_, init) => {
    if (init?.mode === 'no-cors' && probe.alive) return new Response()
    throw new TypeError('Failed to fetch')
  }
  const { open } = world()
  const auth = open({ base: 'https://login.example/auth', fetch, events: false, clock: systemClock })
  await expect(auth.signIn(alice)).rejects.toMatchObject({ code: 'cors_suspected', advice: expect.stringContaining('https://app.example') })
  probe.alive = false
  await expect(auth.signIn(alice)).rejects.toMatchObject({ code: 'offline' })
})

it('keep: storage without dpop warns once in the console', async () => {
  vi.resetModules()
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { twoTabs } = await import('../src/testing.js')
  const { a, b, close } = twoTabs({ keep: 'storage' })
  await a.signIn(alice)
  await b.signIn(alice)
  expect(warn).toHaveBeenCalledTimes(1)
  warn.mockRestore()
  close()
})

it('a cookie that scripts write is a storage', () => {
  const jar = new Map<string, string>()
  vi.stubGlobal('location', { protocol: 'https:', href: 'https://app.example/', origin: 'https://app.example' })
  vi.stubGlobal('document', {
    get cookie() { return [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    set cookie(text: string) {
      const [pair, ...attributes] = text.split('; ') as [string, ...string[]]
      const [name, value] = pair.split('=') as [string, string]
      expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'SameSite=Strict', 'Secure']))
      expect(name).toMatch(/^__Host-/) // Else another host of the domain could put its own in its place.
      attributes.includes('Max-Age=0') ? jar.delete(name) : jar.set(name, value)
    },
  })
  const storage = cookieStorage()
  expect(storage.getItem('lingpai /auth')).toBeNull()
  storage.setItem('lingpai /auth', '{"a":"b; c=d"}')
  expect(storage.getItem('lingpai /auth')).toBe('{"a":"b; c=d"}')
  expect(storage.getItem('lingpai')).toBeNull()
  storage.removeItem('lingpai /auth')
  expect(storage.getItem('lingpai /auth')).toBeNull()
})

it('the password does not go where a redirect leads', async () => {
  const bodies: string[] = []
  const foreign = createServer((request, response) => { request.on('data', chunk => bodies.push(`${chunk}`)); request.on('end', () => response.end('{}')) })
  await new Promise<void>(resolve => foreign.listen(0, '127.0.0.1', resolve))
  const to = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`
  const own = createServer((_, response) => void response.writeHead(307, { Location: to }).end())
  await new Promise<void>(resolve => own.listen(0, '127.0.0.1', resolve))
  const { open } = world()
  const auth = open({ base: `http://127.0.0.1:${(own.address() as AddressInfo).port}/auth`, fetch: globalThis.fetch, clock: systemClock })
  await expect(auth.signIn(alice)).rejects.toMatchObject({ code: 'not_lingpai' })
  own.close()
  foreign.close()
  expect(bodies).toEqual([])
})

it('destructured, its functions work', async () => {
  const { a } = world()
  const { signIn, fetch, token, signOut } = a
  await signIn(alice)
  expect(await token()).toBeTruthy()
  expect((await fetch('/api/x')).status).toBe(200)
  await signOut()
})
