// openid-client of npm, unmodified: an app on a server that knows nothing of us but the issuer, its id and its secret or key.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import * as client from 'openid-client'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { App } from '../../harness/app.ts'
import { launch } from '../../harness/browser.ts'
import { Person } from '../../harness/person.ts'
import { type Registered, Server } from '../../harness/server.ts'

let browser: Browser, server: Server, app: App, alice: Person

beforeAll(async () => {
  ;[browser, server, app] = await Promise.all([launch(), Server.open({ REGISTRATION_ENABLED: 'true' }), App.open()])
  server.addUser('bob', '--email', 'bob@example.com', '--name', 'Bob')
  server.addUser('alice')
  alice = await Person.at(browser) // She signs in once, and is asked by each app.
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([server?.dispose(), app?.close()])
})

// The package checks no signature of an ID token that it got from the token endpoint, unless it is told to.
const loopback = [client.allowInsecureRequests, client.enableNonRepudiationChecks]

const discover = ({ client_id, client_secret }: Registered, auth?: client.ClientAuth): Promise<client.Configuration> =>
  client.discovery(new URL(server.issuer), client_id, client_secret, auth, { execute: loopback })

interface Way {
  /** Makes the address that the browser is sent to. */
  ask?: (config: client.Configuration, parameters: Record<string, string>) => URL | Promise<URL>
  parameters?: Record<string, string>
  dpop?: client.DPoPHandle
}

/** Signs somebody in. */
async function signIn(person: Person, config: client.Configuration, { ask = client.buildAuthorizationUrl, parameters = {}, dpop }: Way = {}) {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()]
  await person.follow(await ask(config, {
    redirect_uri: app.callback, scope: 'openid profile email', state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256', ...parameters,
  }))
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(config, app.arrival(), checks, undefined, { DPoP: dpop })
  return { ...tokens, subject: tokens.claims()!.sub }
}

/** A client that has keys: its configuration, by which it proves who it is, and the private key. */
async function withKeys(...flags: string[]): Promise<[client.Configuration, client.PrivateKey]> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const file = join(server.data, 'keys-of-an-app.json')
  writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'of-an-app', alg: 'ES256', use: 'sig' }] }))
  const key = { key: privateKey, kid: 'of-an-app' }
  return [await discover(server.addClient('web', ...app.addresses, '--jwks', file, ...flags), client.PrivateKeyJwt(key)), key]
}

