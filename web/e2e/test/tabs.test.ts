// Several tabs of one browser: P5, P8, P20, P26 to P29 and P41, against the real server.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { AuthOptions, Keep } from 'lingpai'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { call, launch, openTab, signIn, status, visitor } from '../harness/browser.ts'
import { password } from '../harness/server.ts'
import { Site } from '../harness/site.ts'

const refresh = 'POST /auth/api/refresh'
// Milliseconds. A token lives for 5 seconds, for a busy machine takes its time from a refresh to the call that it was for. The one of the
// sign-in is renewed once, 2 seconds after; by now that one has expired too.
const expiry = 8000
let browser: Browser, context: BrowserContext, site: Site

beforeAll(async () => {
  ;[browser, site] = await Promise.all([launch(), Site.open({ TOKEN_LIFETIME: '5s' })])
  for (const name of ['alice', 'bob']) site.server.addUser(name)
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  site.calm()
  context = await visitor(browser)
})
afterEach(() => context.close())

async function signedIn(count: number, options: AuthOptions): Promise<Page[]> {
  const tabs = [await openTab(context, site, options)]
  await signIn(tabs[0]!, 'alice', password)
  while (tabs.length < count) tabs.push(await openTab(context, site, options))
  expect(await Promise.all(tabs.map(status))).toEqual(tabs.map(() => 'in'))
  site.calm()
  return tabs
}

const who = (tab: Page) => tab.evaluate(() => window.auth.session.user?.username ?? null)

for (const keep of ['memory', 'storage'] satisfies Keep[]) {
  test(`P5: two tabs with ten requests each refresh once or twice, and nobody is signed out (keep ${keep})`, async () => {
    const tabs = await signedIn(2, { keep })
    await tabs[0]!.waitForTimeout(expiry)
    site.calm()
    const answers = await Promise.all(tabs.flatMap((tab) => Array.from({ length: 10 }, () => call(tab))))
    expect(answers).toEqual(Array(20).fill(200))
    expect(site.count(refresh)).toBeLessThanOrEqual(2)
    expect(await Promise.all(tabs.map(status))).toEqual(['in', 'in'])
  })

  test(`P26: sign-out in one tab is seen in the others (keep ${keep})`, async () => {
    const [a, b] = (await signedIn(2, { keep })) as [Page, Page]
    site.offline = true // The tab tells the other one itself, and not by way of the server, which would take longer.
    await a.evaluate(() => window.auth.signOut())
    await expect.poll(() => status(b)).toBe('out')
    expect(site.exchanges.filter(({ path, status }) => path === '/auth/api/logout' && status)).toEqual([])
    site.offline = false
    expect(await call(b)).toBe(401)
  })

  test(`P27: sign-out without a network is at once, and reaches the server when there is one (keep ${keep})`, async () => {
    const [tab] = (await signedIn(1, { keep })) as [Page]
    const token = await tab.evaluate(() => window.auth.token())
    site.offline = true
    await tab.evaluate(() => window.auth.signOut())
    expect(await status(tab)).toBe('out')
    site.offline = false
    await tab.reload()
    await tab.waitForFunction(() => window.auth !== undefined)
    expect(await tab.evaluate(async () => (await window.auth.ready()).status)).toBe('out')
    await expect
      .poll(async () => (await fetch(`${site.origin}/auth/api/me`, { headers: { Authorization: `Bearer ${token}` } })).json())
      .toMatchObject({ code: expect.stringMatching(/^(session_ended|token_revoked|token_expired)$/) })
    expect(site.exchanges.some((e) => e.path === '/auth/api/logout' && e.status === 204)).toBe(true)
  })

  test(`P28: the answer to a refresh that comes after a sign-out changes nothing (keep ${keep})`, async () => {
    const [a, b] = (await signedIn(2, { keep })) as [Page, Page]
    await a.waitForTimeout(expiry)
    site.calm()
    let answer = (): void => {}
    site.upset(refresh, { hold: new Promise<void>((resolve) => { answer = resolve }) })
    const late = call(a)
    await expect.poll(() => site.count(refresh)).toBe(1)
    await a.evaluate(() => void window.auth.signOut())
    answer()
    await late
    await a.waitForTimeout(1500)
    expect([await status(a), await status(b)]).toEqual(['out', 'out'])
    await a.reload()
    await a.waitForFunction(() => window.auth !== undefined)
    expect(await a.evaluate(async () => (await window.auth.ready()).status)).toBe('out')
    expect(await a.evaluate(() => window.unhandled)).toEqual([])
  })

  test(`sign-in in one tab is seen in the others, and another user is a change, not a mixture (keep ${keep})`, async () => {
    const a = await openTab(context, site, { keep })
    const b = await openTab(context, site, { keep })
    await signIn(a, 'alice', password)
    await expect.poll(() => who(b)).toBe('alice')
    await signIn(b, 'bob', password)
    await expect.poll(() => who(a)).toBe('bob')
    for (const tab of [a, b]) {
      const name = await tab.evaluate(async () => ((await (await window.auth.fetch('/api/me')).json()) as { user: { username: string } }).user.username)
      expect(name).toBe('bob')
    }
  })

  test(`a session that an operator ends is over in all tabs (keep ${keep})`, async () => {
    const tabs = await signedIn(2, { keep })
    const id = await tabs[0]!.evaluate(() => window.auth.session.id)
    site.server.run(['session', 'end', '--', id!]) // an id may begin with a dash
    for (const tab of tabs) await expect.poll(async () => (await call(tab), status(tab))).toBe('out')
  })
}

test('P8: five tabs that are looked at again at once share what one of them fetches', async () => {
  const patient = await Site.open({ TOKEN_LIFETIME: '12s' }) // long enough for a busy machine to bring five tabs to the same line
  try {
    patient.server.addUser('alice')
    const tabs: Page[] = []
    while (tabs.length < 5) tabs.push(await openTab(context, patient, { keep: 'storage' }))
    await signIn(tabs[0]!, 'alice', password)
    for (const tab of tabs) await expect.poll(() => status(tab)).toBe('in')
    await tabs[0]!.waitForTimeout(12_500)
    patient.calm()
    await Promise.all(tabs.map((tab) => tab.evaluate(() => dispatchEvent(new Event('focus')))))
    expect(await Promise.all(tabs.map((tab) => call(tab)))).toEqual(Array(5).fill(200))
    expect(patient.count(refresh)).toBe(1)
  } finally {
    await patient.close()
  }
})

test('P29: a listener that asks for the token inside an event gets it', async () => {
  const [tab] = (await signedIn(1, { keep: 'memory' })) as [Page]
  const got = await tab.evaluate(
    () => new Promise<string | null>((resolve) => {
      window.auth.on('change', () => void window.auth.token().then(resolve))
      void window.auth.refresh()
    }),
  )
  expect(got).toMatch(/^eyJ/)
})

test('P29: a lock that nobody releases only delays', async () => {
  const [tab] = (await signedIn(1, { keep: 'memory' })) as [Page]
  await tab.evaluate(() => void navigator.locks.request('lingpai /auth', () => new Promise(() => {})))
  await tab.waitForTimeout(expiry)
  expect(await call(tab)).toBe(200)
})
