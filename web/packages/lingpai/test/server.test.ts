// The core against the real server, built from this repository.

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAuth } from '../src/auth.js'
import { fakeStorage } from '../src/testing.js'
import type { Auth, AuthOptions, Keep } from '../src/types.js'
import { alice, soon } from './world.js'

const run = promisify(execFile)
const repository = new URL('../../../..', import.meta.url).pathname

let folder: string
let binary: string
let server: ChildProcess
let base: string
const opened: Auth[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lingpai-core-'))
  binary = join(folder, 'lingpai')
  await run('go', ['build', '-o', binary, './cmd/lingpai'], { cwd: repository })
  for (const name of ['alice', 'bob']) await lingpai(['user', 'add', name, '--password-stdin'], alice.password)
  server = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data')])
  base = await new Promise<string>((resolve, reject) => {
    let said = ''
    const read = (chunk: Buffer): void => {
      said += chunk
      const port = /http:\/\/localhost:(\d+)/.exec(said)?.[1]
      if (port) resolve(`http://127.0.0.1:${port}/auth`)
    }
    server.stdout!.on('data', read)
    server.stderr!.on('data', read)
    server.on('exit', code => reject(new Error(`the server ended with ${code}: ${said}`)))
  })
}, 300_000)

afterEach(() => {
  opened.splice(0).forEach(auth => auth.dispose())
  vi.unstubAllGlobals()
})

afterAll(async () => {
  server?.kill()
  await rm(folder, { recursive: true, force: true })
})

async function lingpai(words: string[], input = ''): Promise<string> {
  const child = run(binary, words, { env: { ...process.env, LINGPAI_DATA: join(folder, 'data') } })
  child.child.stdin!.end(input)
  return (await child).stdout
}

/** A browser as far as cookies go. */
function jar() {
  const cookies = new Map<string, string>()
  const browse: typeof globalThis.fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    if (init?.credentials === 'include' && cookies.size) headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(input, { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
      value ? cookies.set(name!, value) : cookies.delete(name!)
    }
    return response
  }
  return { cookies, fetch: browse, storage: fakeStorage() }
}

function open(keep: Keep, browser = jar(), more: AuthOptions = {}): Auth {
  const auth = createAuth({ base, keep, fetch: browser.fetch, storage: browser.storage, ...more })
  opened.push(auth)
  return auth
}

const notes = (auth: Auth): Promise<Response> => auth.fetch(`${base}/api/me`)

describe.each<Keep>(['memory', 'storage', 'cookie'])('with keep: %s', keep => {
  it('signs in, restores, refreshes, is seen by other tabs, and signs out everywhere', async () => {
    const browser = jar()
    const auth = open(keep, browser)
    expect((await auth.ready()).status).toBe('out')
    expect(await auth.signIn(alice)).toMatchObject({ status: 'in', user: { username: 'alice' } })
    if (keep !== 'cookie') {
      expect((await notes(auth)).status).toBe(200)
      const before = await auth.token()
      await auth.refresh()
      expect(await auth.token()).not.toBe(before)
      expect((await notes(auth)).status).toBe(200)
    }
    const other = open(keep, browser)
    expect((await other.ready()).id).toBe(auth.session.id)
    await auth.signOut()
    await soon(100)
    expect(other.session).toMatchObject({ status: 'out', ended: 'signed_out' })
    expect(browser.cookies.has('lingpai_refresh') || browser.cookies.has('lingpai_session')).toBe(false)
  })

  it('refuses a wrong password in the words of the server', async () => {
    await expect(open(keep).signIn({ username: 'alice', password: 'wrong' })).rejects.toMatchObject({ code: 'credentials_invalid', status: 401 })
  })

  // ASVS 7.4.5
  it('learns within a second that an operator ended the session', async () => {
    const auth = open(keep, jar(), { events: true })
    await auth.signIn(alice)
    await soon(300)
    const ended = new Promise(resolve => auth.on('change', resolve))
    await lingpai(['session', 'end', '--', auth.session.id!])
    const told = performance.now()
    expect(await ended).toMatchObject({ name: 'signed_out', reason: 'revoked' })
    expect(performance.now() - told).toBeLessThan(30_000) // A token lives longer: it was told.
  })

  it('is not signed out by answers that are lost', async () => {
    const browser = jar()
    let lose = 0
    const auth = open(keep, {
      ...browser,
      fetch: async (input, init) => {
        const response = keep === 'memory' && lose ? await fetch(input, { ...init, headers: { ...init!.headers, Cookie: `lingpai_refresh=${browser.cookies.get('lingpai_refresh')}` } }) : await browser.fetch(input, init)
        if (!lose || !/\/(refresh|me)$/.test(`${input}`)) return response
        lose--
        throw new TypeError('fetch failed')
      },
    })
    await auth.signIn(alice)
    lose = 1
    expect(await auth.refresh()).toMatchObject({ status: 'in' }) // It asked again.
    lose = 2
    await expect(auth.refresh()).rejects.toMatchObject({ code: 'offline' })
    expect(auth.session.status).toBe('stale')
    const again = open(keep, browser)
    expect(await again.ready()).toMatchObject({ status: 'in', id: auth.session.id })
    await again.refresh()
    expect(again.session.status).toBe('in')
  })

  it('twenty requests at once in two tabs are answered, whatever the server thinks of the race', async () => {
    const browser = jar()
    const tabs = [open(keep, browser), open(keep, browser)]
    await tabs[0]!.signIn(alice)
    await soon(100)
    await Promise.all(tabs.map(tab => tab.refresh()))
    const sessions = await Promise.all(tabs.flatMap(tab => Array.from({ length: 10 }, () => tab.refresh())))
    expect(sessions.every(session => session.status === 'in')).toBe(true)
  })
})