const kinds: [string, string, client.ClientAuth | undefined][] = [
  ['an app on a server', 'web', undefined], // the package sends the secret in the body, unless it is told otherwise
  ['an app in the browser', 'spa', client.None()],
]
for (const [kind, profile, auth] of kinds) {
  test(`${kind}: sign-in, userinfo, refresh, sign-out`, async () => {
    const config = await discover(server.addClient(profile, ...app.addresses), auth)
    const bob = await Person.at(browser, 'bob')
    const tokens = await signIn(bob, config)
    expect(await client.fetchUserInfo(config, tokens.access_token, tokens.subject)).toMatchObject({ preferred_username: 'bob', name: 'Bob', email: 'bob@example.com' })

    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token!)
    expect(fresh.access_token).not.toBe(tokens.access_token)
    expect(fresh.claims()!.sub).toBe(tokens.subject)

    await bob.follow(client.buildEndSessionUrl(config, { id_token_hint: fresh.id_token!, post_logout_redirect_uri: app.goodbye, state: 'bye' }))
    expect(app.arrival().url).toBe(`${app.goodbye}?state=bye`)
    await expect(client.fetchUserInfo(config, fresh.access_token, tokens.subject)).rejects.toMatchObject({ status: 401 })
    await expect(client.refreshTokenGrant(config, fresh.refresh_token ?? tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
}

test('DPoP: tokens are of use with the key of the app, and without it they are not', async () => {
  const config = await discover(server.addClient('native', ...app.addresses), client.None())
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
  const tokens = await signIn(alice, config, { dpop, parameters: { dpop_jkt: await dpop.calculateThumbprint() } })
  expect(tokens.token_type).toBe('dpop')
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP: dpop })
  expect(await client.fetchUserInfo(config, fresh.access_token, tokens.subject, { DPoP: dpop })).toMatchObject({ preferred_username: 'alice' })

  const stranger = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
  for (const options of [{ DPoP: stranger }, {}]) {
    await expect(client.fetchUserInfo(config, fresh.access_token, tokens.subject, options)).rejects.toMatchObject({ status: 401 })
    await expect(client.refreshTokenGrant(config, fresh.refresh_token!, undefined, options)).rejects.toMatchObject({ status: 400 })
  }
  await client.refreshTokenGrant(config, fresh.refresh_token!, undefined, { DPoP: dpop }) // what the stranger tried has ended nothing
})

test('PAR: the browser carries a reference, and the request is taken in no other way', async () => {
  const config = await discover(server.addClient('web', ...app.addresses, '--require-par'), client.ClientSecretBasic())
  let carried: URL | undefined
  const ask: Way['ask'] = async (c, parameters) => carried = await client.buildAuthorizationUrlWithPAR(c, parameters)
  expect((await signIn(alice, config, { ask })).subject).toBeTruthy()
  expect([...carried!.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
  await expect(signIn(alice, config)).rejects.toMatchObject({ error: 'invalid_request' })
})

test('JAR, JARM and private_key_jwt: request, answer and assertion are signed', async () => {
  const [config, key] = await withKeys('--require-signed-request', '--response-mode', 'jwt')
  client.useJwtResponseMode(config)
  const ask: Way['ask'] = (c, parameters) => client.buildAuthorizationUrlWithJAR(c, parameters, key)
  const tokens = await signIn(alice, config, { ask })
  expect(await client.fetchUserInfo(config, tokens.access_token, tokens.subject)).toMatchObject({ preferred_username: 'alice' })
})

test('a signed request is pushed', async () => {
  const [config, key] = await withKeys('--require-signed-request', '--require-par')
  const ask: Way['ask'] = async (c, parameters) => client.buildAuthorizationUrlWithPAR(c, (await client.buildAuthorizationUrlWithJAR(c, parameters, key)).searchParams)
  expect((await signIn(alice, config, { ask })).subject).toBeTruthy()
})

test('userinfo and introspection are signed for who wants that', async () => {
  const { client_id, client_secret } = server.addClient('web', ...app.addresses, '--userinfo-alg', 'RS256', '--introspection-alg', 'RS256')
  const metadata = { client_secret, userinfo_signed_response_alg: 'RS256', introspection_signed_response_alg: 'RS256' }
  const config = await client.discovery(new URL(server.issuer), client_id, metadata, undefined, { execute: loopback })
  const tokens = await signIn(alice, config) // the package refuses plain JSON, and every other algorithm
  expect(await client.fetchUserInfo(config, tokens.access_token, tokens.subject)).toMatchObject({ preferred_username: 'alice', aud: client_id })
  expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: true, sub: tokens.subject })
})

test('form_post: the browser posts the answer', async () => {
  const config = await discover(server.addClient('web', ...app.addresses))
  expect((await signIn(alice, config, { parameters: { response_mode: 'form_post' } })).subject).toBeTruthy()
})

test('device flow: somebody allows it at another screen, and it refreshes', async () => {
  const config = await discover(server.addClient('device'), client.None())
  const asked = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' })
  await alice.follow(asked.verification_uri_complete!)
  const tokens = await client.pollDeviceAuthorizationGrant(config, asked)
  expect(await client.fetchUserInfo(config, tokens.access_token, tokens.claims()!.sub)).toMatchObject({ preferred_username: 'alice' })
  expect((await client.refreshTokenGrant(config, tokens.refresh_token!)).access_token).not.toBe(tokens.access_token)
})

test('introspection and revocation: an API learns whose token it was sent, and that it was taken back', async () => {
  const audience = 'https://notes.example'
  const config = await discover(server.addClient('web', ...app.addresses, '--audience', audience))
  const api = await discover(server.addClient('service', '--audience', audience))
  const another = await discover(server.addClient('service', '--audience', 'https://photos.example'))
  const tokens = await signIn(alice, config, { parameters: { resource: audience } })
  expect(await client.tokenIntrospection(another, tokens.access_token)).toEqual({ active: false })
  expect(await client.tokenIntrospection(api, tokens.access_token)).toMatchObject({
    active: true, sub: tokens.subject, client_id: config.clientMetadata().client_id, scope: 'openid profile email', token_type: 'Bearer', iss: server.issuer,
  })
  expect(await client.tokenIntrospection(config, tokens.refresh_token!)).toMatchObject({ active: true, sub: tokens.subject })

  await client.tokenRevocation(config, tokens.refresh_token!)
  for (const [asker, token] of [[api, tokens.access_token], [config, tokens.refresh_token!]] as const) {
    expect(await client.tokenIntrospection(asker, token)).toEqual({ active: false })
  }
  await expect(client.refreshTokenGrant(config, tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' })
})

test('client credentials and token exchange: an API acts for itself, and for who called it', async () => {
  const [orders, stock] = ['https://orders.example', 'https://stock.example']
  const config = await discover(server.addClient('web', ...app.addresses, '--audience', orders, '--scope', 'stock:read'))
  const api = await discover(server.addClient('service', '--exchange', '--audience', orders, '--audience', stock, '--scope', 'stock:read'))
  expect(await client.clientCredentialsGrant(api, { scope: 'stock:read', resource: stock })).toMatchObject({ token_type: 'bearer', scope: 'stock:read' })

  const tokens = await signIn(alice, config, { parameters: { resource: orders, scope: 'openid stock:read' } })
  const kind = 'urn:ietf:params:oauth:token-type:access_token'
  const passed = await client.genericGrantRequest(api, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: tokens.access_token, subject_token_type: kind, resource: stock, scope: 'stock:read',
  })
  expect(await client.tokenIntrospection(api, passed.access_token)).toMatchObject({ sub: tokens.subject, aud: [stock], act: { sub: api.clientMetadata().client_id } })
})

test('dynamic registration: an app registers itself by an invitation, and signs somebody in', async () => {
  const initialAccessToken = server.run(['client', 'invite']).trim()
  const config = await client.dynamicClientRegistration(
    new URL(server.issuer), { client_name: 'Guest', redirect_uris: [app.callback], token_endpoint_auth_method: 'client_secret_basic' },
    client.ClientSecretBasic(), { initialAccessToken, execute: loopback },
  )
  expect((await signIn(alice, config)).subject).toBeTruthy()
})
