// Refreshing, in real tabs against the real server: the failures P1 to P9 of other clients.
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { call, launch, openTab, signIn, status } from '../harness/browser.ts'
import { password } from '../harness/server.ts'
import { Site } from '../harness/site.ts'

const refresh = 'POST /auth/api/refresh'
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
  context = await browser.newContext()
})
afterEach(() => context.close())

for (const keep of ['memory', 'storage'] as const) {
  test(`many requests with an expired token are healed by one refresh (keep ${keep})`, async () => {
    const tab = await openTab(context, site, { keep })
    expect(await signIn(tab, 'alice', password)).toBe('in')
    await tab.waitForTimeout(6000)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => call(tab)))
    expect(answers).toEqual([200, 200, 200, 200, 200])
    expect(site.count(refresh)).toBeLessThanOrEqual(2)
    expect(await status(tab)).toBe('in')
  })
}
