// Passkeys by the package: a real browser asks a device that is made of software, and the real server judges what it answers.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { AuthOptions, Keep, PasskeyOptions } from 'lingpai'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { call, launchWhole, openTab, signIn, status, visitor } from '../harness/browser.ts'
import { type AtTab, Device } from '../harness/device.ts'
import { password } from '../harness/server.ts'
import { Site } from '../harness/site.ts'

const ask = 'POST /auth/api/passkey/options'
const answer = 'POST /auth/api/passkey'
const me = '/auth/api/me'
let browser: Browser, context: BrowserContext, site: Site, device: Device

beforeAll(async () => {
  ;[browser, site] = await Promise.all([launchWhole(), Site.open()])
  site.server.addUser('alice')
  site.server.addUser('bob')
  const first = await visitor(browser)
  device = await Device.of(first, site, 'alice')
  await first.close()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  site.calm()
  context = await visitor(browser)
})
afterEach(() => context.close())

async function openWithDevice(options: AuthOptions = {}): Promise<[Page, AtTab]> {
  const tab = await openTab(context, site, options)
  return [tab, await device.at(tab)]
}

/** Who is signed in by it, or why nobody is. */
const byPasskey = (tab: Page, options: PasskeyOptions = {}): Promise<string> =>
  tab.evaluate((options) => window.auth.signInWithPasskey(options).then(({ user }) => user!.username, (error: { code: string }) => error.code), options)

