// What no stand-in can show: Web Locks, the back-forward cache, IndexedDB and storage events of a real browser, against the real server.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { AuthOptions, Keep } from 'lingpai'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { call, launchWhole, openTab, signIn, status, visitor } from '../harness/browser.ts'
import { password } from '../harness/server.ts'
import { Site } from '../harness/site.ts'

const refresh = 'POST /auth/api/refresh'
const me = '/auth/api/me' // A proof is made for one address, so no other may stand behind it.
let browser: Browser, context: BrowserContext, site: Site

beforeAll(async () => {
  ;[browser, site] = await Promise.all([launchWhole(), Site.open({ TOKEN_LIFETIME: '30s' })])
  site.server.addUser('alice')
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

async function signedIn(options: AuthOptions): Promise<Page> {
  const tab = await openTab(context, site, options)
  expect(await signIn(tab, 'alice', password)).toBe('in')
  site.calm()
  return tab
}

const refreshNow = (tab: Page) => tab.evaluate(() => window.auth.refresh().then(({ status }) => status, (error: { code: string }) => error.code))

/** Names of the locks that some page of the origin holds. */
const locks = (tab: Page) => tab.evaluate(async () => (await navigator.locks.query()).held!.map(({ name }) => name))

/** Holds back what comes next until it is told to let go. */
function gate(): { hold: Promise<void>; open(): void } {
  let open = (): void => {}
  const hold = new Promise<void>((resolve) => { open = resolve })
  return { hold, open }
}

for (const keep of ['memory', 'storage'] satisfies Keep[]) {
  test(`Web Locks: while one tab refreshes, another waits (keep ${keep})`, async () => {
    const a = await signedIn({ keep })
    const b = await openTab(context, site, { keep })
    site.calm()
    const { hold, open } = gate()
    site.upset(refresh, { hold })
    const first = refreshNow(a)
    await expect.poll(() => locks(b)).toContain('lingpai /auth')
    const second = refreshNow(b)
    await expect.poll(async () => (await b.evaluate(() => navigator.locks.query())).pending!.length).toBe(1)
    expect(site.count(refresh)).toBe(1)
    open()
    expect(await Promise.all([first, second])).toEqual(['in', 'in'])
    expect(site.count(refresh)).toBe(keep === 'storage' ? 1 : 2) // What one tab was given the other finds in the storage; a cookie tells nothing.
    expect(await locks(a)).toEqual([])
  })

  test(`Web Locks: a tab that is closed while it refreshes holds nobody up (keep ${keep})`, async () => {
    const a = await signedIn({ keep })
    const b = await openTab(context, site, { keep })
    site.calm()
    const { hold, open } = gate()
    site.upset(refresh, { hold })
    void refreshNow(a).catch(() => {})
    await expect.poll(() => locks(b)).toContain('lingpai /auth')
    await a.close()
    expect(await refreshNow(b)).toBe('in')
    expect(await call(b)).toBe(200)
    open()
  })

  test(`P30: a page in the back-forward cache holds no lock, and lives on when it comes back (keep ${keep})`, async () => {
    const tab = await signedIn({ keep })
    const other = await openTab(context, site, { keep })
    const { hold, open } = gate()
    site.upset(refresh, { hold })
    void refreshNow(tab).catch(() => {})
    await expect.poll(() => locks(other)).toContain('lingpai /auth')
    await leavePage(tab)
    await expect.poll(() => locks(other)).toEqual([])
    expect(await refreshNow(other)).toBe('in')
    open()
    await comeBack(tab)
    await expect.poll(() => call(tab)).toBe(200)
    expect(await status(tab)).toBe('in')
    expect(await call(other)).toBe(200)
  })

  test(`P30: a page that comes back from the back-forward cache learns that its session is over (keep ${keep})`, async () => {
    const tab = await signedIn({ keep })
    const id = await tab.evaluate(() => window.auth.session.id)
    await leavePage(tab)
    site.server.run(['session', 'end', '--', id!]) // an id may begin with a dash
    expect(await comeBack(tab)).toBe(true)
    await expect.poll(async () => (keep === 'storage' && (await call(tab)), status(tab))).toBe('out')
  })

  test(`P30: after a sign-out in another tab, no page comes back signed in (keep ${keep})`, async () => {
    const tab = await signedIn({ keep })
    const other = await openTab(context, site, { keep })
    await leavePage(tab)
    await other.evaluate(() => window.auth.signOut())
    await comeBack(tab) // from the cache, or loaded anew: browsers throw pages away that are sent messages
    await expect.poll(() => status(tab)).toBe('out')
    expect(await call(tab)).toBe(401)
  })

  // ASVS 10.3.5
  test(`P44: the key of DPoP is kept by IndexedDB, serves all tabs and reloads, and no script can copy it (keep ${keep})`, async () => {
    const a = await signedIn({ keep, dpop: true })
    const b = await openTab(context, site, { keep, dpop: true })
    await a.reload()
    await a.waitForFunction(() => window.auth !== undefined)
    expect(await a.evaluate(async () => (await window.auth.ready()).status)).toBe('in')
    for (const tab of [a, b]) {
      expect(await refreshNow(tab)).toBe('in')
      expect(await call(tab, me)).toBe(200)
    }
    expect(site.exchanges.filter(({ path, status }) => path === me && status === 200).map(({ authorization }) => authorization?.split(' ')[0])).toEqual(['DPoP', 'DPoP'])
    expect(await a.evaluate(copyKey)).toEqual(['CryptoKey', 'InvalidAccessError'])
    const token = await a.evaluate(() => window.auth.token())
    for (const scheme of ['Bearer', 'DPoP']) {
      expect((await fetch(`${site.origin}${me}`, { headers: { Authorization: `${scheme} ${token}` } })).status).toBe(401)
    }
  })

  test(`P44: a browser that has lost the key signs in again, with another (keep ${keep})`, async () => {
    const tab = await signedIn({ keep, dpop: true })
    const before = await thumb(tab)
    await tab.evaluate(() => new Promise((resolve) => { indexedDB.deleteDatabase('lingpai').onsuccess = resolve }))
    await tab.reload()
    await tab.waitForFunction(() => window.auth !== undefined)
    await tab.evaluate(() => window.auth.ready())
    await expect.poll(async () => (await call(tab), status(tab))).toBe('out')
    expect(await signIn(tab, 'alice', password)).toBe('in')
    expect(await call(tab, me)).toBe(200)
    expect(await thumb(tab)).not.toBe(before)
  })

  test(`the key of DPoP is another after a sign-out, in every tab (keep ${keep})`, async () => {
    const a = await signedIn({ keep, dpop: true })
    const b = await openTab(context, site, { keep, dpop: true })
    const before = await thumb(b)
    await a.evaluate(() => window.auth.signOut())
    await a.evaluate(age)
    expect(await signIn(a, 'alice', password)).toBe('in')
    await expect.poll(() => status(b)).toBe('in')
    expect(await thumb(a)).not.toBe(before)
    expect(await thumb(b)).toBe(await thumb(a))
    expect([await call(a, me), await call(b, me)]).toEqual([200, 200])
    expect([await refreshNow(a), await refreshNow(b)]).toEqual(['in', 'in'])
  })

  test(`P26: without BroadcastChannel, a sign-out reaches other tabs by the events of localStorage (keep ${keep})`, async () => {
    await context.addInitScript(() => { delete (globalThis as { BroadcastChannel?: unknown }).BroadcastChannel })
    const a = await openTab(context, site, { keep })
    const b = await openTab(context, site, { keep })
    await signIn(a, 'alice', password)
    await expect.poll(() => status(b)).toBe('in')
    await a.evaluate(() => window.auth.signOut())
    await expect.poll(() => status(b)).toBe('out')
  })
}

test('P44: where IndexedDB is blocked, dpop says why not, and signing in without it works', async () => {
  await context.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError') } }))
  const tab = await openTab(context, site, { dpop: true })
  const refusal = await tab.evaluate((password) => window.auth.signIn({ username: 'alice', password }).catch(({ code, advice }) => ({ code, advice })), password)
  expect(refusal).toEqual({ code: 'dpop_unavailable', advice: expect.stringContaining('IndexedDB') })
  expect(await signIn(await openTab(context, site), 'alice', password)).toBe('in')
})

/** Goes to another page, so that the one before may wait in the back-forward cache. */
async function leavePage(tab: Page): Promise<void> {
  await tab.evaluate(() => addEventListener('pageshow', ({ persisted }) => { document.title = `persisted ${persisted}` }))
  await tab.goto(`${site.origin}/app/elsewhere#${encodeURIComponent('{"events":false,"base":"/elsewhere"}')}`)
}

/** Goes back; whether the page came from the cache. */
async function comeBack(tab: Page): Promise<boolean> {
  await tab.goBack({ waitUntil: 'commit' }).catch(() => {})
  await tab.waitForFunction(() => window.auth !== undefined && !location.pathname.endsWith('elsewhere'))
  await tab.evaluate(() => window.auth.ready())
  return (await tab.title()) === 'persisted true'
}

/** What a script gets that finds the key: what it is, and why it cannot be exported. */
async function copyKey(): Promise<string[]> {
  const pair = await new Promise<CryptoKeyPair>((resolve) => {
    const opening = indexedDB.open('lingpai')
    opening.onsuccess = () => {
      const reading = opening.result.transaction('keys').objectStore('keys').get('lingpai /auth')
      reading.onsuccess = () => { opening.result.close(); resolve(reading.result as CryptoKeyPair) }
    }
  })
  const refusal = await crypto.subtle.exportKey('jwk', pair.privateKey).then(() => 'exported', ({ name }: Error) => name)
  return [pair.privateKey.constructor.name, refusal]
}

/** Makes the key in the database an old one. */
async function age(): Promise<void> {
  await new Promise<void>((resolve) => {
    const opening = indexedDB.open('lingpai')
    opening.onsuccess = () => {
      const writing = opening.result.transaction('keys', 'readwrite').objectStore('keys').put(0, 'lingpai /auth made')
      writing.onsuccess = () => { opening.result.close(); resolve() }
    }
  })
}

/** The public key that a tab proves to hold. */
const thumb = (tab: Page) =>
  tab.evaluate(async () => {
    const { headers } = await window.auth.sign({ url: '/api/notes', method: 'GET' })
    return (JSON.parse(atob(headers['DPoP']!.split('.')[0]!.replace(/-/g, '+').replace(/_/g, '/'))) as { jwk: { x: string } }).jwk.x
  })
