// What other clients fail at because of their server: P6, P7, P38, P51 to P53, asked of the real one.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, openTab, visitor } from '../harness/browser.ts'
import { password } from '../harness/server.ts'
import { Site } from '../harness/site.ts'

const stranger = 'https://app.example'
let browser: Browser, site: Site

beforeAll(async () => {
  ;[browser, site] = await Promise.all([launch(), Site.open({ CORS_ORIGINS: stranger })])
  site.server.addUser('alice')
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${site.origin}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) })

test('P6, P7: one refresh cookie that eight requests use at once has one successor, and no answer clears it', async () => {
  const signedIn = await post('/auth/api/login', { username: 'alice', password, confirms: true })
  const cookie = signedIn.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
  const answers = await Promise.all(Array.from({ length: 8 }, () => post('/auth/api/refresh', {}, { Cookie: cookie })))
  expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200))
  const given = answers.flatMap((answer) => answer.headers.getSetCookie()).filter((c) => c.includes('lpr_'))
  expect(given).toHaveLength(8)
  expect(new Set(given.map((c) => c.split(';')[0])).size).toBe(1)
  for (const c of given) expect(c).not.toMatch(/max-age=0|max-age=-|1970/i)
})

test('P38: the package leaves the fetch and XMLHttpRequest of the page alone', async () => {
  const tab = await openTab(await visitor(browser), site)
  expect(
    await tab.evaluate(() => [fetch, XMLHttpRequest, XMLHttpRequest.prototype.open, XMLHttpRequest.prototype.send, WebSocket, EventSource].map((f) => /\[native code\]/.test(String(f)))),
  ).toEqual(Array(6).fill(true))
})

for (const [path, status] of [['/auth/api/me', 401], ['/auth/api/nothing', 404], ['/auth/api/login', 405]] as const) {
  test(`P51: an app of another origin can read a ${status}`, async () => {
    const answer = await fetch(`${site.origin}${path}`, { headers: { Origin: stranger } })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, stranger])
  })
}

test('P52: a preflight needs no token', async () => {
  const answer = await fetch(`${site.origin}/auth/api/me`, {
    method: 'OPTIONS',
    headers: { Origin: stranger, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' },
  })
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, stranger])
})

test('P53: a 401 asks for a Bearer token, never for a dialogue of the browser', async () => {
  const answer = await fetch(`${site.origin}/auth/api/me`)
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toMatch(/^(Bearer|DPoP) /)
  expect(answer.headers.get('www-authenticate')).not.toMatch(/basic/i)
})

test('P54: events of the session come at once, and nothing may hold them back', async () => {
  const signedIn = await post('/auth/api/login', { username: 'alice', password, keep: 'storage' })
  const { access_token } = (await signedIn.json()) as { access_token: string }
  const stop = new AbortController()
  const answer = await fetch(`${site.origin}/auth/api/events`, { headers: { Authorization: `Bearer ${access_token}` }, signal: stop.signal })
  expect([answer.status, answer.headers.get('x-accel-buffering'), answer.headers.get('content-encoding')]).toEqual([200, 'no', null])
  const { value } = await answer.body!.getReader().read()
  expect(new TextDecoder().decode(value)).toContain('event: ready')
  stop.abort()
})
