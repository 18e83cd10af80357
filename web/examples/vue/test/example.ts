// Runs the real example for the tests: the login server, the API and the built app, in their own processes, and a real browser.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { root } from './build'

const whole = '/usr/bin/chromium'
const browserPrograms = ['/usr/bin/chromium-headless-shell', whole] // The one without windows opens a page with half the work.
const patience = 90_000

export const passwords = { alice: 'nine notes about the sea', bob: 'bread and salt at seven' }
export type Who = keyof typeof passwords

export class Example {
  private constructor(readonly address: string, private readonly running: ChildProcess) {}

  static async start(...flags: string[]): Promise<Example> {
    const built = inject('programs')
    const args = ['-listen', 'localhost:0', '-lingpai', join(built, 'lingpai'), '-api', join(built, 'api'), ...flags]
    const running = spawn(join(built, 'run'), args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    const address = await new Promise<string>((resolve, reject) => {
      let said = ''
      running.stdout.on('data', (data: Buffer) => {
        said += data.toString()
        const ready = /ready at (http:\S+)/.exec(said)?.[1]
        if (ready) resolve(ready)
      })
      running.once('exit', (code) => reject(new Error(`the example ended with ${code}`)))
    })
    return new Example(address, running)
  }

  async stop(): Promise<number | null> {
    if (this.running.exitCode !== null) return this.running.exitCode
    const ended = new Promise<number | null>((resolve) => this.running.once('exit', resolve))
    this.running.kill('SIGINT')
    return ended
  }
}

/** Fails where there is no Chromium: a test that did not run has shown nothing. */
export async function launch(programs = browserPrograms): Promise<Browser> {
  const executablePath = programs.find(existsSync)
  if (!executablePath) throw new Error(`the tests need Chromium at ${programs.join(' or ')}`)
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** The Chromium that people have, which offers passkeys where a name is typed. */
export const launchWhole = (): Promise<Browser> => launch([whole])

export interface Look {
  keep?: 'memory' | 'storage' | 'cookie'
  dpop?: boolean
  language?: 'en' | 'zh-Hans'
  theme?: 'light' | 'dark'
  panel?: 'story' | 'theft'
  width?: number
}

/** A browser of its own for one person, with the choices made. */
export async function visitor(browser: Browser, example: Example, look: Look = {}): Promise<BrowserContext> {
  const { width = 1280, ...choices } = look
  const context = await browser.newContext({ baseURL: example.address, viewport: { width, height: 900 }, locale: 'en-GB' })
  context.setDefaultTimeout(patience)
  await context.addInitScript((wanted) => {
    for (const [name, value] of Object.entries(wanted)) if (localStorage.getItem('notes.' + name) === null) localStorage.setItem('notes.' + name, String(value))
  }, choices)
  return context
}

/** A tab that remembers what went wrong in it; `faults` must be empty at the end. */
export async function tab(context: BrowserContext, faults: string[]): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    // Chromium reports every refused request. The tests ask for refusals; what must not appear is anything else.
    if (['error', 'warning'].includes(message.type()) && !text.startsWith('Failed to load resource') && !text.startsWith('lingpai:')) faults.push(text)
  })
  return page
}

/** Signs in. On a machine that is very busy the server may take longer than the app waits; then a person tries again. */
export async function signIn(page: Page, who: Who, path = '/'): Promise<void> {
  await page.goto(path)
  for (let tries = 3; tries > 0; tries--) {
    await page.fill('#username', who)
    await page.fill('#password', passwords[who])
    await page.click('form button')
    await page.waitForSelector('#who, form[aria-busy=false] .note.is-bad')
    if ((await page.locator('#who').count()) > 0) return
  }
  throw new Error(`${who} cannot sign in: ${await page.locator('.note.is-bad').innerText()}`)
}
