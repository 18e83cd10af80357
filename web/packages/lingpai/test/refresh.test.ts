import { describe, expect, it } from 'vitest'
import { AuthError } from '../src/errors.js'
import type { Keep } from '../src/types.js'
import { createAuth } from '../src/auth.js'
import { alice, eventsOf, fakeWindow, soon, world } from './world.js'

const day = 86_400_000

describe.each<Keep>(['memory', 'storage'])('with keep: %s', keep => {
  it('P1, P2: many refusals at different times cost one refresh, and every request is answered', async () => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    const before = server.count('refresh')
    server.expireTokens()
    const delays = [5, 20, 50, 75, 120]
    server.api = () => Response.json('fine')
    const slow = server.browser.fetch
    const results = delays.map(async delay => {
      const signed = await a.sign({ url: '/api/notes', method: 'GET' })
      await new Promise<void>(resolve => clock.setTimeout(resolve, delay))
      const answer = { status: 401, code: 'token_expired', header: () => null }
      if (!await a.judge({ url: '/api/notes', method: 'GET' }, signed, answer)) return 401
      const again = await a.sign({ url: '/api/notes', method: 'GET' })
      return (await slow('/api/notes', { headers: again.headers })).status
    })
    server.latency = 60
    await clock.advance(1000)
    expect(await Promise.all(results)).toEqual([200, 200, 200, 200, 200])
    expect(server.count('refresh') - before).toBe(1)
  })

  it('P4, P5: ten requests at once in each of two tabs make at most one refresh a tab, and nobody is signed out', async () => {
    const { a, b, server } = world({ keep })
    await a.signIn(alice)
    await soon()
    expect(b.session.status).toBe('in')
    await b.token()
    const before = server.count('refresh')
    server.expireTokens()
    const both = [a, b].flatMap(tab => Array.from({ length: 10 }, () => tab.fetch('/api/notes')))
    expect((await Promise.all(both)).map(response => response.status)).toEqual(Array(20).fill(200))
    expect(server.count('refresh') - before).toBeLessThanOrEqual(2)
    expect(server.living).toBe(1)
  })

  it('P3: who begins while a refused token is being replaced waits for the next one', async () => {
    const { a, b, server } = world({ keep })
    b.dispose()
    await a.signIn(alice)
    server.expireTokens()
    const began: Promise<Response>[] = []
    server.intercept('refresh', () => void [1, 2, 3].forEach(n => began.push(a.fetch(`/api/${n}`))))
    expect((await a.fetch('/api/first')).status).toBe(200)
    expect((await Promise.all(began)).map(answer => answer.status)).toEqual([200, 200, 200])
    expect(server.seen.filter(one => one.status === 401 && one.path.startsWith('/api/')).map(one => one.path)).toEqual(['/api/first'])
  })

  it('refreshes before the token expires, once for all who ask', async () => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    await clock.advance(275_000)
    const tokens = await Promise.all([a.token(), a.token(), a.token()])
    expect(new Set(tokens).size).toBe(1)
    expect(server.count('refresh')).toBe(keep === 'memory' ? 3 : 1) // memory: two tabs looked for a session at the start
  })

  it('stores the successor and then confirms it', async () => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    const before = server.count('refresh/confirm')
    await a.refresh()
    await soon()
    expect(server.count('refresh/confirm')).toBe(before + 1)
    const { body } = server.seen.filter(one => one.path.endsWith('confirm')).at(-1)!
    if (keep === 'storage') expect(JSON.parse(body).refresh_token).toBe(JSON.parse(server.browser.storage.getItem('lingpai /auth')!).refresh_token)
  })

  it.each([1, 45, 1800])('P19: an answer that is lost after the server rotated is asked for again %d s later', async seconds => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    server.expireTokens()
    server.loseAnswer('refresh')
    server.intercept('refresh', () => undefined)
    const failed = expect(a.fetch('/api/notes')).rejects.toMatchObject({ code: 'offline', retryable: true })
    await soon()
    server.offline = true
    await clock.advance(1000)
    await failed
    expect(a.session.status).toBe('stale')
    server.offline = false
    await clock.advance(Math.max(seconds, 35) * 1000)
    expect((await a.fetch('/api/notes')).status).toBe(200)
    expect(a.session.status).toBe('in')
    expect(server.living).toBe(1)
  })

  it('P19: one answer that is lost is asked for again at once, and nobody notices', async () => {
    const { a, b, server, clock } = world({ keep })
    b.dispose()
    await a.signIn(alice)
    server.expireTokens()
    server.loseAnswer('refresh')
    const events = eventsOf(a)
    const before = server.count('refresh')
    const answer = a.fetch('/api/notes')
    await soon()
    await clock.advance(1000)
    expect((await answer).status).toBe(200)
    expect(server.count('refresh') - before).toBe(2)
    expect(events.map(event => event.name)).toEqual(['refreshed'])
  })

  it('a sign-out while it waits to ask again is the end of it', async () => {
    const { a, b, server, clock } = world({ keep })
    b.dispose()
    await a.signIn(alice)
    server.expireTokens()
    server.loseAnswer('refresh')
    const before = server.count('refresh')
    const refreshed = a.refresh().catch((error: AuthError) => error.code)
    await soon()
    const out = a.signOut()
    await clock.advance(1000)
    expect(await refreshed).toBe('discarded')
    await out
    expect(server.count('refresh') - before).toBe(1)
    expect(server.living).toBe(0)
  })

  it.each([
    ['a dead network', () => { throw new TypeError('fetch failed') }],
    ['500', () => new Response('oops', { status: 500 })],
    ['502 from a proxy', () => new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } })],
    ['429', () => new Response(null, { status: 429 })],
    ['a captive portal', () => new Response('<html>Welcome to the hotel</html>', { headers: { 'Content-Type': 'text/html' } })],
    ['a redirect', () => new Response(null, { status: 302, headers: { Location: 'https://hotel.example/' } })],
    ['an API of somebody else', () => Response.json({ error: 'unauthorized' }, { status: 401 })],
    ['a hostile answer', () => Response.json({ access_token: 'x', expires_in: -1, session: {}, user: [] })],
    ['null', () => Response.json(null)],
  ])('P21: %s does not end the session', async (_, answer) => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    server.expireTokens()
    server.intercept('refresh', answer)
    server.intercept('refresh', answer)
    const failed = expect(a.fetch('/api/notes')).rejects.toBeInstanceOf(AuthError)
    await soon()
    await clock.advance(1000)
    await failed
    expect(a.session).toMatchObject({ status: 'stale', user: { username: 'alice' } })
    await clock.advance(35_000)
    expect((await a.fetch('/api/notes')).status).toBe(200)
  })

  it.each([
    ['session_ended', 'revoked'], ['session_expired', 'expired'], ['refresh_reused', 'reused'], ['account_disabled', 'disabled'],
  ])('the word of the server ends it: %s', async (code, reason) => {
    const ended: string[] = []
    const { a, server } = world({ keep, onEnd: why => ended.push(why) })
    await a.signIn(alice)
    server.expireTokens()
    server.endSessions('alice', code)
    const events = eventsOf(a)
    expect((await a.fetch('/api/notes')).status).toBe(401)
    expect(a.session).toMatchObject({ status: 'out', user: null, id: null, ended: reason })
    expect(events).toMatchObject([{ name: 'signed_out', reason }])
    expect(ended.filter(why => why === reason)).not.toHaveLength(0)
    expect(await a.token()).toBeNull()
  })

  it('P20: a token that was used before its successor was confirmed is caught as stolen', async () => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    const stolen = keep === 'storage' ? JSON.parse(server.browser.storage.getItem('lingpai /auth')!).refresh_token : server.browser.cookies.get('lingpai_refresh')
    await a.refresh()
    await soon()
    await clock.advance(31_000)
    const answer = await server.newBrowser().fetch('/auth/api/refresh', { method: 'POST', body: JSON.stringify({ refresh_token: stolen }) })
    expect(await answer.json()).toMatchObject({ code: 'refresh_reused' })
    await expect(a.refresh()).rejects.toMatchObject({ code: 'refresh_reused', status: 401 })
    expect(a.session.ended).toBe('reused')
  })

  it('P18: all who wait for a refresh that finds no network get the same error, and stay signed in', async () => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    server.expireTokens()
    for (let i = 0; i < 2; i++) server.intercept('refresh', () => { throw new TypeError('fetch failed') })
    const asked = Promise.allSettled([a.fetch('/api/1'), a.fetch('/api/2'), a.fetch('/api/3')])
    await soon()
    await clock.advance(1000)
    const results = await asked
    expect(results.map(result => result.status === 'rejected' && result.reason.code)).toEqual(['offline', 'offline', 'offline'])
    expect(a.session).toMatchObject({ status: 'stale', user: { username: 'alice' } })
  })

  it('P10: an API that goes on refusing costs one refresh and one replay', async () => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    const before = server.count('refresh')
    server.api = () => Response.json({ code: 'token_expired' }, { status: 401, headers: { 'Content-Type': 'application/problem+json' } })
    await expect(a.fetch('/api/notes')).rejects.toMatchObject({ code: 'still_unauthorized', retryable: false })
    expect(server.count('refresh') - before).toBe(1)
    expect(server.seen.filter(one => one.path === '/api/notes')).toHaveLength(2)
    expect(a.session.status).toBe('in')
  })

  it.each([
    ['no reason', Response.json({ message: 'log in to your bank' }, { status: 401 })],
    ['a code of ours that no token heals', Response.json({ code: 'step_up_required' }, { status: 401 })],
    ['Basic', new Response(null, { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } })],
    ['403', Response.json({ code: 'token_expired' }, { status: 403 })],
  ])('an API that refuses for a reason of its own is believed: %s', async (_, answer) => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    const before = server.count('refresh')
    server.api = () => answer.clone()
    expect((await a.fetch('/api/notes')).status).toBe(answer.status)
    expect(server.count('refresh')).toBe(before)
  })

  it.each([null, '{"code":401}', '{"error":"invalid_token"}'])('an API without our codes says it by RFC 6750: %s', async body => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    let count = 0
    server.api = () => count++ ? Response.json('fine') : new Response(body, { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } })
    expect((await a.fetch('/api/notes')).status).toBe(200)
  })

  it('P23: without a network, the session is known at once, token() gives up in time, and few requests are made', async () => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    await clock.advance(301_000)
    const before = server.count('refresh')
    let posts = 0
    for (let i = 0; i < 9; i++) server.intercept('refresh', () => { posts++; throw new TypeError('fetch failed') })
    for (let i = 0; i < 29; i++) {
      const failed = expect(a.token({ timeout: 2000 })).rejects.toMatchObject({ code: 'offline' })
      await soon(5)
      await clock.advance(1000)
      await failed
    }
    expect(posts).toBeGreaterThan(0)
    expect(posts).toBeLessThanOrEqual(2)
    expect(server.count('refresh')).toBe(before)
    expect(a.session.user?.username).toBe('alice')
  })

  it('token() with a timeout does not wait for a server that hangs', async () => {
    const { a, server, clock } = world({ keep })
    await a.signIn(alice)
    await clock.advance(301_000)
    server.intercept('refresh', () => new Promise<Response>(() => {}))
    const waiting = expect(a.token({ timeout: 2000 })).rejects.toMatchObject({ code: 'timeout', retryable: true })
    await clock.advance(2001)
    await waiting
    await clock.advance(8001) // The option timeout of the Auth ends the request itself.
    expect(a.session.status).toBe('stale')
  })

  it('a server that says when to come back is not asked before, and not left alone for longer', async () => {
    const { a, b, server, clock } = world({ keep })
    b.dispose()
    await a.signIn(alice)
    await clock.advance(301_000)
    const before = server.count('refresh')
    server.intercept('refresh', () => new Response(null, { status: 429, headers: { 'Retry-After': '5' } }))
    await expect(a.token()).rejects.toMatchObject({ code: 'unavailable', retryAfter: 5 })
    await clock.advance(4000)
    await expect(a.token()).rejects.toMatchObject({ code: 'unavailable' })
    expect(server.count('refresh') - before).toBe(1)
    await clock.advance(2000)
    expect(await a.token()).not.toBeNull()
  })

  it('Retry-After is obeyed, whatever wakes the page', async () => {
    const page = fakeWindow()
    const { a, b, server, clock } = world({ keep, events: false })
    b.dispose()
    await a.signIn(alice)
    await clock.advance(301_000)
    const posts: number[] = []
    for (let i = 0; i < 3; i++) {
      server.intercept('refresh', () => { posts.push(clock.monotonic()); return new Response(null, { status: 503, headers: { 'Retry-After': '120' } }) })
    }
    await a.token().catch(() => {})
    for (let i = 0; i < 115; i++) {
      page.fire('online')
      page.fire('focus')
      await clock.advance(1000)
    }
    expect(posts.length).toBe(1)
    await clock.advance(30_000)
    expect(posts.length).toBeGreaterThan(1)
  })

  it('P22: after sleep and seconds without a network, the page comes back by itself', async () => {
    const page = fakeWindow()
    const { a, b, server, clock } = world({ keep, events: false })
    b.dispose()
    await a.signIn(alice)
    clock.sleep(8 * 3600_000)
    server.offline = true
    page.fire('focus')
    await soon()
    await clock.advance(3000)
    expect(a.session.status).toBe('stale')
    const before = server.count('refresh')
    for (let i = 0; i < 5; i++) page.fire('focus')
    await soon()
    expect(server.count('refresh')).toBe(before) // Looking at a page brings no network back.
    server.offline = false
    page.fire('online')
    await soon()
    expect(a.session.status).toBe('in')
    expect((await a.fetch('/api/notes')).status).toBe(200)
  })

  it.each([['an hour behind', -3600_000], ['an hour ahead', 3600_000], ['a year ahead', 365 * day]])('P24: a clock that is %s changes nothing', async (_, wrong) => {
    const { server, clock, open } = world({ keep })
    const own = { ...clock, now: () => clock.now() + wrong }
    const auth = open({ clock: own })
    await auth.signIn(alice)
    const before = server.count('refresh')
    await clock.advance(200_000)
    expect((await auth.fetch('/api/notes')).status).toBe(200)
    expect(server.count('refresh')).toBe(before)
    await clock.advance(99_000)
    expect((await auth.fetch('/api/notes')).status).toBe(200)
    expect(server.count('refresh')).toBe(before + 1)
  })

  it.each([-3600_000, 3600_000])('P24: a clock that is set by %d ms meanwhile costs one refresh at most', async shift => {
    const { a, b, server, clock } = world({ keep })
    b.dispose()
    await a.signIn(alice)
    const before = server.count('refresh')
    const lived = server.living
    clock.shift(shift)
    for (let i = 0; i < 5; i++) expect((await a.fetch('/api/notes')).status).toBe(200)
    expect(server.count('refresh') - before).toBeLessThanOrEqual(1)
    expect(server.living).toBe(lived)
  })

  it.each([30, 400])('P9: a token that lives %d days is not refreshed on the first day', async days => {
    fakeWindow()
    const { a, server, clock } = world({ keep, events: false }, { lifetime: days * 86_400 })
    await a.signIn(alice)
    const before = server.count('refresh')
    for (let hour = 0; hour < 24; hour++) {
      await a.token()
      await clock.advance(3600_000)
    }
    expect(server.count('refresh')).toBe(before)
    await clock.advance((days - 1) * day - 3600_000)
    expect(server.count('refresh') - before).toBeLessThanOrEqual(1) // Browsers take no timer of more than 24.8 days; then it is early.
    await a.token()
  })

  it('a token that lives 20 s is used for half of it', async () => {
    const { a, server, clock } = world({ keep }, { lifetime: 20 })
    await a.signIn(alice)
    const before = server.count('refresh')
    for (let i = 0; i < 9; i++) {
      await a.token()
      await clock.advance(1000)
    }
    expect(server.count('refresh') - before).toBeLessThanOrEqual(1)
  })

  it('hidden tabs ask for nothing', async () => {
    const page = fakeWindow()
    const { a, server, clock } = world({ keep, events: false })
    await a.signIn(alice)
    await a.token()
    page.hide()
    const before = server.seen.length
    await clock.advance(3600_000)
    expect(server.seen.length).toBe(before)
  })

  it('P28: a refresh that is answered after a sign-out signs nobody in', async () => {
    const { a, b, server, clock } = world({ keep }, { latency: 0 })
    b.dispose()
    await a.signIn(alice)
    const events = eventsOf(a)
    server.latency = 100
    const refreshed = a.refresh().catch((error: AuthError) => error.code)
    await soon()
    const out = a.signOut()
    expect(a.session.status).toBe('out')
    await clock.advance(500)
    expect(await refreshed).toBe('discarded')
    await out
    await clock.advance(500)
    expect(a.session).toMatchObject({ status: 'out', ended: 'signed_out' })
    expect(events.map(event => event.name)).toEqual(['signed_out'])
    expect(server.living).toBe(0)
    expect(server.browser.storage.getItem('lingpai /auth')).toBeNull()
  })

  it('a refresh when nobody is signed in is refused, and nothing is stale', async () => {
    const { a, server } = world({ keep })
    await a.signIn(alice)
    await a.signOut()
    await expect(a.refresh()).rejects.toMatchObject({ code: keep === 'storage' ? 'discarded' : 'token_missing' })
    expect(a.session).toMatchObject({ status: 'out', ended: 'signed_out' })
    expect(server.living).toBe(0)
  })

  it('P29: a listener may ask for a token in the middle of an event', async () => {
    const { a } = world({ keep })
    await a.signIn(alice)
    const asked = new Promise(resolve => a.on('change', () => resolve(a.token())))
    await a.refresh()
    expect(await asked).toBe(await a.token())
  })

  it('an error of a listener stops nothing', async () => {
    const { a } = world({ keep })
    await a.ready()
    const thrown: unknown[] = []
    const original = globalThis.queueMicrotask
    globalThis.queueMicrotask = run => { try { run() } catch (error) { thrown.push(error) } }
    a.on('change', () => { throw new Error('of the page') })
    await a.signIn(alice)
    globalThis.queueMicrotask = original
    expect(a.session.status).toBe('in')
    expect(thrown).toHaveLength(1)
  })
})

