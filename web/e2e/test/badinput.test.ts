// A wrong base, a hostile or an old server, a page in place of JSON: typed errors with advice, and no rejection that nobody handles.
import { createServer, type RequestListener, type Server as HTTPServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { launch, openTab, signIn, visitor } from '../harness/browser.ts'
import { password } from '../harness/server.ts'
import { Site } from '../harness/site.ts'

let browser: Browser, context: BrowserContext, site: Site
const servers: HTTPServer[] = []

beforeAll(async () => {
  ;[browser, site] = await Promise.all([launch(), Site.open()])
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
afterEach(async () => {
  await context.close()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** Starts something that is not Lingpai, open to all origins; returns its address. */
async function elsewhere(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*')
    response.setHeader('Access-Control-Allow-Credentials', 'true')
    response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type')
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** Signs in and tells what was thrown. */
const refusal = (tab: Page) =>
  tab.evaluate(
    ([username, password]) =>
      window.auth.signIn({ username: username!, password: password! }).then(
        () => null,
        (error: unknown) => {
          const { name, code, retryable, advice } = error as { name: string; code: string; retryable: boolean; advice: string }
          return { name, code, retryable, advised: advice.length > 10 }
        },
      ),
    ['alice', password],
  )

const unhandled = (tab: Page) => tab.evaluate(() => window.unhandled)

const json = (value: unknown): RequestListener => (_, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))

const strangers: Record<string, [answer: RequestListener, code: string]> = {
  'a page in place of JSON': [(_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>'), 'not_lingpai'],
  'another API': [json({ ok: true }), 'not_lingpai'],
  'the wrong types': [json({ access_token: 7, token_type: [], expires_in: 'soon', session: 'x', user: null }), 'not_lingpai'],
  'a token without a life': [json({ access_token: 'a.b.c', token_type: 'Bearer', expires_in: -1, session: { id: 's', expires_at: 'never' }, user: { id: 'u', username: 'u', name: '', roles: [] } }), 'not_lingpai'],
  'null': [json(null), 'not_lingpai'],
  'broken JSON': [(_, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"access_token":'), 'not_lingpai'],
  'not found': [(_, response) => response.writeHead(404, { 'Content-Type': 'text/html' }).end('no such page'), 'not_lingpai'],
  'a loop of redirects': [(request, response) => response.writeHead(307, { Location: request.url! }).end(), 'offline|cors_suspected|not_lingpai'],
  'an answer that never comes': [() => {}, 'timeout'],
  'a body that never ends': [(_, response) => { response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"a":"') }, 'timeout'],
  'a reset connection': [(request) => request.socket.destroy(), 'offline|cors_suspected'],
}
for (const [what, [answer, code]] of Object.entries(strangers)) {
  test(`${what}: sign-in says what is wrong`, async () => {
    const tab = await openTab(context, site, { base: `${await elsewhere(answer)}/auth`, timeout: code === 'timeout' ? 1500 : 60_000, events: false })
    expect(await refusal(tab)).toEqual({ name: 'AuthError', code: expect.stringMatching(new RegExp(`^(${code})$`)), retryable: expect.any(Boolean), advised: true })
    expect(await unhandled(tab)).toEqual([])
  })
}

test('P51: a server that does not name this origin is suspected of CORS', async () => {
  const other = await Site.open() // a real one, which knows nothing of the origin of `site`
  try {
    other.server.addUser('alice')
    const tab = await openTab(context, site, { base: `${other.origin}/auth`, events: false })
    expect(await refusal(tab)).toMatchObject({ name: 'AuthError', code: 'cors_suspected', advised: true })
  } finally {
    await other.close()
  }
})

test('a wrong base on this origin: sign-in says so', async () => {
  const tab = await openTab(context, site, { base: '/app/nothing/here', events: false })
  expect(await refusal(tab)).toMatchObject({ code: 'not_lingpai', advised: true })
})

test('a wrong password is the server’s word, and a person can be told', async () => {
  const tab = await openTab(context, site)
  const code = await tab.evaluate(() => window.auth.signIn({ username: 'alice', password: 'wrong' }).catch((error: { code: string }) => error.code))
  expect(code).toBe('credentials_invalid')
})

test('an old server, which knows no confirmation and no events, still signs in', async () => {
  site.upset(/POST \/auth\/api\/refresh\/confirm|GET \/auth\/api\/events/, 'bad_gateway', 100)
  const tab = await openTab(context, site)
  expect(await signIn(tab, 'alice', password)).toBe('in')
  await tab.evaluate(() => window.auth.refresh())
  expect(await tab.evaluate(() => window.auth.fetch('/api/notes').then((answer) => answer.status))).toBe(200)
  expect(await unhandled(tab)).toEqual([])
})
