// oauth4webapi of npm, unmodified, which reads every answer strictly: an app that people sign in to, and the API that it calls.
import * as oauth from 'oauth4webapi'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { App } from '../../harness/app.ts'
import { launch } from '../../harness/browser.ts'
import { Person } from '../../harness/person.ts'
import { Server } from '../../harness/server.ts'

const loopback = { [oauth.allowInsecureRequests]: true }
const notes = 'https://notes.example' // the API
let browser: Browser, server: Server, app: App, as: oauth.AuthorizationServer, person: Person

beforeAll(async () => {
  ;[browser, server, app] = await Promise.all([launch(), Server.open(), App.open()])
  server.addUser('alice', '--email', 'alice@example.com')
  ;[as, person] = await Promise.all([discover('oidc'), Person.at(browser)])
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([server?.dispose(), app?.close()])
})

async function discover(algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.issuer)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...loopback }))
}

/** An app in the browser, its tokens, and whose they are. */
interface SignedIn {
  client: oauth.Client
  tokens: oauth.TokenEndpointResponse
  subject: string
}

async function signIn(DPoP?: oauth.DPoPHandle): Promise<SignedIn> {
  const client: oauth.Client = { client_id: server.addClient('spa', ...app.addresses, '--audience', notes).client_id }
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()]
  const address = new URL(as.authorization_endpoint!)
  address.search = String(new URLSearchParams({
    client_id: client.client_id, redirect_uri: app.callback, response_type: 'code', scope: 'openid email', resource: notes, state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }))
  await person.follow(address)
  const answer = oauth.validateAuthResponse(as, client, new URL(app.arrival().url), state)
  const redeem = async (): Promise<oauth.TokenEndpointResponse> => {
    const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, app.callback, verifier, { DPoP, ...loopback })
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true })
    await oauth.validateApplicationLevelSignature(as, response, loopback)
    return tokens
  }
  // The first proof brings no nonce, and is told one; the package leaves it to the app to ask again (RFC 9449, section 8).
  const tokens = await redeem().catch((error: unknown) => DPoP && oauth.isDPoPNonceError(error) ? redeem() : Promise.reject(error))
  return { client, tokens, subject: oauth.getValidatedIdTokenClaims(tokens)!.sub }
}

async function refresh({ client, tokens }: SignedIn): Promise<oauth.TokenEndpointResponse> {
  return oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token!, loopback))
}

/** What the API is sent. */
const call = (token: string): Request => new Request(`${notes}/list`, { headers: { Authorization: `Bearer ${token}` } })

test('the metadata is the same under both of its addresses, and the API is described beside it', async () => {
  expect(await discover('oauth2')).toEqual(as)
  const resource = new URL(server.issuer)
  const described = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource, loopback))
  expect(described.authorization_servers).toEqual([as.issuer])
})

test('sign-in, userinfo, refresh, sign-out', async () => {
  const signedIn = await signIn()
  const { client, tokens, subject } = signedIn
  const who = await oauth.userInfoRequest(as, client, tokens.access_token, loopback)
  expect(await oauth.processUserInfoResponse(as, client, subject, who)).toMatchObject({ email: 'alice@example.com' })
  const fresh = await refresh(signedIn)
  expect(fresh.refresh_token).not.toBe(tokens.refresh_token)

  await person.follow(`${as.end_session_endpoint}?${new URLSearchParams({ id_token_hint: fresh.id_token!, post_logout_redirect_uri: app.goodbye, state: 'bye' })}`)
  expect(app.arrival().url).toBe(`${app.goodbye}?state=bye`)
  await expect(refresh({ ...signedIn, tokens: fresh })).rejects.toMatchObject({ error: 'invalid_grant' })
  const late = await oauth.userInfoRequest(as, client, fresh.access_token, loopback)
  await expect(oauth.processUserInfoResponse(as, client, subject, late)).rejects.toMatchObject({
    status: 401, cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
  })
})

test('an API judges access tokens by the keys alone, and takes no ID token for one', async () => {
  const { client, tokens, subject } = await signIn()
  expect(await oauth.validateJwtAccessToken(as, call(tokens.access_token), notes, loopback)).toMatchObject({ sub: subject, client_id: client.client_id, scope: 'openid email' })
  await expect(oauth.validateJwtAccessToken(as, call(tokens.access_token), 'https://photos.example', loopback)).rejects.toThrow('"aud"')
  await expect(oauth.validateJwtAccessToken(as, call(tokens.id_token!), notes, loopback)).rejects.toThrow('"typ"')
})

test('DPoP: an API takes a bound token with a proof of its key, and without one it does not', async () => {
  const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'))
  const { tokens, subject } = await signIn(DPoP)
  let sent: Request | undefined
  const customFetch: typeof fetch = async (input, init) => {
    sent = new Request(input, init)
    return new Response()
  }
  await oauth.protectedResourceRequest(tokens.access_token, 'GET', new URL(`${notes}/list`), undefined, undefined, { DPoP, [oauth.customFetch]: customFetch as never })
  expect(await oauth.validateJwtAccessToken(as, sent!, notes, { requireDPoP: true, ...loopback })).toMatchObject({ sub: subject })
  await expect(oauth.validateJwtAccessToken(as, call(tokens.access_token), notes, loopback)).rejects.toThrow(/DPoP|cnf/)
})
