// Chromium, and tabs in which `auth` is the package's.
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Auth, AuthOptions } from 'lingpai'
import type { Site } from './site.ts'

declare global {
  interface Window {
    auth: Auth
    lingpai: typeof import('lingpai')
    events: string[]
    unhandled: string[]
  }
}

/** Starts Chromium. It is an error, not a skip, when there is none. Playwright turns the back-forward cache off, which people's browsers have. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--enable-features=BackForwardCache'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
}

/** Opens a tab with an auth of these options, and waits until it knows whether somebody is signed in. */
export async function openTab(context: BrowserContext, site: Site, options: AuthOptions = {}): Promise<Page> {
  const tab = await context.newPage()
  await tab.goto(`${site.origin}/app/#${encodeURIComponent(JSON.stringify(options))}`)
  await tab.waitForFunction(() => window.auth !== undefined)
  await tab.evaluate(() => window.auth.ready())
  return tab
}

/** Signs in. On a machine that is very busy the server may take longer than the package waits; a person would press the button again. */
export const signIn = (tab: Page, username: string, password: string): Promise<string> =>
  tab.evaluate(async ([username, password]) => {
    for (let again = 2; ; again--) {
      try {
        return (await window.auth.signIn({ username, password })).status
      } catch (error) {
        if (!again || (error as { code?: string }).code !== 'timeout') throw error
      }
    }
  }, [username, password] as const)

/** GETs an address with the package's fetch; the status, or the code of the error. */
export const call = (tab: Page, path = '/api/notes'): Promise<number | string> =>
  tab.evaluate(
    (path) =>
      window.auth.fetch(path).then(
        (answer) => answer.status,
        (error: { code?: string }) => error.code ?? String(error),
      ),
    path,
  )

export const status = (tab: Page): Promise<string> => tab.evaluate(() => window.auth.session.status)
