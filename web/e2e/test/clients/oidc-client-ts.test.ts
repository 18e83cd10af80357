// oidc-client-ts of npm, unmodified, in a page of Chromium that is of another origin than the server.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { UserManager, UserManagerSettings } from 'oidc-client-ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { App } from '../../harness/app.ts'
import { launch, visitor } from '../../harness/browser.ts'
import { sayYes } from '../../harness/person.ts'
import { Server } from '../../harness/server.ts'

declare global {
  interface Window {
    oidc: typeof import('oidc-client-ts')
    manager: UserManager
  }
}

let browser: Browser, server: Server, app: App

// The page of the app, and of its callbacks: it makes a manager, and leaves to each test when that is asked.
const page = (settings: Partial<UserManagerSettings>): string => `<!doctype html>
<link rel="icon" href="data:,">
<title>The app</title>
<script src="/oidc-client-ts.js"></script>
<script>
  const { WebStorageStateStore, IndexedDbDPoPStore, UserManager } = oidc
  const settings = ${JSON.stringify(settings)}
  if (settings.dpop) settings.dpop.store = new IndexedDbDPoPStore()
  window.manager = new UserManager({ ...settings, userStore: new WebStorageStateStore({ store: localStorage }) })
  if (window !== window.top || window.opener) manager.signinCallback()
</script>`

beforeAll(async () => {
  ;[browser, server, app] = await Promise.all([launch(), Server.open(), App.open()])
  const script = join(dirname(createRequire(import.meta.url).resolve('oidc-client-ts/package.json')), 'dist/browser/oidc-client-ts.min.js')
  app.served['/oidc-client-ts.js'] = { type: 'text/javascript', text: readFileSync(script) }
  server.addUser('alice', '--email', 'alice@example.com')
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([server?.dispose(), app?.close()])
})

/** Opens an app that is registered, in a browser of its own. */
async function open(more: Partial<UserManagerSettings> | { dpop: object } = {}): Promise<Page> {
  const settings = {
    authority: server.issuer, client_id: server.addClient('spa', ...app.addresses).client_id, redirect_uri: app.callback, post_logout_redirect_uri: app.goodbye,
    silent_redirect_uri: app.callback, scope: 'openid email', loadUserInfo: true, automaticSilentRenew: false, ...more,
  }
  for (const path of ['/', '/callback', '/goodbye']) app.served[path] = { type: 'text/html', text: page(settings as UserManagerSettings) }
  const context = await visitor(browser)
  onTestFinished(() => context.close())
  const tab = await context.newPage()
  await tab.goto(app.origin)
  return tab
}

async function signIn(tab: Page): Promise<void> {
  await tab.evaluate(() => void window.manager.signinRedirect())
  await tab.waitForURL(`${server.issuer}/**`)
  await sayYes(tab, 'alice')
  expect(tab.url()).toContain(`${app.callback}?`)
  await tab.evaluate(() => window.manager.signinCallback())
}

/** What the app knows of who is signed in. */
const user = (tab: Page) => tab.evaluate(async () => {
  const held = await window.manager.getUser()
  return held && { access: held.access_token, refresh: held.refresh_token, type: held.token_type, email: held.profile.email, sub: held.profile.sub }
})

/** Asks for the next tokens; the error, if there is one. */
const renew = (tab: Page): Promise<string> => tab.evaluate(() => window.manager.signinSilent().then(() => 'renewed', (error: { error?: string }) => error.error ?? String(error)))

test('sign-in by redirect, userinfo, refresh, sign-out', async () => {
  const tab = await open()
  await signIn(tab)
  const first = (await user(tab))!
  expect(first).toMatchObject({ type: 'Bearer', email: 'alice@example.com' }) // The address is in the userinfo alone.
  expect(await renew(tab)).toBe('renewed')
  const second = (await user(tab))!
  expect(second.sub).toBe(first.sub)
  expect(second.access).not.toBe(first.access)
  expect(second.refresh).not.toBe(first.refresh)

  await tab.evaluate(() => void window.manager.signoutRedirect())
  await tab.waitForURL(app.goodbye)
  await tab.evaluate(() => window.manager.signoutCallback())
  expect(await user(tab)).toBeNull()
  const status = await tab.evaluate(
    ([url, token]) => fetch(url, { headers: { Authorization: `Bearer ${token}` } }).then((answer) => answer.status), [`${server.issuer}/auth/userinfo`, second.access] as const,
  )
  expect(status).toBe(401)
})

test('in a frame, a page without tokens learns who is signed in, or that nobody is', async () => {
  const tab = await open()
  expect(await renew(tab)).toBe('login_required')
  await signIn(tab)
  const { sub } = (await user(tab))!
  await tab.evaluate(() => window.manager.removeUser())
  expect(await renew(tab)).toBe('renewed')
  expect(await user(tab)).toMatchObject({ sub })
})

test('sign-in in a window of its own, which tells the page that opened it', async () => {
  const tab = await open()
  const popup = tab.waitForEvent('popup')
  const signedIn = tab.evaluate(() => window.manager.signinPopup().then(() => 'in', String))
  const shown = await popup
  await shown.waitForURL(`${server.issuer}/**`)
  const [outcome] = await Promise.all([signedIn, sayYes(shown, 'alice').catch(() => {})]) // The window closes when it has told.
  expect(outcome).toBe('in')
  expect(await user(tab)).toMatchObject({ email: 'alice@example.com' })
})

test('DPoP: a key in IndexedDB binds the tokens, through a refresh', async () => {
  // The package asks for the userinfo by Bearer whatever the token is, so an app that wants it asks itself, by a proof of the package.
  const tab = await open({ dpop: { bind_authorization_code: true }, loadUserInfo: false })
  await signIn(tab)
  const { access } = (await user(tab))!
  expect(await renew(tab)).toBe('renewed')
  expect(await user(tab)).toMatchObject({ type: 'DPoP', access: expect.not.stringMatching(access) })
  const who = await tab.evaluate(async (url) => {
    const held = (await window.manager.getUser())!
    const ask = async (nonce?: string): Promise<Response> =>
      fetch(url, { headers: { Authorization: `DPoP ${held.access_token}`, DPoP: (await window.manager.dpopProof(url, held, 'GET', nonce))! } })
    const told = await ask()
    return (await (told.ok ? told : ask(told.headers.get('DPoP-Nonce')!))).json() as unknown
  }, `${server.issuer}/auth/userinfo`)
  expect(who).toMatchObject({ email: 'alice@example.com' })
})

test('revocation: a page takes its refresh token back', async () => {
  const tab = await open()
  await signIn(tab)
  await tab.evaluate(async () => {
    const held = (await window.manager.getUser())!
    await window.manager.revokeTokens(['refresh_token'])
    await window.manager.storeUser(held) // as if a thief had copied it before
  })
  expect(await renew(tab)).toBe('invalid_grant')
})
