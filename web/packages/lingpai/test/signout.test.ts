import { describe, expect, it, vi } from 'vitest'
import type { Keep } from '../src/types.js'
import { alice, bob, eventsOf, fakeWindow, soon, world } from './world.js'

const keeps: readonly Keep[] = ['memory', 'storage', 'cookie']

describe.each(keeps)('with keep: %s', keep => {
  it('ends the session here and on the server', async () => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    expect(server.living).toBe(1)
    await a.signOut()
    expect(a.session).toMatchObject({ status: 'out', ended: 'signed_out', user: null })
    expect(server.living).toBe(0)
    expect(server.browser.cookies.size).toBe(0)
    expect(server.browser.storage.items.size).toBe(0)
  })

  it('P27: without a network it is at once over here, and on the server when there is one', async () => {
    const page = fakeWindow()
    const { a, server, browser } = world({ keep, events: false })
    vi.stubGlobal('localStorage', browser.storage)
    await a.signIn(alice)
    server.offline = true
    await a.signOut()
    expect(a.session.status).toBe('out')
    expect(server.living).toBe(1)
    server.offline = false
    page.fire('online')
    await soon()
    expect(server.living).toBe(0)
  })

  it('P27: it is remembered across a reload, which does not sign in again', async () => {
    const { server, browser, open, a, b } = world({ keep })
    b.dispose()
    a.dispose()
    vi.stubGlobal('localStorage', browser.storage)
    const first = open()
    await first.signIn(alice)
    server.offline = true
    await first.signOut()
    first.dispose()
    const offline = open()
    expect((await offline.ready()).status).toBe('out')
    offline.dispose()
    server.offline = false
    const again = open()
    expect((await again.ready()).status).toBe('out')
    await soon()
    expect(server.living).toBe(0)
    expect(browser.storage.items.size).toBe(0)
  })

  it('P27: who signs in meanwhile stays signed in', async () => {
    const { server, browser, open, a, b, clock } = world({ keep })
    a.dispose()
    b.dispose()
    vi.stubGlobal('localStorage', browser.storage)
    const auth = open()
    await auth.signIn(alice)
    server.offline = true
    await auth.signOut()
    server.offline = false
    server.intercept('logout', () => { throw new TypeError('fetch failed') })
    await auth.signIn(bob)
    await clock.advance(120_000)
    expect(auth.session.user?.username).toBe('bob')
    expect(await auth.refresh()).toMatchObject({ status: 'in', user: { username: 'bob' } })
    expect(server.living).toBe(1)
  })

  it('it is remembered while a refresh hangs, and no answer to that refresh outlives it', async () => {
    const { a, b, server, browser, clock } = world({ keep })
    b.dispose()
    await a.signIn(alice)
    server.latency = 5000
    const refresh = a.refresh().catch(error => error.code)
    await soon()
    const request = { url: '/api/notes', method: 'GET' }
    const signed = { headers: {}, token: 'old', session: a.session.id }
    const out = a.signOut()
    expect(await a.judge(request, signed, { status: 401, code: 'token_expired', header: () => null })).toBe(false)
    await clock.advance(20_000)
    expect(await refresh).toBe('discarded')
    await out
    expect(server.living).toBe(0)
    expect(browser.cookies.size).toBe(0)
  })

  it('P27: a page that is closed while it signs out has it sent by the next', async () => {
    const { a, b, server, browser, open, clock } = world({ keep })
    a.dispose()
    b.dispose()
    vi.stubGlobal('localStorage', browser.storage)
    const first = open()
    await first.signIn(alice)
    server.intercept(keep === 'cookie' ? 'me' : 'refresh', () => new Promise<Response>(() => {})) // It hangs, and the page goes.
    void first.refresh().catch(() => {})
    await soon()
    void first.signOut()
    first.dispose()
    const next = open()
    expect((await next.ready()).status).toBe('out')
    await soon()
    await clock.advance(100)
    expect(server.living).toBe(0)
  })

  it('all ends the sessions of other browsers too, others only those', async () => {
    const { a, server, open } = world({ keep })
    const elsewhere = server.newBrowser()
    const other = open({ base: 'http://localhost/auth', fetch: elsewhere.fetch, storage: elsewhere.storage })
    await a.signIn(alice)
    await other.signIn(alice)
    expect(server.living).toBe(2)
    await a.signOut({ scope: 'others' })
    expect(server.living).toBe(1)
    expect(a.session.status).toBe('in')
    await other.refresh().catch(() => {})
    expect(other.session).toMatchObject({ status: 'out', ended: 'revoked' })
    await other.signIn(alice)
    await a.signOut({ scope: 'all' })
    expect(server.living).toBe(0)
  })

  it('others says when it could not be done', async () => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    server.offline = true
    await expect(a.signOut({ scope: 'others' })).rejects.toMatchObject({ code: 'offline' })
    expect(a.session.status).toBe('in')
  })

  it('others takes a fresh sign-in, all does not', async () => {
    const { a, server, clock, open } = world({ keep })
    const elsewhere = server.newBrowser()
    const other = open({ base: 'http://localhost/auth', fetch: elsewhere.fetch, storage: elsewhere.storage })
    await a.signIn(alice)
    await other.signIn(alice)
    await clock.advance(11 * 60_000)
    await a.refresh()
    await expect(a.signOut({ scope: 'others' })).rejects.toMatchObject({ code: 'step_up_required', status: 401 })
    expect(a.session.status).toBe('in')
    expect(server.living).toBe(2)
    await a.signOut({ scope: 'all' })
    expect(server.living).toBe(0)
  })

  it('signing out twice, or when nobody is signed in, does no harm', async () => {
    const { a, server } = world({ keep })
    await a.ready()
    const events = eventsOf(a)
    await a.signOut()
    await a.signIn(alice)
    await Promise.all([a.signOut(), a.signOut()])
    expect(events.map(event => event.name)).toEqual(['signed_in', 'signed_out'])
    expect(server.living).toBe(0)
  })

  it('a session that the server has forgotten signs out all the same', async () => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    server.endSessions('alice')
    await a.signOut()
    expect(a.session.ended).toBe('signed_out')
  })

  it('a sign-in that is answered after a sign-out signs nobody in', async () => {
    const { a, server, clock } = world({ keep })
    await a.ready()
    server.latency = 100
    const signIn = a.signIn(alice).catch(error => error.code)
    await clock.advance(50)
    const out = a.signOut()
    await clock.advance(1000)
    await out
    await clock.advance(1000)
    expect(await signIn).toBe('discarded')
    await soon()
    await clock.advance(1000)
    expect(a.session.status).toBe('out')
    expect(server.living).toBe(0)
    expect(server.browser.cookies.size + server.browser.storage.items.size).toBe(0)
  })
})

