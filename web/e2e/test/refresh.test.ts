// Refreshing in one tab: the failures P1 to P23 of other clients, against the real server.
import type { Browser, BrowserContext } from 'playwright-core'
import type { Keep } from 'lingpai'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { call, launch, openTab, signIn, status, visitor } from '../harness/browser.ts'
import { password } from '../harness/server.ts'
import { type Fault, Site } from '../harness/site.ts'

const refresh = 'POST /auth/api/refresh'
// Milliseconds. A token lives for 5 seconds, for a busy machine takes its time from a refresh to the call that it was for. The one of the
// sign-in is renewed once, 2 seconds after; by now that one has expired too.
const expiry = 8000
let browser: Browser, context: BrowserContext, site: Site

beforeAll(async () => {
  ;[browser, site] = await Promise.all([launch(), Site.open({ TOKEN_LIFETIME: '5s' })])
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

async function signedIn(keep: Keep) {
  const tab = await openTab(context, site, { keep })
  expect(await signIn(tab, 'alice', password)).toBe('in')
  site.calm()
  return tab
}

for (const keep of ['memory', 'storage'] satisfies Keep[]) {
  test(`P1: many requests with an expired token are healed by one refresh (keep ${keep})`, async () => {
    const tab = await signedIn(keep)
    await tab.waitForTimeout(expiry)
    site.calm()
    expect(await Promise.all([1, 2, 3, 4, 5].map(() => call(tab)))).toEqual([200, 200, 200, 200, 200])
    expect(site.count(refresh)).toBe(1)
  })

  for (const fault of ['html', 'bad_gateway'] satisfies Fault[]) {
    test(`P21: a refresh that meets "${fault}" once is sent again, and nobody notices (keep ${keep})`, async () => {
      const tab = await signedIn(keep)
      await tab.waitForTimeout(expiry)
      site.upset(refresh, fault)
      expect(await call(tab)).toBe(200)
      expect(await tab.evaluate(() => window.events)).not.toContain('stale')
    })

    test(`P21: a refresh that meets "${fault}" again and again keeps the session, and the next one heals it (keep ${keep})`, async () => {
      const tab = await signedIn(keep)
      await tab.waitForTimeout(expiry)
      site.upset(refresh, fault, 99)
      expect(await call(tab)).not.toBe(200)
      expect(await status(tab)).toBe('stale')
      site.calm()
      await tab.evaluate(() => dispatchEvent(new Event('online')))
      await expect.poll(() => call(tab)).toBe(200)
      expect(await status(tab)).toBe('in')
    })
  }

  test(`P19: the answer to a refresh is lost; a reload gets the same successor (keep ${keep})`, async () => {
    const tab = await signedIn(keep)
    await tab.waitForTimeout(expiry)
    site.upset(refresh, 'lose')
    expect(await call(tab)).toBe(200) // It was asked for again.
    await tab.evaluate(() => window.auth.refresh())
    site.upset(refresh, 'lose', 9)
    await tab.evaluate(() => window.auth.refresh().catch(() => {}))
    site.calm()
    await tab.reload()
    await tab.waitForFunction(() => window.auth !== undefined)
    expect(await tab.evaluate(async () => (await window.auth.ready()).status)).toBe('in')
    expect(await call(tab)).toBe(200)
  })

  test(`P21, P23: without a network the session stays, is known at once, and the server is not asked again and again (keep ${keep})`, async () => {
    const tab = await signedIn(keep)
    await tab.waitForTimeout(expiry)
    const sent: string[] = [] // A lost connection makes Chromium itself try again, so what counts is what the page sends.
    tab.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await context.setOffline(true)
    for (let n = 0; n < 20; n++) await call(tab)
    expect(await status(tab)).toBe('stale')
    expect(sent.filter((request) => request === refresh).length).toBeLessThanOrEqual(2)
    await context.setOffline(false)
    await expect.poll(() => call(tab)).toBe(200)
    expect(await status(tab)).toBe('in')
  })
}

test("P10: an API's own 401 is the app's matter: no refresh, no replay, no sign-out", async () => {
  const patient = await Site.open() // whose tokens live so long that no refresh is due
  try {
    patient.server.addUser('alice')
    const tab = await openTab(context, patient)
    await signIn(tab, 'alice', password)
    patient.calm()
    expect(await call(tab, '/api/own-401')).toBe(401)
    expect([patient.count('GET /api/own-401'), patient.count(refresh), await status(tab)]).toEqual([1, 0, 'in'])
  } finally {
    await patient.close()
  }
})

test('P12: with cookies blocked, sign-in says so or works until the page is left; it does not loop', async () => {
  const tab = await openTab(context, site, { events: false }) // A stream has no end, so it cannot be changed on its way.
  const devtools = await context.newCDPSession(tab)
  await devtools.send('Emulation.setDocumentCookieDisabled', { disabled: true })
  await context.route('**/auth/api/**', async (route) => {
    const { cookie: _, ...headers } = route.request().headers()
    const answer = await route.fetch({ headers })
    const { 'set-cookie': __, ...kept } = answer.headers()
    await route.fulfill({ response: answer, headers: kept })
  })
  await context.clearCookies()
  await signIn(tab, 'alice', password)
  await context.clearCookies()
  await tab.waitForTimeout(expiry)
  site.calm()
  for (let n = 0; n < 5; n++) await call(tab)
  expect(await status(tab)).toBe('out')
  expect(site.count(refresh)).toBeLessThanOrEqual(2)
  await context.unrouteAll({ behavior: 'ignoreErrors' })
})

const bodies: Record<string, [make: () => RequestInit, expected: RegExp]> = {
  text: [() => ({ body: 'hello' }), /^hello$/],
  'a form': [() => ({ body: new URLSearchParams({ a: '1', b: 'ü' }) }), /^a=1&b=%C3%BC$/],
  'form data': [() => { const form = new FormData(); form.set('file', new Blob(['hello']), 'a.txt'); return { body: form } }, /filename="a\.txt"[\s\S]*hello/],
  'a blob': [() => ({ body: new Blob(['hello']) }), /^hello$/],
  bytes: [() => ({ body: new TextEncoder().encode('hello') }), /^hello$/],
}
for (const [kind, [make, expected]] of Object.entries(bodies)) {
  test(`P13, P16, P17: ${kind} is sent again unharmed after a 401, with the same Idempotency-Key`, async () => {
    const tab = await signedIn('memory')
    // Revoked behind the back of the client: its token looks good, and the API refuses it once.
    site.upset('POST /api/notes', { delay: expiry })
    const answer = await tab.evaluate(`window.auth.fetch('/api/notes', { method: 'POST', headers: { 'Idempotency-Key': 'k1' }, ...(${make})() }).then(a => a.status)`)
    expect(answer).toBe(200)
    const sent = site.exchanges.flatMap((e, n) => (e.path === '/api/notes' ? [site.bodies[n]!] : []))
    expect(sent).toHaveLength(2)
    for (const body of sent) expect(body).toMatch(expected)
  })
}