// ASVS 10.4.5
it('a stolen refresh token ends the session of both', async () => {
  const browser = jar()
  const auth = open('storage', browser)
  await auth.signIn(alice)
  const refresh = (refresh_token: string) => fetch(`${base}/api/refresh`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ refresh_token }),
  })
  const stolen = JSON.parse([...browser.storage.items.values()][0]!).refresh_token
  await auth.refresh()
  await auth.refresh()
  expect((await (await refresh(stolen)).json()).code).toBe('refresh_reused')
  await expect(auth.refresh()).rejects.toMatchObject({ code: 'refresh_reused' })
  expect(auth.session).toMatchObject({ status: 'out', ended: 'reused' })
})

describe.each<Keep>(['memory', 'storage'])('bound to a key, with keep: %s', keep => {
  it('signs in, calls, refreshes and signs out with proofs, and a copy of the token is worth nothing', async () => {
    const kept = new Map<string, unknown>()
    const later = <T>(result: T) => {
      const request = { result, onsuccess: null as (() => void) | null, onupgradeneeded: null as (() => void) | null }
      queueMicrotask(() => { request.onupgradeneeded?.(); request.onsuccess?.() })
      return request
    }
    const store = { get: (key: string) => later(kept.get(key)), put: (value: unknown, key: string) => later(void kept.set(key, value)) }
    vi.stubGlobal('indexedDB', { open: () => later({ createObjectStore() {}, transaction: () => ({ objectStore: () => store }), close() {} }) })
    const browser = jar()
    const issuer = base.replace('127.0.0.1', 'localhost') // A proof names the address of the issuer.
    const auth = open(keep, browser, { dpop: true, base: issuer })
    await auth.signIn(alice)
    expect((await auth.fetch(`${issuer}/api/me`)).status).toBe(200)
    expect((await auth.fetch(`${issuer}/api/me`, { method: 'get' })).status, 'fetch sends it in capitals').toBe(200)
    const token = await auth.token()
    await auth.refresh()
    expect((await auth.fetch(`${issuer}/api/me`)).status).toBe(200)
    const again = open(keep, browser, { dpop: true, base: issuer })
    expect((await again.ready()).id).toBe(auth.session.id)
    expect((await fetch(`${issuer}/api/me`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401)
    kept.clear()
    const lost = open(keep, browser, { dpop: true, base: issuer })
    await lost.ready()
    await lost.refresh().catch(() => {})
    expect(lost.session.status).toBe('out')
    await auth.signOut()
    expect(auth.session.status).toBe('out')
  })
})
