import { createHash, webcrypto } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { proverOf } from '../src/dpop.js'
import { fakeClock } from '../src/testing.js'
import { alice, fakeWindow, world } from './world.js'

/** As much of IndexedDB as one key needs: the real one is tried in a browser. */
function fakeIndexedDB() {
  const kept = new Map<string, unknown>()
  const later = <T>(result: T) => {
    const request = { result, onsuccess: null as (() => void) | null, onerror: null, onupgradeneeded: null as (() => void) | null }
    queueMicrotask(() => { request.onupgradeneeded?.(); request.onsuccess?.() })
    return request
  }
  const store = { get: (key: string) => later(kept.get(key)), put: (value: unknown, key: string) => later(void kept.set(key, value)) }
  return { kept, open: () => later({ createObjectStore() {}, transaction: () => ({ objectStore: () => store }), close() {} }) }
}

let database: ReturnType<typeof fakeIndexedDB>
beforeEach(() => {
  database = fakeIndexedDB()
  vi.stubGlobal('indexedDB', database)
})

const part = (proof: string, index: number) => JSON.parse(Buffer.from(proof.split('.')[index]!, 'base64url').toString())
const login = 'https://login.example/auth/api/login'
const none = (): null => null

describe('a proof', () => {
  it('is what RFC 9449 asks for, and verifies', async () => {
    const clock = fakeClock()
    const prover = proverOf({ name: 'x', clock: clock, fetch })
    await prover.prove('POST', login)
    const proof = await prover.prove('POST', `${login}?q=1#h`, 'a.b.c')
    expect(part(proof, 0)).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256' } })
    expect(Object.keys(part(proof, 0).jwk).sort()).toEqual(['crv', 'kty', 'x', 'y'])
    expect(part(proof, 1)).toMatchObject({
      htm: 'POST', htu: login, iat: clock.now() / 1000, ath: createHash('sha256').update('a.b.c').digest('base64url'),
    })
    const key = await webcrypto.subtle.importKey('jwk', part(proof, 0).jwk, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
    const [header, payload, signature] = proof.split('.')
    expect(await webcrypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(signature!, 'base64url'), Buffer.from(`${header}.${payload}`))).toBe(true)
  })

  it.each([['post', 'POST'], ['Get', 'GET'], ['delete', 'DELETE'], ['patch', 'patch'], ['PATCH', 'PATCH']])('is for the method as fetch sends it: %s is %s', async (method, htm) => {
    const prover = proverOf({ name: 'x', clock: fakeClock(), fetch })
    await prover.prove('POST', login)
    expect(part(await prover.prove(method, login), 1).htm).toBe(htm)
  })

  it('is made once: each has its own jti', async () => {
    const prover = proverOf({ name: 'x', clock: fakeClock(), fetch })
    const jtis = await Promise.all([1, 2, 3].map(async () => part(await prover.prove('POST', login), 1).jti))
    expect(new Set(jtis).size).toBe(3)
  })

  it('takes nonce and time from the server', async () => {
    const clock = fakeClock()
    const prover = proverOf({ name: 'x', clock: clock, fetch })
    const bare = await prover.prove('POST', login)
    const date = new Date(clock.now() + 3600_000).toUTCString()
    const answer: Record<string, string> = { Date: date, 'DPoP-Nonce': 'n1', 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' }
    expect(prover.learn(login, 401, name => answer[name] ?? null, bare)).toBe(true)
    const proof = await prover.prove('POST', login)
    expect(part(proof, 1)).toMatchObject({ nonce: 'n1', iat: clock.now() / 1000 + 3600 })
    expect(prover.learn(login, 401, name => answer[name] ?? null, proof)).toBe(false) // The same nonce again heals nothing.
    expect(part(await prover.prove('GET', 'https://api.example/'), 1).nonce).toBeUndefined()
    expect(prover.learn(login, 200, name => ({ 'DPoP-Nonce': 'n2' } as Record<string, string>)[name] ?? null, proof)).toBe(false)
    expect(part(await prover.prove('POST', login), 1).nonce).toBe('n2')
  })

  it('is made anew for each of several requests that were sent before any nonce was known', async () => {
    const sent: string[] = []
    const server: typeof globalThis.fetch = async (_, init) => {
      const proof = (init!.headers as Record<string, string>)['DPoP']!
      sent.push(proof)
      if (part(proof, 1).nonce === 'n1') return new Response('{}')
      return new Response('{}', { status: 401, headers: { 'DPoP-Nonce': 'n1', 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' } })
    }
    const prover = proverOf({ name: 'x', clock: fakeClock(), fetch: server })
    await prover.prove('POST', login)
    const answers = await Promise.all([1, 2, 3].map(() => prover.fetch(login, { method: 'POST', headers: {} })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(sent).toHaveLength(6)
  })

  it('is made with a key that no script can read, and that outlives the page', async () => {
    const first = part(await proverOf({ name: 'x', clock: fakeClock(), fetch }).prove('POST', login), 0).jwk
    const kept = database.kept.get('x') as CryptoKeyPair
    expect(kept.privateKey.extractable).toBe(false)
    expect(part(await proverOf({ name: 'x', clock: fakeClock(), fetch }).prove('GET', 'https://api.example/'), 0).jwk).toEqual(first)
  })

  it('two tabs that sign in at once end up with one key', async () => {
    const proofs = await Promise.all([proverOf({ name: 'x', clock: fakeClock(), fetch }), proverOf({ name: 'x', clock: fakeClock(), fetch })].map(prover => prover.prove('POST', login)))
    const again = await proverOf({ name: 'x', clock: fakeClock(), fetch }).prove('POST', login)
    expect(part(proofs[0]!, 0).jwk).toEqual(part(again, 0).jwk)
    expect(part(proofs[1]!, 0).jwk).toEqual(part(again, 0).jwk)
  })

  it('is made with a new key after a renewal, which tabs that sign in at once do only once', async () => {
    const clock = fakeClock()
    const [a, b] = [proverOf({ name: 'x', clock, fetch }), proverOf({ name: 'x', clock, fetch })]
    const key = async (prover: typeof a) => part(await prover.prove('GET', 'https://api.example/'), 0).jwk
    await a.renew()
    const first = await key(a)
    await b.renew()
    expect(await key(b)).toEqual(first)
    await clock.advance(61_000)
    await a.renew()
    expect(await key(a)).not.toEqual(first)
    expect(await key(b)).toEqual(first) // It has not heard of it yet.
    b.forget()
    expect(await key(b)).toEqual(await key(a))
  })

  it('only a sign-in makes a key, and a key of another tab is found', async () => {
    const prover = proverOf({ name: 'x', clock: fakeClock(), fetch })
    expect(await prover.prove('POST', 'https://login.example/auth/api/refresh')).toBe('')
    await proverOf({ name: 'x', clock: fakeClock(), fetch }).prove('POST', login)
    expect(await prover.prove('POST', 'https://login.example/auth/api/refresh')).not.toBe('')
  })

  it('P44: a session whose key is lost is over for this browser', async () => {
    const prover = proverOf({ name: 'x', clock: fakeClock(), fetch })
    const answer: Record<string, string> = { 'WWW-Authenticate': 'DPoP error="invalid_dpop_proof"' }
    await prover.prove('POST', 'https://login.example/auth/api/refresh')
    expect(() => prover.learn(login, 401, name => answer[name] ?? null, '')).toThrow('lost the key')
    const proof = await prover.prove('POST', login)
    expect(prover.learn(login, 401, name => answer[name] ?? null, proof)).toBe(false)
    expect(prover.learn(login, 200, none, proof)).toBe(false)
  })

  it('P44: where no key can be kept, the error says so', async () => {
    vi.stubGlobal('indexedDB', { open() { throw new DOMException('denied', 'SecurityError') } })
    await expect(proverOf({ name: 'x', clock: fakeClock(), fetch }).prove('POST', login)).rejects.toMatchObject({ code: 'dpop_unavailable', retryable: false })
  })
})

it('a server that binds nothing is refused: the page asked for more', async () => {
  fakeWindow('http://localhost/')
  const { a, server } = world({ keep: 'storage', dpop: true, events: false })
  await expect(a.signIn(alice)).rejects.toMatchObject({ code: 'dpop_unavailable' })
  await vi.waitFor(() => expect(server.living).toBe(0), 10_000)
})

it('with keep: cookie there is nothing to bind, and no key is made', async () => {
  const { a } = world({ keep: 'cookie', dpop: true })
  await a.signIn(alice)
  expect(a.session.status).toBe('in')
  expect(database.kept.size).toBe(0)
})