it('what is to be signed out waits where its token was, and nowhere else', async () => {
  const { a, server, browser } = world({ keep: 'storage' })
  const local = { getItem: () => null, setItem: vi.fn(), removeItem: vi.fn() }
  vi.stubGlobal('localStorage', local)
  await a.signIn(alice)
  server.offline = true
  await a.signOut()
  expect([...browser.storage.items.values()].join()).toContain('"refresh_token":"lpr')
  expect(local.setItem).not.toHaveBeenCalled()
})

it('two sign-outs that are worded alike are both sent', async () => {
  const { a, b, server, browser, clock } = world()
  b.dispose()
  vi.stubGlobal('localStorage', browser.storage)
  await a.signIn(alice)
  server.latency = 1000
  void a.signOut()
  await soon()
  const second = browser.storage.getItem('lingpai /auth out')!
  browser.storage.setItem('lingpai /auth out', second + second) // Another tab, meanwhile.
  await clock.advance(1500)
  await soon()
  await clock.advance(1500)
  expect(server.count('logout')).toBe(2)
  expect(browser.storage.getItem('lingpai /auth out')).toBeNull()
})

it('the cookie of a late answer does not stay behind', async () => {
  const { a, b, server, browser, clock } = world()
  b.dispose()
  await a.signIn(alice)
  server.intercept('refresh', async () => {
    await new Promise<void>(resolve => clock.setTimeout(resolve, 1000))
    return Response.json({}, { headers: { 'X-Fake-Cookies': `lingpai_refresh=${browser.cookies.get('lingpai_refresh')}` } })
  })
  void a.refresh().catch(() => {})
  await soon()
  const out = a.signOut()
  expect(a.session.status).toBe('out')
  await soon()
  await clock.advance(2000)
  await out
  expect(browser.cookies.size).toBe(0)
  expect(server.living).toBe(0)
})

it('who signs in as another with keep: storage leaves no session behind', async () => {
  const { a, server } = world({ keep: 'storage' })
  await a.signIn(alice)
  await a.signIn(bob)
  await soon()
  expect(server.living).toBe(1)
  expect(a.session.user?.username).toBe('bob')
})
