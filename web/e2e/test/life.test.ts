// Five tabs live through a bad day against the real server: answers get lost, the network goes, tabs freeze and reload, the server
// restarts. Nobody is signed out. Then a thief comes, and is caught.
//
// A token lives 2 seconds here in place of 5 minutes, so half a minute is 75 minutes of five tabs. However slow the machine, each trouble comes
// twice in a day, in an order that the seed fixes.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Keep } from 'lingpai'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { call, launch, openTab, signIn, status, visitor } from '../harness/browser.ts'
import { password } from '../harness/server.ts'
import { Site } from '../harness/site.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1e6)
const refresh = 'POST /auth/api/refresh'
let browser: Browser, context: BrowserContext, site: Site

beforeAll(async () => {
  browser = await launch()
})
afterEach(async () => {
  await context?.close()
  await site?.close()
})
afterAll(() => browser?.close())

/** A generator of numbers that a seed fixes (mulberry32). */
function chance(seed: number): (below: number) => number {
  let a = seed
  return (below) => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function freeze(tab: Page, milliseconds: number): Promise<void> {
  const devtools = await tab.context().newCDPSession(tab)
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
  await wait(milliseconds)
  await devtools.send('Page.setWebLifecycleState', { state: 'active' })
  await devtools.detach()
}

/** What may happen in a day. Each leaves the world as it found it, sooner or later. */
const troubles: Record<string, (tab: Page) => Promise<unknown>> = {
  'the answer to a refresh is lost': async () => site.upset(refresh, 'lose'),
  'the answer to a confirmation is lost': async () => site.upset('POST /auth/api/refresh/confirm', 'lose'),
  'a refresh arrives twice': async () => site.upset(refresh, 'twice'),
  'a refresh is slow': async () => site.upset(refresh, { delay: 1500 }),
  'a captive portal answers': async () => site.upset(/^POST \/auth\/api\/refresh$/, 'html'),
  'a proxy answers 502': async () => site.upset(/^POST \/auth\/api\/refresh$/, 'bad_gateway'),
  'the network goes': async () => {
    site.offline = true
    await context.setOffline(true)
    await wait(1500)
    site.offline = false
    await context.setOffline(false)
  },
  'a tab sleeps': (tab) => freeze(tab, 3000),
  'a tab is loaded again': async (tab) => {
    await tab.reload()
    await tab.waitForFunction(() => window.auth !== undefined)
  },
  'the server restarts': async () => {
    await site.server.stop()
    await site.server.start()
  },
  'the power goes': async () => {
    await site.server.stop('SIGKILL')
    await site.server.start()
  },
  nothing: () => wait(700),
}

async function live(tabs: Page[], random: (below: number) => number, seconds: number): Promise<string[]> {
  const diary: string[] = []
  const names = Object.keys(troubles)
  const coming = [...names, ...names]
  for (const end = Date.now() + seconds * 1000; coming.length || Date.now() < end; ) {
    const [name = 'nothing'] = coming.splice(random(coming.length || 1), 1)
    const tab = tabs[random(tabs.length)]!
    diary.push(name)
    await Promise.all([troubles[name]!(tab), ...tabs.filter((other) => other !== tab).map((other) => call(other).catch(() => 0))])
    await wait(random(600))
  }
  return diary
}

for (const keep of ['memory', 'storage'] satisfies Keep[]) {
  test(`nobody is signed out by a bad day, and a thief is caught (keep ${keep}, seed ${seed})`, { timeout: 900_000 }, async () => {
    // Tabs wait 3 seconds for one another, however short a token lives, and a busy machine makes more of them until a late request arrives.
    site = await Site.open({ TOKEN_LIFETIME: '2s', SESSION_OVERLAP: '30s' })
    site.server.addUser('alice')
    context = await visitor(browser)
    const tabs = [await openTab(context, site, { keep })]
    await signIn(tabs[0]!, 'alice', password)
    while (tabs.length < 5) tabs.push(await openTab(context, site, { keep }))
    expect(await Promise.all(tabs.map(status))).toEqual(Array(5).fill('in'))

    const diary = await live(tabs, chance(seed), 30)
    expect(site.exchanges.filter((e) => `${e.method} ${e.path}` === refresh && e.status === 0), 'a day without a lost answer').not.toEqual([])
    expect(site.exchanges.filter((e) => e.code === 'refresh_reused' || e.code === 'session_ended'), diary.join('; ')).toEqual([])
    site.calm()
    await wait(3000)
    for (const tab of tabs) { // One that was refused twice may be waiting its minute.
      await expect.poll(() => call(tab), { timeout: 150_000, message: diary.join('; ') }).toBe(200)
      expect(await status(tab), diary.join('; ')).toBe('in')
      expect(await tab.evaluate(() => [window.unhandled, window.events.filter((e) => e.startsWith('signed_out'))]), diary.join('; ')).toEqual([[], []])
    }

    const stolen = await steal(keep)
    await wait(2500)
    for (let n = 0; n < 3; n++) { // the owner goes on, and leaves the stolen token two behind
      await tabs[0]!.evaluate(() => window.auth.refresh())
      await wait(2500)
    }
    const thief = await fetch(`${site.origin}/auth/api/refresh`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh_token: stolen }),
    })
    expect([thief.status, ((await thief.json()) as { code: string }).code]).toEqual([401, 'refresh_reused'])
    for (const tab of tabs) {
      await call(tab)
      await expect.poll(() => status(tab)).toBe('out')
    }
  })
}

/** Copies the refresh token, as malware on the machine could. */
async function steal(keep: Keep): Promise<string> {
  if (keep === 'memory') return (await context.cookies()).find((cookie) => cookie.value.startsWith('lpr_'))!.value
  const stored = await context.pages()[0]!.evaluate(() => JSON.stringify(localStorage))
  return /lpr_[\w-]+/.exec(stored)![0]
}
