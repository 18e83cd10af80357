// Goes through the pages in both languages, both themes and from 320 px to wide: axe finds nothing, nothing scrolls sideways, and every
// page is drawn into the folder NOTES_SCREENS, for somebody to look at.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Example, launch, signIn, tab, visitor, type Look } from './example'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const screens = process.env.NOTES_SCREENS
const faults: string[] = []
let browser: Browser
let example: Example
let context: BrowserContext | undefined

beforeAll(async () => {
  if (screens) mkdirSync(screens, { recursive: true })
  browser = await launch()
  example = await Example.start()
})

afterAll(async () => {
  await browser?.close()
  await example?.stop()
})

afterEach(async () => {
  await context?.close()
  expect(faults.splice(0)).toEqual([])
})

async function inspect(page: Page, name: string): Promise<void> {
  if (screens) await page.screenshot({ path: join(screens, name + '.png'), fullPage: true })
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  })
  expect(found, name).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways`).toBe(true)
}

const looks: Look[] = [
  { language: 'en', theme: 'light', width: 1280 },
  { language: 'zh-Hans', theme: 'dark', width: 1280 },
  { language: 'zh-Hans', theme: 'light', width: 360 },
  { language: 'en', theme: 'dark', width: 360 },
  { language: 'en', theme: 'light', width: 320 },
  { language: 'en', theme: 'dark', width: 800 },
]

test.each(looks)('$language, $theme, $width px', async (look) => {
  context = await visitor(browser, example, look)
  const page = await tab(context, faults)
  const name = (what: string) => `${look.width}-${look.language}-${look.theme}-${what}`
  await page.goto('/')
  await page.waitForSelector('#username')
  await inspect(page, name('login'))
  await page.fill('#username', 'alice')
  await page.fill('#password', 'wrong')
  await page.click('form button')
  await page.waitForSelector('.note.is-bad')
  await inspect(page, name('login-refused'))
  await page.evaluate(() => localStorage.setItem('notes.panel', 'story'))
  await signIn(page, 'alice')
  await page.waitForSelector('.notes')
  await page.goto('/notes/new')
  for (const [title, text] of look.language === 'en' ? english : chinese) {
    await page.goto('/notes/new')
    await page.fill('#title', title)
    await page.fill('#text', text)
    await page.click('.editor button.primary')
    await page.waitForURL(/\/notes\/[A-Z0-9]{20,}/)
  }
  await page.waitForSelector('.editor .good')
  await page.click('.token summary')
  await inspect(page, name('note-story'))
  await page.click('.lab button:nth-child(2)')
  await page.click('#theft .button:not(.bare)')
  await page.waitForSelector('.loot')
  await inspect(page, name('note-theft'))
  await page.click('#theft .bare')
  await page.goto('/')
  await page.waitForSelector('.titles')
  await inspect(page, name('notes'))
  for (const [path, content] of [['vuex', '.quick li'], ['admin', 'main table'], ['nowhere', 'main h1']] as const) {
    await page.goto('/' + path)
    await page.waitForSelector(content)
    await inspect(page, name(path))
  }
})

const states: Look[] = [
  { language: 'en', theme: 'light', width: 1280 },
  { language: 'zh-Hans', theme: 'dark', width: 360 },
]

test.each(states)('states: $language, $theme, $width px', async (look) => {
  context = await visitor(browser, example, look)
  const page = await tab(context, faults)
  const name = (what: string) => `${look.width}-${look.language}-${look.theme}-state-${what}`
  let give: 'nothing' | 'trouble' | 'answers' = 'nothing'
  await page.route(/^http:..[^/]+.api./, async (route) => {
    if (give === 'trouble') return route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"unavailable"}' })
    if (give === 'answers') return route.continue()
  })
  await signIn(page, 'bob')
  await page.waitForSelector('main [role=status]')
  await inspect(page, name('loading'))
  give = 'trouble'
  await page.click('nav a[href="/vuex"]')
  await page.waitForSelector('.note.is-bad')
  await inspect(page, name('vuex-trouble'))
  await page.click('nav a[href="/"]')
  await page.waitForSelector('.note.is-bad button')
  await inspect(page, name('trouble'))
  give = 'answers'
  await page.click('.note.is-bad button')
  await page.waitForSelector('.empty')
  await inspect(page, name('empty'))
  await page.fill('#pin', '1234')
  await page.click('.pin button')
  await page.waitForSelector('.note.is-bad')
  await inspect(page, name('own-401'))
  await page.click('nav a[href="/admin"]')
  await page.waitForSelector('.note.is-bad')
  await inspect(page, name('forbidden'))
  await page.click('nav a[href="/vuex"]')
  await page.waitForSelector('.facts')
  await context.setOffline(true)
  await page.click('.facts ~ .row button')
  await page.waitForSelector('.stale')
  await inspect(page, name('stale'))
  await context.setOffline(false)
  await page.click('.bar button')
  await page.waitForSelector('.note.is-good')
  await inspect(page, name('signed-out'))
})

const english = [
  ['Shopping', 'Bread, olives, two lemons.\nAsk whether the honey is from this year.'],
  ['What I learned about tokens', 'Header and payload are plain JSON. The signature is what makes them worth something.'],
  ['A title that is long enough to need more than the one line it would like to have', ''],
] as const

const chinese = [
  ['购物', '面包、橄榄、两个柠檬。\n问问蜂蜜是不是今年的。'],
  ['关于令牌，我学到了什么', '头部和载荷是普通的 JSON，签名才使它们可信。'],
  ['一个很长的标题，长到一行放不下，只好换到下一行继续写完', ''],
] as const
