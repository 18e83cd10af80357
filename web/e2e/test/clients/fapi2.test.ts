// openid-client of npm, unmodified, under the FAPI 2.0 Security Profile: over https, with pushed requests, by an assertion or a certificate, and tokens that are of use
// to who holds their key or certificate alone.
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import * as client from 'openid-client'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { App } from '../../harness/app.ts'
import { Authority, type Certificate } from '../../harness/authority.ts'
import { launch } from '../../harness/browser.ts'
import { Person } from '../../harness/person.ts'
import { Server } from '../../harness/server.ts'

let authority: Authority, browser: Browser, server: Server, app: App, alice: Person

beforeAll(async () => {
  authority = new Authority()
  ;[browser, server, app] = await Promise.all([launch(), Server.secure(authority), App.open({}, authority.server())])
  server.addUser('alice')
  alice = await Person.at(browser)
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([server?.dispose(), app?.close()])
  authority?.dispose()
})

/** A client of the profile, from discovery alone, that shows a certificate if it has one. */
function discover(flags: string[], auth: client.ClientAuth, shown?: Certificate): Promise<client.Configuration> {
  const { client_id } = server.addClient('fapi2', ...app.addresses, ...flags)
  const customFetch = authority.fetch(shown) as client.CustomFetch
  const metadata = { use_mtls_endpoint_aliases: shown !== undefined, id_token_signed_response_alg: 'ES256' }
  return client.discovery(new URL(server.issuer), client_id, metadata, auth, { [client.customFetch]: customFetch, execute: [client.enableNonRepudiationChecks] })
}

/** Signs alice in by a pushed request. */
async function signIn(config: client.Configuration, dpop?: client.DPoPHandle) {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()]
  const parameters = {
    redirect_uri: app.callback, scope: 'openid profile offline_access', state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
  }
  await alice.follow(await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP: dpop }))
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  const tokens = await client.authorizationCodeGrant(config, app.arrival(), checks, undefined, { DPoP: dpop })
  return { ...tokens, subject: tokens.claims()!.sub }
}

/** What an access token is bound to. */
const bound = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).cnf as Record<string, string>

const thumbprint = ({ cert }: Certificate) => Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')

/** Writes the key set of a client. */
function keySet(jwk: object): string {
  const file = join(server.data, 'keys-of-an-app.json')
  writeFileSync(file, JSON.stringify({ keys: [{ ...jwk, kid: 'of-an-app', alg: 'ES256', use: 'sig' }] }))
  return file
}

test('PAR, private_key_jwt and DPoP', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const config = await discover(['--jwks', keySet(await exportJWK(publicKey))], client.PrivateKeyJwt({ key: privateKey, kid: 'of-an-app' }))
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
  const tokens = await signIn(config, dpop)
  expect(tokens.token_type).toBe('dpop')
  expect(bound(tokens.access_token)).toEqual({ jkt: await dpop.calculateThumbprint() })
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP: dpop })
  expect(await client.fetchUserInfo(config, fresh.access_token, tokens.subject, { DPoP: dpop })).toMatchObject({ preferred_username: 'alice' })
  await expect(client.fetchUserInfo(config, fresh.access_token, tokens.subject)).rejects.toMatchObject({ status: 401 })
  await expect(signIn(config)).rejects.toMatchObject({ error: 'invalid_dpop_proof' }) // it gets no tokens that are bound to nothing
})

const ways: [string, (shown: Certificate) => string[], () => Certificate][] = [
  ['tls_client_auth', () => ['--certificate-name', 'san_dns:bank.example.com'], () => authority.client('bank.example.com')],
  [
    'self_signed_tls_client_auth',
    ({ cert }) => ['--jwks', keySet(new X509Certificate(cert).publicKey.export({ format: 'jwk' })), '--auth', 'self_signed_tls_client_auth'],
    () => authority.selfSigned(),
  ],
]
for (const [way, flags, make] of ways) {
  test(`PAR, ${way} and tokens that are bound to the certificate`, async () => {
    const shown = make()
    const config = await discover([...flags(shown), '--certificate-bound'], client.TlsClientAuth(), shown)
    const tokens = await signIn(config)
    expect(tokens.token_type).toBe('bearer')
    expect(bound(tokens.access_token)).toEqual({ 'x5t#S256': thumbprint(shown) })
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token!)
    expect(await client.fetchUserInfo(config, fresh.access_token, tokens.subject)).toMatchObject({ preferred_username: 'alice' })
    expect(await client.tokenIntrospection(config, fresh.access_token)).toMatchObject({ active: true, cnf: { 'x5t#S256': thumbprint(shown) } })

    for (const other of [authority.client('thief.example.com'), undefined]) {
      config[client.customFetch] = authority.fetch(other) as client.CustomFetch
      await expect(client.fetchUserInfo(config, fresh.access_token, tokens.subject)).rejects.toMatchObject({ status: 401 })
      await expect(client.refreshTokenGrant(config, tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_client' })
    }
    config[client.customFetch] = authority.fetch(shown) as client.CustomFetch
    await client.tokenRevocation(config, tokens.refresh_token!)
    await expect(client.fetchUserInfo(config, fresh.access_token, tokens.subject)).rejects.toMatchObject({ status: 401 })
  })
}

test('an assertion proves who it is, and tokens are bound to a certificate', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const shown = authority.selfSigned()
  const flags = ['--jwks', keySet(await exportJWK(publicKey)), '--certificate-bound']
  const config = await discover(flags, client.PrivateKeyJwt({ key: privateKey, kid: 'of-an-app' }), shown)
  const tokens = await signIn(config)
  expect(bound(tokens.access_token)).toEqual({ 'x5t#S256': thumbprint(shown) })
  expect(await client.fetchUserInfo(config, tokens.access_token, tokens.subject)).toMatchObject({ preferred_username: 'alice' })
})