it('P11: a refresh that is refused does not wait for itself', async () => {
  const { server, open } = world()
  const auth = open()
  await auth.signIn(alice)
  server.expireTokens()
  server.endSessions('alice')
  expect((await auth.fetch('/auth/api/sessions')).status).not.toBe(200)
})

it('P25: however a clock jumps, no token is held for longer than the server said', async () => {
  const { holdingOf, left } = await import('../src/holding.js')
  const answer = { access_token: 't', expires_in: 300, session: { id: 's', expires_at: '2030-01-01T00:00:00Z' }, user: { id: 'u', username: 'u', name: '', roles: [] } }
  let seed = 7
  const random = (): number => (seed = seed * 16807 % 2147483647) / 2147483647
  for (let round = 0; round < 500; round++) {
    let wall = 1e12, mono = random() * 1e6, real = 0
    const clock = { now: () => wall, monotonic: () => mono, setTimeout: () => 0, clearTimeout: () => {} }
    const held = holdingOf(answer, clock, wall, mono)
    for (let step = 0; step < 20; step++) {
      const pass = random() * 60_000
      const asleep = random() < 0.2 // Then the wall clock alone goes on, and nobody sets it.
      real += pass
      wall += asleep ? pass : pass + (random() < 0.3 ? (random() - 0.5) * 7200_000 : 0)
      if (!asleep) mono += pass
      if (asleep) break
      expect(left(clock, held)).toBeLessThanOrEqual(300_000 - real + 1)
    }
  }
})

it('a session cannot be mended by a clock that was set back while the page was closed', async () => {
  const { open, a, server, clock } = world({ keep: 'storage' })
  await a.signIn(alice)
  a.dispose()
  clock.shift(-3600_000)
  const again = open()
  await again.ready()
  expect(server.count('refresh')).toBe(1)
  expect(again.session.status).toBe('in')
})

it('createAuth in Node without a window keeps quiet', async () => {
  const auth = createAuth()
  expect((await auth.ready()).status).toBe('unknown')
  expect(await auth.token()).toBeNull()
  auth.dispose()
})
