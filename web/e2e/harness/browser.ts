// Chromium, and tabs in which `auth` is the package's.
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type LaunchOptions, type Page } from 'playwright-core'
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

const whole = '/usr/bin/chromium'
const windowless = '/usr/bin/chromium-headless-shell' // opens a page with half the work

/** Starts Chromium. It is an error, not a skip, when there is none. */
export function launch(): Promise<Browser> {
  return start(existsSync(windowless) ? windowless : whole)
}

/** Starts the one that people have, with all that is about its pages: the back-forward cache too, which Playwright turns off. */
export function launchWhole(): Promise<Browser> {
  return start(whole, { args: ['--enable-features=BackForwardCache'], ignoreDefaultArgs: ['--disable-back-forward-cache'] })
}

function start(executablePath: string, { args = [], ...more }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...args], ...more })
}

/** How long a page may take for one thing, in milliseconds, on a machine that is busy. */
const patience = 90_000

/** A browser of its own for one person. */
export async function visitor(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(patience)
  return context
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
