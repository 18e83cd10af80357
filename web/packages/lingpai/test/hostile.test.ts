// What other people's markup, other pages of this origin and bad luck do to a session.

import { describe, expect, it, vi } from 'vitest'
import { createAuth } from '../src/auth.js'
import { recipients } from '../src/origins.js'
import type { Keep } from '../src/types.js'
import { alice, fakeWindow, soon, world } from './world.js'

const keeps: readonly Keep[] = ['memory', 'storage', 'cookie']

/** Where a page of https://app.example sends a password. */
async function askedBy(base: string): Promise<string[]> {
  const asked: string[] = []
  const fetch = (url: string): Promise<never> => {
    asked.push(new URL(url, document.baseURI).href)
    return Promise.reject(new TypeError('fetch failed'))
  }
  const auth = createAuth({ base, events: false, fetch: fetch as typeof globalThis.fetch })
  await auth.signIn(alice).catch(() => {})
  auth.dispose()
  return asked
}

it.each(['/auth', '/auth/', '/', ''])('a <base> that was smuggled in does not lead a password astray, with base %j', async base => {
  fakeWindow('https://app.example/page')
  Object.assign(document, { baseURI: 'https://evil.example/' })
  const asked = await askedBy(base)
  expect(asked).toContain(`https://app.example${base.replace(/\/$/, '')}/api/login`)
  expect(asked.filter(url => !url.startsWith('https://app.example/'))).toEqual([])
})

it.each([
  '/\t/evil.example', '/\n/evil.example', '//evil.example', '/\\evil.example', '.evil.example', '@evil.example', 'https://a@evil.example', 'https:evil.example', 'javascript:alert(1)', 'auth',
])('base %j, which looks like a path, leads nowhere else', async base => {
  fakeWindow('https://app.example/page')
  const asked = await askedBy(base).catch(error => {
    expect(error).toBeInstanceOf(TypeError)
    return []
  })
  expect(asked.filter(url => !url.startsWith('https://app.example/'))).toEqual([])
})

it.each(['/\t/evil.example', '/\r/evil.example', 'https://api.example\n.evil.example'])('%j among the origins is refused', entry => {
  fakeWindow('https://app.example/page')
  expect(() => recipients([entry])).toThrow(TypeError)
})

it('the refusal of something else than Lingpai does not read "undefined"', async () => {
  const { a, server } = world()
  server.intercept('login', () => Response.json({ code: 404, reason: 'no such route' }, { status: 404 }))
  expect(await a.signIn(alice).catch(error => error)).toMatchObject({ code: 'not_lingpai', message: expect.stringContaining('check base') })
})

describe.each(keeps)('with keep: %s', keep => {
  it('a sign-out while a refresh is under way is remembered though the page goes at once', async () => {
    const { server, browser, open, a, b } = world({ keep })
    a.dispose()
    b.dispose()
    vi.stubGlobal('localStorage', browser.storage)
    const page = open()
    await page.signIn(alice)
    server.intercept(keep === 'cookie' ? 'me' : 'refresh', () => new Promise(() => {}))
    void page.refresh().catch(() => {})
    await soon()
    void page.signOut()
    page.dispose()
    const next = open()
    expect((await next.ready()).status).toBe('out')
    await soon()
    expect(server.living).toBe(0)
  })

  it.each(keeps.filter(other => other !== keep))('a page of this origin with keep: %s neither takes the session over nor ends it', async other => {
    const { a, open } = world({ keep })
    const page = open({ keep: other })
    await page.ready()
    await a.signIn(alice)
    await a.refresh()
    await soon()
    expect(page.session.status).toBe('out')
    await page.refresh().catch(() => {})
    await soon()
    expect(a.session.status).toBe('in')
  })
})
