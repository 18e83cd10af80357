// The button for passkeys, with a device made of software: Chromium's virtual authenticator.
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Example, launchWhole, passwords, signIn, tab, visitor, type Look } from './example'

let browser: Browser
let example: Example
const contexts: BrowserContext[] = []
const faults: string[] = []

beforeAll(async () => {
  browser = await launchWhole()
  example = await Example.start()
})

afterAll(async () => {
  await browser?.close()
  await example?.stop()
})

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()))
  expect(faults.splice(0), 'errors and warnings in the console').toEqual([])
})

const button = (page: Page) => page.locator('form button[type=button]')

async function open(look: Look = {}, at = example): Promise<Page> {
  const context = await visitor(browser, at, look)
  contexts.push(context)
  return tab(context, faults)
}

/** Gives a tab a device, whose person touches it when they press a button, and takes nothing of what is only offered. */
async function device(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  await page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false })
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } as const
  return { cdp, ...(await cdp.send('WebAuthn.addVirtualAuthenticator', { options })) }
}

/** Adds a passkey as Alice would: by the link on the login page, at the account page of the server. */
async function addPasskey(page: Page): Promise<void> {
  await page.goto('/')
  await page.click('form a')
  await page.fill('input[name=username]', 'alice')
  await page.fill('input[name=password]', passwords.alice)
  await page.click('main .button.primary')
  await page.click('#add-passkey button')
  await page.waitForURL('**/auth/account?done=passkey_added*')
  await page.context().clearCookies()
}

test.each<Look>([{ keep: 'memory' }, { keep: 'storage', dpop: true }, { keep: 'cookie' }])('who added a passkey signs in with it, and comes back to the page: %o', async (look) => {
  const page = await open({ ...look, panel: 'story' })
  await device(page)
  await addPasskey(page)
  await page.goto('/vuex?from=link')
  await button(page).click()
  await page.waitForSelector('.facts')
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/vuex?from=link')
  expect(await page.textContent('#who')).toBe('Alice Zhang')
  await page.locator('.path > li:nth-child(3)').getByText('POST /auth/api/passkey').waitFor()
})

test('a passkey that the browser offers where the name is typed signs in without the button', async () => {
  const page = await open()
  const { cdp, authenticatorId } = await device(page)
  await addPasskey(page)
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  const willing = await open() // Chromium takes what it offers by itself, where its person touches the device by then.
  const second = await device(willing)
  await willing.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => true })
  await second.cdp.send('WebAuthn.addCredential', { authenticatorId: second.authenticatorId, credential: credentials[0]! })
  await willing.goto('/vuex')
  await willing.waitForSelector('.facts')
  expect(await willing.textContent('#who')).toBe('Alice Zhang')
})

test.each<[Look, string, string]>([
  [{ language: 'en' }, 'Sign in with a passkey', 'No passkey was used.'],
  [{ language: 'zh-Hans' }, '使用通行密钥登录', '没有使用通行密钥。'],
])('a prompt that comes to nothing blames nobody, and the password is still there: %o', async (look, name, said) => {
  const page = await open(look)
  await device(page)
  await page.goto('/')
  expect((await button(page).innerText()).trim()).toBe(name)
  await button(page).click()
  expect(await page.locator('form .note').innerText()).toContain(said)
  expect(await page.locator('form .note').getAttribute('class')).toContain('is-warn')
  expect(await page.locator('[aria-invalid]').count()).toBe(0)
  await signIn(page, 'bob', page.url())
})

/** Looks for the button when all that was asked must have been heard: after a sign-in that was refused. */
async function buttons(page: Page, asked: Promise<unknown> | null = null): Promise<number> {
  await page.waitForSelector('#username')
  await asked
  await page.fill('#username', 'bob')
  await page.fill('#password', 'not the password')
  await page.click('form button')
  await page.waitForSelector('.note.is-bad')
  return button(page).count()
}

test('a browser without passkeys shows no button, and asks for nothing', async () => {
  const page = await open()
  const asked: string[] = []
  page.on('request', (request) => void (request.url().includes('/passkey/options') && asked.push(request.url())))
  await page.addInitScript(() => { delete (globalThis as { PublicKeyCredential?: unknown }).PublicKeyCredential })
  await page.goto('/')
  expect(await buttons(page)).toBe(0)
  expect(asked).toEqual([])
})

test('a server without passkeys shows no button', async () => {
  const page = await open()
  await page.route('**/auth/api/passkey/options', (route) => route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{"code":"passkeys_unavailable"}' }))
  const asked = page.waitForResponse('**/auth/api/passkey/options')
  await page.goto('/')
  expect(await buttons(page, asked)).toBe(0)
})

test('a page at another host than that of the login server shows no button', async () => {
  const page = await open()
  const asked = page.waitForResponse('**/auth/api/passkey/options')
  await page.goto(example.address.replace('localhost', '127.0.0.1'))
  expect((await (await asked).json()).publicKey.rpId).toBe('localhost')
  expect(await buttons(page, asked)).toBe(0)
})
