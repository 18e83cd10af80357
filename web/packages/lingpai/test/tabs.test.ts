import { describe, expect, it, vi } from 'vitest'
import { alone } from '../src/tabs.js'
import type { Keep, TokenStorage } from '../src/types.js'
import { fakeClock } from '../src/testing.js'
import { alice, bob, eventsOf, fakeWindow, soon, world } from './world.js'

const keeps: readonly Keep[] = ['memory', 'storage', 'cookie']

describe.each(keeps)('with keep: %s', keep => {
  it('P26: a sign-out is seen in other tabs at once', async () => {
    const { a, b, server } = world({ keep })
    await a.signIn(alice)
    await soon()
    expect(b.session).toMatchObject({ status: 'in', user: { username: 'alice' } })
    const events = eventsOf(b)
    const heard = new Promise(resolve => b.on('change', resolve))
    server.latency = 60_000 // Nobody waits for the server.
    void a.signOut()
    await heard
    expect(events).toMatchObject([{ name: 'signed_out', reason: 'signed_out' }])
    expect(await b.token()).toBeNull()
  })

  it('a sign-in is seen in other tabs, and serves their requests', async () => {
    const { a, b } = world({ keep })
    await a.ready()
    await b.ready()
    const events = eventsOf(b)
    await a.signIn(alice)
    await soon()
    expect(events.map(event => event.name)).toContain('signed_in')
    expect(b.session.id).toBe(a.session.id)
    if (keep !== 'cookie') expect((await b.fetch('/api/notes')).status).toBe(200)
  })

  it('another person who signs in in another tab is a change, not a mixture', async () => {
    const { a, b, server } = world({ keep })
    await a.signIn(alice)
    await soon()
    const request = { url: '/api/notes', method: 'POST' }
    const signed = await b.sign(request)
    const events = eventsOf(b)
    await a.signIn(bob)
    await soon()
    expect(b.session.user?.username).toBe('bob')
    expect(events.filter(event => event.name === 'signed_in')).toHaveLength(1)
    const expired = { status: 401, code: 'session_ended', header: () => null }
    expect(await b.judge(request, signed, expired)).toBe(false) // What alice asked for is not sent as bob's.
    expect(b.session.user?.username).toBe('bob')
    expect(server.living).toBe(1)
  })

  it('a tab that is opened later finds the session', async () => {
    const { a, open } = world({ keep })
    await a.signIn(alice)
    const later = open()
    const events = eventsOf(later)
    expect(await later.ready()).toMatchObject({ status: 'in', user: { username: 'alice' }, id: a.session.id })
    if (keep !== 'storage') expect(events.map(event => event.name)).toEqual(['restored'])
  })

  it('P26: without BroadcastChannel, tabs hear of one another through localStorage', async () => {
    const page = fakeWindow()
    vi.stubGlobal('BroadcastChannel', undefined)
    const items = new Map<string, string>()
    const storage: TokenStorage = {
      getItem: key => items.get(key) ?? null,
      setItem(key, value) { items.set(key, value); queueMicrotask(() => page.fire('storage', { key, newValue: value })) },
      removeItem: key => void items.delete(key),
    }
    vi.stubGlobal('localStorage', storage)
    const { a, b } = world({ keep, storage, events: false })
    await a.signIn(alice)
    await soon()
    expect(b.session.status).toBe('in')
    await a.signOut()
    await soon()
    expect(b.session.status).toBe('out')
    expect([...items.keys()]).toEqual([])
  })

  it('P30: a page that comes back from the back-forward cache looks again', async () => {
    const page = fakeWindow()
    const { a, open, server } = world({ keep, events: false })
    await a.signIn(alice)
    const frozen = open()
    await frozen.ready()
    vi.stubGlobal('BroadcastChannel', class { postMessage(): void {} close(): void {} }) // It was frozen: it heard nothing.
    server.endSessions('alice')
    if (keep === 'storage') server.browser.storage.items.clear()
    page.fire('pageshow', { persisted: true })
    await soon()
    expect(frozen.session.status).toBe('out')
  })
})

it('the end of a session leaves that of another person alone, whom another tab has put in its place', async () => {
  const { a, b, server } = world({ keep: 'storage' })
  b.dispose()
  await a.signIn(alice)
  const elsewhere = await server.fetch('/auth/api/login', { method: 'POST', body: JSON.stringify({ ...bob, keep: 'storage' }) })
  server.browser.storage.setItem('lingpai /auth', JSON.stringify({ ...await elsewhere.json(), at: Date.now() })) // and a is not told
  const kept = server.browser.storage.getItem('lingpai /auth')
  const { id } = a.session
  const channel = new BroadcastChannel('lingpai /auth storage')
  channel.postMessage(JSON.stringify({ over: id, reason: 'revoked' }))
  await soon()
  channel.close()
  expect(a.session).toMatchObject({ status: 'out', ended: 'revoked' })
  expect(server.browser.storage.getItem('lingpai /auth')).toBe(kept)
})

it('P8: a tab that is woken adopts the token that another has fetched', async () => {
  const page = fakeWindow()
  const { a, b, open, server, clock } = world({ keep: 'storage', events: false })
  await a.signIn(alice)
  const tabs = [a, b, open(), open(), open()]
  await Promise.all(tabs.map(tab => tab.ready()))
  clock.sleep(8 * 3600_000)
  vi.stubGlobal('navigator', { locks: fakeLocks() })
  page.fire('focus')
  await soon(100)
  expect(server.count('refresh')).toBe(1)
  expect(new Set(await Promise.all(tabs.map(tab => tab.token()))).size).toBe(1)
})