for (const keep of ['memory', 'storage', 'cookie'] satisfies Keep[]) {
  test(`signs in with a passkey, and the session is like any other (keep ${keep})`, async () => {
    const [tab] = await openWithDevice({ keep })
    const other = await openTab(context, site, { keep })
    expect(await byPasskey(tab)).toBe('alice')
    await expect.poll(() => status(other)).toBe('in')
    expect(await call(tab, keep === 'cookie' ? me : '/api/notes')).toBe(200)
    await tab.reload()
    await tab.waitForFunction(() => window.auth !== undefined)
    expect(await tab.evaluate(async () => (await window.auth.ready()).user?.username)).toBe('alice')
    if (keep !== 'cookie') {
      const claims = await tab.evaluate(async () => JSON.parse(atob((await window.auth.token())!.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'))) as Record<string, unknown>)
      expect(claims).toMatchObject({ acr: 'phr', amr: ['pop', 'user', 'mfa'] })
    }
    await tab.evaluate(() => window.auth.signOut())
    await expect.poll(() => status(other)).toBe('out')
    expect(await tab.evaluate(() => window.unhandled)).toEqual([])
  })

  test(`a sign-out while the answer of the device is on its way leaves nobody signed in (keep ${keep})`, async () => {
    const [tab] = await openWithDevice({ keep })
    const before = living()
    let letGo = (): void => {}
    site.upset(answer, { hold: new Promise<void>((resolve) => { letGo = resolve }) })
    const trying = byPasskey(tab)
    await expect.poll(() => site.count(answer)).toBe(1)
    await tab.evaluate(() => window.auth.signOut())
    letGo()
    expect(await trying).toBe('discarded')
    await expect.poll(() => site.count('POST /auth/api/logout')).toBeGreaterThan(0)
    expect(await status(tab)).toBe('out')
    await tab.reload()
    await tab.waitForFunction(() => window.auth !== undefined)
    expect(await tab.evaluate(async () => (await window.auth.ready()).status)).toBe('out')
    await expect.poll(living).toBe(before)
  })
}

for (const keep of ['memory', 'storage'] satisfies Keep[]) {
  test(`a session that began with a passkey is bound to the key of this browser (keep ${keep})`, async () => {
    const [tab] = await openWithDevice({ keep, dpop: true })
    expect(await byPasskey(tab)).toBe('alice')
    expect(await call(tab, me)).toBe(200)
    expect(site.exchanges.find(({ path }) => path === me)?.authorization).toMatch(/^DPoP /)
    const token = await tab.evaluate(() => window.auth.token())
    for (const scheme of ['Bearer', 'DPoP']) expect((await fetch(`${site.origin}${me}`, { headers: { Authorization: `${scheme} ${token}` } })).status).toBe(401)
    expect(await tab.evaluate(async () => (await window.auth.refresh()).status)).toBe('in')
    await tab.evaluate(() => window.auth.signOut())
  })
}

test('a prompt that comes to nothing is told by its code, and the next one works', async () => {
  const [tab, held] = await openWithDevice()
  await held.recognises(false)
  expect(await byPasskey(tab)).toBe('passkey_cancelled')
  expect([await status(tab), site.count(answer)]).toEqual(['out', 0])
  await held.recognises(true)
  expect(await byPasskey(tab)).toBe('alice')
})

test('a prompt can be taken back', async () => {
  const [tab, held] = await openWithDevice()
  await held.touched(false)
  const [code, aborted] = await tab.evaluate(async () => {
    const stop = new AbortController()
    const trying = window.auth.signInWithPasskey({ signal: stop.signal }).catch((error: { code: string; cause: unknown }) => [error.code, error.cause])
    setTimeout(() => stop.abort('enough'), 500)
    return (await trying) as string[]
  })
  expect([code, aborted]).toEqual(['passkey_cancelled', 'enough'])
})

test('a passkey that was taken off the account is told by its code, and changes nothing', async () => {
  const lost = await Device.of(context, site, 'bob')
  site.server.run(['user', 'reset-factor', 'bob', '--yes'])
  const tab = await openTab(context, site)
  await lost.at(tab)
  expect(await byPasskey(tab)).toBe('passkey_invalid')
  expect(await status(tab)).toBe('out')
})

test('a browser without passkeys is told by its code', async () => {
  await context.addInitScript(() => { delete (globalThis as { PublicKeyCredential?: unknown }).PublicKeyCredential })
  const tab = await openTab(context, site)
  expect(await byPasskey(tab)).toBe('passkey_unsupported')
  expect(await byPasskey(tab, { mediation: 'conditional' })).toBe('passkey_unsupported')
  expect(site.count(ask)).toBe(0)
})

test('a browser that reads and writes no JSON of passkeys signs in all the same', async () => {
  await context.addInitScript(() => {
    delete (PublicKeyCredential as { parseRequestOptionsFromJSON?: unknown }).parseRequestOptionsFromJSON
    delete (PublicKeyCredential.prototype as { toJSON?: unknown }).toJSON
  })
  const [tab] = await openWithDevice()
  expect(await byPasskey(tab)).toBe('alice')
})

// What Chromium offers where the name is typed it takes by itself here, if its person touches the device by then.
test('an offer that is taken signs in', async () => {
  const [tab] = await openWithDevice()
  expect(await byPasskey(tab, { mediation: 'conditional' })).toBe('alice')
  expect(await status(tab)).toBe('in')
})

test('an offer stands aside for a prompt that is closed, comes back, and is over when somebody signs in with the password', async () => {
  const [tab, held] = await openWithDevice()
  await held.touched(false)
  const offer = byPasskey(tab, { mediation: 'conditional' })
  await expect.poll(() => site.count(ask)).toBe(1)
  const prompt = tab.evaluate(async () => {
    const stop = new AbortController()
    const trying = window.auth.signInWithPasskey({ signal: stop.signal }).catch((error: { code: string }) => error.code)
    setTimeout(() => stop.abort(), 500)
    return trying
  })
  expect(await prompt).toBe('passkey_cancelled')
  await expect.poll(() => site.count(ask)).toBe(3)
  expect(await signIn(tab, 'bob', password)).toBe('in')
  expect(await offer).toBe('discarded')
  expect(await tab.evaluate(() => window.unhandled)).toEqual([])
})

test('an offer does not take away what a prompt was asked', async () => {
  const [tab] = await openWithDevice()
  let letGo = (): void => {}
  site.upset(ask, { hold: new Promise<void>((resolve) => { letGo = resolve }) })
  const offer = byPasskey(tab, { mediation: 'conditional' })
  await expect.poll(() => site.count(ask)).toBe(1)
  const prompt = byPasskey(tab)
  await expect.poll(() => site.count(answer)).toBe(1)
  expect(await prompt).toBe('alice')
  letGo()
  expect(await offer).toBe('discarded')
  expect(site.count(ask)).toBe(2)
})

/** How many sessions live. */
const living = (): number => (JSON.parse(site.server.run(['session', 'list', '--json'])) as object[]).length
