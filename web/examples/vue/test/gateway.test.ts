// The app as it is, behind the gateway: the page holds no token, the API is given one with every call, and a script that got into the page
// finds nothing that it could take along.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page, Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { root } from './build'
import { Example, launch, signIn, tab, visitor, type Look } from './example'
import { listen, plant, search, type Loot } from './thief'

let browser: Browser
let example: Example
const contexts: BrowserContext[] = []
const faults: string[] = []

beforeAll(async () => {
  browser = await launch()
  example = await Example.start('-gateway', '-token-lifetime', '2s')
})

afterAll(async () => {
  await browser?.close()
  const code = await example?.stop()
  expect(code, 'the example ends well on Ctrl-C').toBe(0)
})

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()))
  expect(faults.splice(0), 'errors and warnings in the console').toEqual([])
})

async function open(look: Look): Promise<Page> {
  const context = await visitor(browser, example, look)
  contexts.push(context)
  return tab(context, faults)
}

/** Signs out. The page goes on at once; this waits until the server has heard of it too, from whichever tab is the first to tell it. */
async function signOut(page: Page): Promise<void> {
  const heard = page.context().waitForEvent('response', (response) => response.url().includes('/auth/api/logout'))
  await page.click('.bar button')
  await heard
}

const readNotes = (page: Page) => page.evaluate(async () => (await fetch('/api/notes')).status)

test('who signs in writes, reloads and signs out, and no page ever sends or gets a token', async () => {
  const page = await open({ keep: 'cookie' })
  const sent: Request[] = []
  const answers: Promise<string>[] = []
  page.on('request', (request) => sent.push(request))
  page.on('requestfinished', (request) => answers.push(request.response().then((response) => response?.text() ?? '').catch(() => '')))
  await signIn(page, 'alice')
  await page.click('a[href="/notes/new"]')
  await page.fill('#title', 'Behind the gateway')
  await page.fill('#text', 'Line one')
  await page.click('.editor button.primary')
  await page.waitForURL(/\/notes\/[A-Z0-9]{20,}/)
  await page.reload()
  await page.waitForSelector('#title')
  expect(await page.inputValue('#title')).toBe('Behind the gateway')
  await page.click('nav a[href="/admin"]')
  await page.waitForSelector('table')
  const cookies = (await page.context().cookies()).filter((cookie) => cookie.name.includes('lingpai'))
  expect(cookies.map(({ httpOnly }) => httpOnly)).toEqual([true, true, true]) // the session, the device, and what a passkey would answer
  await signOut(page)
  await page.waitForURL(/\/login/)
  expect((await page.context().cookies()).map(({ name }) => name).sort()).toEqual(['lingpai_device', 'lingpai_passkey'])
  expect(await readNotes(page)).toBe(401)
  const old = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  expect((await fetch(example.address + '/api/notes', { headers: { Cookie: old } })).status, 'the old cookie').toBe(401)

  const texts = (await Promise.all(answers)).join('\n')
  expect(texts).toContain('"username":"alice"')
  expect(texts).not.toMatch(/"access_token":|lp[a-z]_[\w-]{20,}|eyJ[\w-]+\.eyJ/)
  expect(await Promise.all(sent.map(async (request) => (await request.allHeaders()).authorization ?? ''))).toEqual(sent.map(() => ''))
})

test('tokens of two seconds are renewed out of sight: no call is refused, and none is made to renew', async () => {
  const page = await open({ keep: 'cookie' })
  await signIn(page, 'bob')
  await page.waitForSelector('.notes')
  const statuses: number[] = []
  const renewals: string[] = []
  page.on('request', (request) => void (/\/auth\/api\/refresh/.test(request.url()) && renewals.push(request.url())))
  for (const end = Date.now() + 7000; Date.now() < end || statuses.length < 6; await page.waitForTimeout(200)) statuses.push(await readNotes(page))
  expect(new Set(statuses)).toEqual(new Set([200]))
  await page.click('nav a[href="/vuex"]')
  await page.waitForSelector('.facts')
  expect(renewals).toEqual([])
})

test('a sign-out in one tab is seen in the other, and by the API at once', async () => {
  const page = await open({ keep: 'cookie' })
  await signIn(page, 'alice')
  const other = await tab(page.context(), faults)
  await other.goto('/vuex')
  await other.waitForSelector('#who')
  await signOut(page)
  await other.waitForURL(/\/login/)
  expect(await readNotes(other)).toBe(401)
})

