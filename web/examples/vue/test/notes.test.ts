import type { Browser, BrowserContext, Page, Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Example, launch, signIn, tab, visitor, type Look } from './example'

let browser: Browser
let example: Example
const contexts: BrowserContext[] = []
const faults: string[] = []

beforeAll(async () => {
  browser = await launch()
  example = await Example.start()
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

async function open(look: Look = {}, at = example): Promise<Page> {
  const context = await visitor(browser, at, look)
  contexts.push(context)
  return tab(context, faults)
}

async function write(page: Page, title: string, text: string): Promise<void> {
  await page.click('a[href="/notes/new"]')
  await page.fill('#title', title)
  await page.fill('#text', text)
  await page.click('.editor button.primary')
  await page.waitForURL(/\/notes\/[A-Z0-9]{20,}/)
}

const titles = (page: Page) => page.locator('.titles b').allTextContents()
const seen = (page: Page, text: string) => page.getByText(text, { exact: false }).first().waitFor()
const modes: Look[] = [{ keep: 'memory' }, { keep: 'storage' }, { keep: 'cookie' }, { keep: 'memory', dpop: true }, { keep: 'storage', dpop: true }]
const nameOf = ({ keep, dpop }: Look) => keep + (dpop ? ', bound' : '')

describe.each(modes)('kept in $keep, bound: $dpop', (mode) => {
  test('who signs in comes back to the page, writes, reloads and is still in', async () => {
    const page = await open(mode)
    await signIn(page, 'alice', '/vuex?from=link#end')
    expect(new URL(page.url()).pathname + new URL(page.url()).search + new URL(page.url()).hash).toBe('/vuex?from=link#end')
    await page.click('nav a[href="/"]')
    const title = `A note kept in ${nameOf(mode)}`
    await write(page, title, 'Line one\nLine two')
    await page.reload()
    await page.waitForSelector('#title')
    expect(await page.inputValue('#title')).toBe(title)
    expect(await titles(page)).toContain(title)
    await page.click('.editor button.danger')
    await seen(page, 'is deleted')
    expect(await titles(page)).not.toContain(title)
    await page.click('.bar button')
    await seen(page, 'You are signed out.')
  })
})

test('a wrong password is refused in words, and the focus is where it is mended', async () => {
  const page = await open()
  await page.goto('/')
  await page.fill('#username', 'alice')
  await page.fill('#password', 'not the password')
  await page.click('form button')
  await seen(page, 'That name and password do not go together.')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('password')
  expect(await page.inputValue('#username')).toBe('alice')
})

test('the keyboard alone signs in and writes a note', async () => {
  const page = await open()
  await page.goto('/')
  await page.waitForFunction(() => document.activeElement?.id === 'username')
  for (const keys of ['bob', 'Tab', 'bread and salt at seven', 'Enter']) await (keys.length > 5 || keys === 'bob' ? page.keyboard.type(keys) : page.keyboard.press(keys))
  await page.waitForSelector('.notes')
  const reach = async (what: string) => {
    for (let tabs = 0; tabs < 40; tabs++) {
      await page.keyboard.press('Tab')
      if (await page.evaluate((text) => document.activeElement?.textContent?.trim() === text || document.activeElement?.id === text, what)) return
    }
    throw new Error(`${what} cannot be reached by Tab`)
  }
  await reach('New note')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#title')
  await reach('title')
  await page.keyboard.type('by keyboard')
  await page.keyboard.press('Control+s')
  await page.waitForURL(/\/notes\/[A-Z0-9]{20,}/)
  expect(await titles(page)).toContain('by keyboard')
})

test('an expired token is healed: one 401, then the answer, and nobody is asked to sign in', async () => {
  const brief = await Example.start('-token-lifetime', '5s') // longer than a busy machine needs from a refresh to the next call
  try {
    const page = await open({}, brief)
    const sent: Request[] = []
    page.on('request', (request) => sent.push(request))
    await signIn(page, 'bob')
    await page.waitForSelector('.empty')
    const old = sent.find((request) => request.url().endsWith('/api/notes'))?.headers().authorization ?? ''
    const authorization = { Authorization: old }
    await expect.poll(async () => ((await (await fetch(brief.address + '/api/notes', { headers: authorization })).json()) as { code?: string }).code).toBe('token_expired')

    const answers: number[] = []
    page.on('response', (response) => void (response.url().endsWith('/api/notes') && answers.push(response.status())))
    let tampered = 0
    await page.route('**/api/notes', async (route) => {
      const { headers } = { headers: await route.request().allHeaders() }
      await route.continue({ headers: tampered++ === 0 ? { ...headers, authorization: old } : headers })
    })
    await page.click('nav a[href="/vuex"]')
    await seen(page, 'No notes yet.')
    expect(answers).toEqual([401, 200])
    await page.waitForSelector('#who')
  } finally {
    await brief.stop()
  }
})

test('a sign-out in one tab is seen in the other', async () => {
  const page = await open()
  await signIn(page, 'alice')
  const other = await tab(page.context(), faults)
  await other.goto('/vuex')
  await other.waitForSelector('#who')
  await page.click('.bar button')
  await other.waitForURL(/\/login\?return_to=(%2F|\/)vuex/)
  await seen(other, 'You are signed out.')
})

test('a session that is ended elsewhere ends here', async () => {
  const page = await open({ keep: 'storage' })
  await signIn(page, 'bob')
  const elsewhere = await open({ keep: 'memory' })
  await signIn(elsewhere, 'bob')
  const ended = await elsewhere.evaluate(async () => {
    const refreshed = (await (await fetch('/auth/api/refresh', { method: 'POST' })).json()) as { access_token: string }
    const headers = { Authorization: `Bearer ${refreshed.access_token}`, 'Content-Type': 'application/json' }
    return (await fetch('/auth/api/logout', { method: 'POST', headers, body: '{"scope":"others"}' })).status
  })
  expect(ended).toBe(204)
  await page.waitForURL(/\/login/)
  await seen(page, 'ended')
})

test('the admin page shows Alice the answer and Bob the refusal', async () => {
  const alice = await open()
  await signIn(alice, 'alice', '/')
  await write(alice, 'counted', '')
  await alice.click('nav a[href="/admin"]')
  await alice.waitForSelector('table')
  const bob = await open()
  await signIn(bob, 'bob', '/admin')
  await seen(bob, 'This page is for administrators.')
  await seen(bob, '403 forbidden_role')
  await bob.waitForSelector('#who')
})

test('a 401 of the API that is about something else signs nobody out and refreshes nothing', async () => {
  const page = await open()
  await signIn(page, 'bob')
  await page.waitForSelector('#pin')
  const refreshes: string[] = []
  page.on('request', (request) => void (request.url().endsWith('/refresh') && refreshes.push(request.url())))
  await page.fill('#pin', '1234')
  await page.click('.pin button')
  await seen(page, '401 pin_wrong')
  await page.fill('#pin', '2468')
  await page.click('.pin button')
  await seen(page, 'third flower pot')
  expect(refreshes).toEqual([])
  await page.waitForSelector('#who')
})

test('a change is shown at once, and taken back when the server does not take it', async () => {
  const page = await open()
  await signIn(page, 'alice')
  await write(page, 'before', 'text')
  await page.route('**/api/notes/*', (route) => (route.request().method() === 'PUT' ? route.fulfill({ status: 500, body: '' }) : route.continue()))
  await page.fill('#title', 'after')
  await page.click('.editor button.primary')
  await seen(page, 'What you see is again what the server has.')
  expect(await titles(page)).toContain('before')
  expect(await page.inputValue('#title'), 'what was written is not lost').toBe('after')
})

test('without a network the person stays signed in, and the page says that it is stale', async () => {
  const page = await open()
  await signIn(page, 'alice')
  await write(page, 'kept in sight', '')
  await page.context().setOffline(true)
  await page.fill('#title', 'written offline')
  await page.click('.editor button.primary')
  await seen(page, 'The server cannot be reached.')
  expect(await titles(page)).toContain('kept in sight')
  await page.click('nav a[href="/vuex"]')
  await page.getByRole('button', { name: 'Renew the token' }).click()
  await page.waitForSelector('.stale')
  await page.waitForSelector('#who')
  await page.context().setOffline(false)
  await page.waitForSelector('.stale', { state: 'detached' })
})

test('a switch of keep signs out, starts anew and keeps the page', async () => {
  const page = await open({ keep: 'memory' })
  await signIn(page, 'alice', '/vuex')
  await page.check('[name=keep][value=storage]', { force: true })
  await page.waitForURL(/\/login\?return_to=(%2F|\/)vuex/)
  await page.fill('#username', 'alice')
  await page.fill('#password', 'nine notes about the sea')
  await page.click('form button')
  await page.waitForSelector('.facts')
  expect(new URL(page.url()).pathname).toBe('/vuex')
  expect(await page.evaluate(() => Object.values(localStorage).some((value) => /lpr_/.test(value)))).toBe(true)
})

const reach: [Look, 'session' | 'minutes' | 'never', Record<string, string>][] = [
  [{ keep: 'storage' }, 'session', { storage: 'all', elsewhere: 'all', tap: 'some', cookies: 'none', inside: 'some' }],
  [{ keep: 'memory' }, 'minutes', { storage: 'none', refresh: 'some', elsewhere: 'some', tap: 'some', cookies: 'none', inside: 'some' }],
  [{ keep: 'cookie' }, 'never', { storage: 'none', refresh: 'none', elsewhere: 'none', tap: 'none', cookies: 'none', inside: 'some' }],
  [{ keep: 'storage', dpop: true }, 'never', { storage: 'some', key: 'none', elsewhere: 'none', tap: 'some', cookies: 'none', inside: 'some' }],
  [{ keep: 'memory', dpop: true }, 'never', { storage: 'none', key: 'none', refresh: 'none', elsewhere: 'none', tap: 'some', inside: 'some' }],
]

test.each(reach)('what a script steals: %o', async (mode, expected, loot) => {
  const page = await open({ ...mode, panel: 'theft' })
  await signIn(page, 'bob')
  await page.click('#theft .button:not(.bare)')
  await page.waitForSelector('.loot')
  const got = await page.$$eval('.loot > li', (rows) => Object.fromEntries(rows.map((row) => [(row as HTMLElement).dataset.attempt, (row as HTMLElement).dataset.loot])))
  expect(got).toMatchObject(loot)
  if (mode.dpop) {
    // By the key, and not for want of a nonce, which a thief would read and use.
    expect(await page.textContent('[data-attempt=elsewhere] .taken')).toBe('401 dpop_proof_invalid')
    expect(await page.textContent('[data-attempt=key] .taken')).toBe('InvalidAccessError')
  }
  const verdicts = { session: 'from anywhere', minutes: 'for a minute', never: 'once this page is closed' }
  await seen(page, verdicts[expected])
  // It was harmless: the session goes on.
  await page.reload()
  await page.waitForSelector('#who')
  await page.click('nav a[href="/vuex"]')
  await page.waitForSelector('.facts')
})

test('the story tells the whole life of a token', async () => {
  const page = await open({ panel: 'story' })
  await page.goto('/')
  await page.waitForSelector('#username')
  const step = (number: number) => page.locator(`.path > li:nth-child(${number})`)
  const says = (number: number, text: string) => step(number).getByText(text).first().waitFor()
  await step(1).getByRole('button').click()
  await says(1, '401 token_missing')
  await signIn(page, 'alice')
  await says(3, 'POST /auth/api/login')
  await step(3).locator('.jwt').waitFor()
  expect(await step(3).locator('.jwt').textContent(), 'the token is cut').toMatch(/^.{12}…\..{12}…\..{12}…$/)
  await says(5, '200')
  await step(6).getByRole('button').click()
  await says(6, '401 token_signature')
  await step(7).getByRole('button').click()
  await says(7, 'POST /auth/api/refresh')
  await page.click('.bar button')
  await page.waitForURL(/\/login/)
  await says(8, 'POST /auth/api/logout')
  await step(9).getByRole('button').click()
  await says(9, '401 session_ended')
})
