// Somebody at a browser who signs in where that is asked, and says yes to whatever follows. No page needs JavaScript for that, so there is none.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { visitor } from './browser.ts'
import { password } from './server.ts'


export class Person {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly name: string,
  ) {}

  static async at(browser: Browser, name = 'alice'): Promise<Person> {
    const context = await visitor(browser, { javaScriptEnabled: false, ignoreHTTPSErrors: true }) // a browser knows no authority of a test
    return new Person(context, await context.newPage(), name)
  }

  /** Opens an address, and says yes to what comes. */
  async follow(address: URL | string): Promise<void> {
    await this.page.goto(String(address))
    await sayYes(this.page, this.name)
  }

  close(): Promise<void> {
    return this.context.close()
  }
}

/** More pages than there are on any way. */
const patience = 6

/** Goes on by the main button of each page, until a page has none: that of the app, or the last of ours. */
export async function sayYes(page: Page, name: string): Promise<void> {
  for (let pages = 0; pages < patience; pages++) {
    const go = page.locator('main form[method=post] .button.primary')
    if ((await go.count()) === 0) return
    if ((await page.locator('input[name=password]').count()) > 0) {
      await page.fill('input[name=username]', name)
      await page.fill('input[name=password]', password)
    }
    const moved = page.waitForEvent('framenavigated')
    await go.click()
    await moved
    await page.waitForLoadState()
  }
  throw new Error(`${name} is led in circles, and is at ${page.url()}: ${await page.locator('main').innerText()}`)
}