test.each<Look>([{ keep: 'memory' }, { keep: 'storage' }, { keep: 'memory', dpop: true }])('other choices work behind it, too: %o', async (look) => {
  const page = await open(look)
  await signIn(page, 'bob', '/vuex')
  await page.waitForSelector('.facts')
  await page.reload()
  await page.waitForSelector('.facts')
  await page.click('.bar button')
  await page.waitForURL(/\/login/)
})

/** Every address of the server that stands in its source, and those of the API. What ends the session comes last. */
function addresses(): string[] {
  const found = new Set<string>()
  for (const file of readdirSync(join(root, 'internal'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.go') || file.endsWith('_test.go')) continue
    for (const [, path = ''] of readFileSync(join(root, 'internal', file), 'utf8').matchAll(/["`](?:[A-Z]+ )?(\/(?:auth|\.well-known)\/[\w./{}-]*)/g)) found.add(path.replaceAll(/\{\w*\}?/g, 'x'))
  }
  const all = [...found, '/api/notes', '/api/vault', '/api/admin/people', '/']
  const ends = (path: string) => Number(/logout|end_session/.test(path))
  return all.sort((a, b) => ends(a) - ends(b) || a.localeCompare(b))
}

/** The places where a thief found something to take along: a cookie, a refresh token or a token of this server that somebody could be taken for. */
function secrets(page: Page, loot: Loot, cookies: string[]): string[] {
  const issuer = new URL(page.url()).origin
  const jwt = (run: string): boolean => {
    const [, header = '', payload = ''] = /(eyJ[\w-]+)\.(eyJ[\w-]+)\.[\w-]+/.exec(run) ?? []
    return said(payload).iss === issuer && said(header).typ !== 'revocations+jwt' // the feed for servers, which speaks for nobody
  }
  const ours = (run: string): boolean => cookies.some((value) => run.includes(value)) || /lp[a-z]_[\w-]{20,}/.test(run) || jwt(run)
  return Object.keys(loot).filter((place) => loot[place]?.some(ours)).sort()
}

function said(part: string): { iss?: unknown; typ?: unknown } {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as object
  } catch {
    return {}
  }
}

async function steal(look: Look, asked: string[]): Promise<string[]> {
  const context = await visitor(browser, example, look)
  contexts.push(context)
  await context.addInitScript(listen)
  const page = await tab(context, [])
  await signIn(page, 'alice', '/vuex')
  await page.waitForSelector('.facts')
  const cookies = (await context.cookies()).filter(({ name }) => name.includes('lingpai')).map(({ value }) => value)
  const loot = await page.evaluate(search, asked)
  expect(loot.window, 'the client object is reached').toContainEqual(expect.stringContaining('reached.auth.deep'))
  const answered = Object.keys(loot).filter((place) => place.startsWith('answer'))
  expect(answered.length, 'how many asked addresses answer').toBe(2 * asked.length)
  expect(loot.workers ?? []).toEqual([])
  return secrets(page, loot, cookies)
}

test('a thief who can find what lies in any place finds nothing behind the gateway', { timeout: 600_000 }, async () => {
  const asked = addresses()
  expect(asked).toEqual(expect.arrayContaining(['/auth/api/me', '/auth/api/refresh', '/auth/token', '/auth/check', '/auth/userinfo', '/auth/account', '/auth/register']))
  const context = await visitor(browser, example, { keep: 'cookie' })
  contexts.push(context)
  await context.addInitScript(listen)
  const page = await tab(context, [])
  await signIn(page, 'bob')
  const planted = 'lpr_' + 'planted0'.repeat(5)
  await page.evaluate(plant, planted)
  const loot = await page.evaluate(search, [])
  expect(secrets(page, loot, [])).toEqual(['caches', 'cookies', 'heard', 'indexedDB', 'localStorage', 'page', 'sessionStorage', 'window'])

  expect(await steal({ keep: 'storage' }, [])).toEqual(expect.arrayContaining(['client', 'heard', 'localStorage']))
  expect(await steal({ keep: 'memory' }, ['/auth/api/refresh'])).toEqual(expect.arrayContaining(['answer of POST /auth/api/refresh', 'client', 'heard']))
  expect(await steal({ keep: 'cookie' }, asked)).toEqual([])
})