it('tabs with a copy of one sessionStorage keep in step', async () => {
  const { a, clock, open, server } = world({ keep: 'storage' })
  await a.signIn(alice)
  const copy = { ...server.browser.storage }
  const items = new Map(server.browser.storage.items)
  Object.assign(copy, {
    getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => void items.set(key, value), removeItem: (key: string) => void items.delete(key),
  })
  const duplicate = open({ storage: copy })
  await duplicate.ready()
  for (let i = 0; i < 3; i++) {
    await clock.advance(400_000)
    await a.token()
    await soon()
  }
  expect(await duplicate.token()).toBe(await a.token())
  await clock.advance(400_000)
  expect((await duplicate.fetch('/api/notes')).status).toBe(200)
  expect(server.living).toBe(1)
})

it('a tab with a session of its own hears nothing of the others', async () => {
  const { a, server, open } = world({ keep: 'storage' })
  const items = new Map<string, string>()
  const own = { getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => void items.set(key, value), removeItem: (key: string) => void items.delete(key) }
  const other = open({ storage: own })
  await other.signIn(bob)
  await a.signIn(alice)
  await soon()
  expect(other.session.user?.username).toBe('bob')
  await a.signOut()
  await soon()
  expect(other.session.status).toBe('in')
  expect(server.living).toBe(1)
})

it('an answer that comes late does not overwrite what another tab has stored since', async () => {
  const { a, open, server, browser, clock } = world({ keep: 'storage' })
  let deliver = (): void => {}
  const slow = open({
    fetch: async (input, init) => {
      const response = await browser.fetch(input, init)
      if (`${input}`.endsWith('/refresh')) await new Promise<void>(resolve => { deliver = resolve })
      return response
    },
  })
  await a.signIn(alice)
  await soon()
  const late = slow.refresh()
  await soon()
  await a.refresh() // The same successor.
  await a.refresh()
  await soon()
  const stored = browser.storage.getItem('lingpai /auth')
  deliver()
  await late
  expect(browser.storage.getItem('lingpai /auth')).toBe(stored)
  expect(await slow.token()).toBe(await a.token())
  await clock.advance(400_000)
  expect((await slow.fetch('/api/notes')).status).toBe(200)
  expect(server.living).toBe(1)
})

it('an older token that another tab tells of is no news', async () => {
  const { a, b, clock, browser } = world({ keep: 'storage' })
  const channel = new BroadcastChannel('lingpai /auth storage')
  const told: unknown[] = []
  channel.onmessage = ({ data }) => void told.push(data)
  await a.signIn(alice)
  await soon()
  await clock.advance(1000)
  await a.refresh()
  await soon()
  const token = await b.token()
  const stored = browser.storage.getItem('lingpai /auth')
  channel.postMessage(told[0])
  await soon()
  channel.close()
  expect(await b.token()).toBe(token)
  expect(browser.storage.getItem('lingpai /auth')).toBe(stored)
})

it('a session that is over does not come back with a word that was late', async () => {
  const { a, clock } = world()
  await a.signIn(alice)
  const { id, user } = a.session
  await a.signOut()
  const channel = new BroadcastChannel('lingpai /auth memory')
  channel.postMessage(JSON.stringify({ held: JSON.stringify({ session: { id, expires_at: '2030-01-01T00:00:00Z' }, user, at: clock.now() }) }))
  await soon()
  channel.close()
  expect(a.session.status).toBe('out')
})

it('words of another version of the page are passed over', async () => {
  const { a } = world()
  await a.signIn(alice)
  const channel = new BroadcastChannel('lingpai /auth memory')
  for (const word of [null, 7, 'no json', '{"held":"{}"}', '{"held":7}', '[]', { over: a.session.id }]) channel.postMessage(word)
  await soon()
  channel.close()
  expect(a.session.status).toBe('in')
})

it('P29: a lock that a frozen tab never lets go of delays work by seconds, not for ever', async () => {
  const clock = fakeClock()
  vi.stubGlobal('navigator', { locks: { request: (_: string, { signal }: LockOptions) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason))) } })
  let worked = false
  const work = alone('x', clock, async () => { worked = true })
  await clock.advance(2900)
  expect(worked).toBe(false)
  await clock.advance(200)
  await work
  expect(worked).toBe(true)
})

it('P30: a page that is put aside lets go of the lock', async () => {
  const page = fakeWindow()
  let held = true
  vi.stubGlobal('navigator', { locks: { request: async (_: string, __: LockOptions, run: () => Promise<void>) => { await run(); held = false } } })
  void alone('x', fakeClock(), () => new Promise(() => {}))
  page.fire('pagehide', { persisted: true })
  await soon(0)
  expect(held).toBe(false)
})

it('an error of the work in the lock is the error of the work', async () => {
  vi.stubGlobal('navigator', { locks: fakeLocks() })
  let count = 0
  await expect(alone('x', fakeClock(), async () => { count++; throw new Error('of the work') })).rejects.toThrow('of the work')
  expect(count).toBe(1)
})

/** Web Locks in one process: one at a time, in order. */
function fakeLocks() {
  let last: Promise<unknown> = Promise.resolve()
  return { request: (_: string, __: LockOptions, run: () => Promise<unknown>) => (last = last.catch(() => {}).then(run)) }
}
