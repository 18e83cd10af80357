// Proofs that this browser holds the key to which its session is bound (RFC 9449). Loaded when the option dpop is set.

import type { Clock } from './types.js'
import type { Core, Prover } from './core.js'
import { base64url, binary } from './base64url.js'
import { AuthError } from './errors.js'
import { addressOf } from './origins.js'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

const provers = new WeakMap<Core, Prover>()

/** The one that makes the proofs of an Auth. */
export function proverFor(core: Core): Prover {
  const known = provers.get(core)
  if (known) return known
  const prover = proverOf(core)
  provers.set(core, prover)
  core.state.on(({ name }) => { if (name === 'signed_in') prover.forget() }) // Another tab may have made the key of this session.
  return prover
}

/** One key for all tabs of `name`. Its private half cannot be read by any script, and is kept by the browser. */
export function proverOf({ name, clock, fetch }: Pick<Core, 'name' | 'clock' | 'fetch'>): Prover & { forget(): void } {
  const nonces = new Map<string, string>()
  let ahead = 0 // of our clock is the server's, in milliseconds
  let pair: Promise<CryptoKeyPair | null> | null = null

  /** Only a sign-in makes a key; another tab may have done so. */
  const keyFor = async (url: string): Promise<CryptoKeyPair | null> => {
    const found = await (pair ??= keyFrom(name, clock, /\/api\/(login|passkey)$/.test(url) ? Infinity : null).finally(() => { pair = null }))
    if (found) pair = Promise.resolve(found)
    return found
  }

  const self = {
    forget() { pair = null },
    async renew() { pair = Promise.resolve(await keyFrom(name, clock, young)) },
    async prove(method: string, url: string, token?: string) {
      const found = await keyFor(url)
      if (!found) return ''
      const { publicKey, privateKey } = found
      const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
      const { origin, pathname } = addressOf(url)!
      const nonce = nonces.get(origin)
      const proof = `${encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })}.${encoded({
        htm: sent(method), htu: origin + pathname, jti: base64url(crypto.getRandomValues(new Uint8Array(16))), iat: Math.floor((clock.now() + ahead) / 1000),
        ...nonce && { nonce }, ...token && { ath: base64url(await crypto.subtle.digest('SHA-256', bytes(token))) },
      })}`
      return `${proof}.${base64url(await crypto.subtle.sign(algorithm, privateKey, bytes(proof)))}`
    },
    learn(url: string, status: number, header: (name: string) => string | null, proof: string) {
      const date = Date.parse(header('Date') ?? '')
      if (date) ahead = date - clock.now()
      const challenge = status === 401 && /error="?(\w+_dpop_\w+)/.exec(header('WWW-Authenticate') ?? '')?.[1]
      if (challenge === 'invalid_dpop_proof' && !pair) {
        throw new AuthError('token_missing', { status, advice: 'This browser has lost the key of the session; sign in again' })
      }
      const nonce = header('DPoP-Nonce')
      const { origin } = addressOf(url)!
      if (!nonce) return false
      nonces.set(origin, nonce)
      return challenge === 'use_dpop_nonce' && nonce !== nonceOf(proof) // another answer may have brought it meanwhile
    },
    async fetch(url: string, init: RequestInit & { readonly headers: Readonly<Record<string, string>> }, token?: string) {
      const send = async (): Promise<[Response, string]> => {
        const proof = await self.prove(init.method!, url, token)
        return [await fetch(url, { ...init, headers: { ...init.headers, ...proof && { DPoP: proof } } }), proof]
      }
      const [response, proof] = await send()
      return self.learn(url, response.status, name => response.headers.get(name), proof) ? (await send())[0] : response
    },
  }
  return self
}

/** What goes over the wire for a method: `fetch` writes these in capitals, and leaves others as they are. */
const sent = (method: string): string => /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const encoded = (part: object): string => base64url(bytes(JSON.stringify(part)))

/** The nonce in a proof; there may be neither. */
const nonceOf = (proof: string): unknown => proof && JSON.parse(binary(proof.split('.')[1]!)).nonce

/** How old a key may be, in milliseconds, that another tab has made for the same sign-in. */
const young = 60_000

/**
 * The key of `name`. Makes one when there is none that is as young as `wanted`; never for `null`. Two tabs that make one at once end up with
 * the same. Throws `dpop_unavailable`.
 */
async function keyFrom(name: string, clock: Clock, wanted: number | null): Promise<CryptoKeyPair | null> {
  try {
    const fresh = wanted === null ? null : await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    return await inDatabase(fresh ? 'readwrite' : 'readonly', async keys => {
      const found = await done<CryptoKeyPair | undefined>(keys.get(name))
      const made = await done<number | undefined>(keys.get(`${name} made`))
      if (!fresh || found && Math.abs(clock.now() - (made ?? 0)) < wanted!) return found ?? null
      await done(keys.put(fresh, name))
      await done(keys.put(clock.now(), `${name} made`))
      return fresh
    })
  } catch (cause) {
    const reason = globalThis.isSecureContext === false ? 'a page of plain http has no WebCrypto; use https or localhost' : 'IndexedDB or WebCrypto is blocked'
    throw new AuthError('dpop_unavailable', { cause, advice: `This page cannot keep a key: ${reason}` })
  }
}

async function inDatabase<T>(mode: IDBTransactionMode, work: (keys: IDBObjectStore) => Promise<T>): Promise<T> {
  const opening = indexedDB.open('lingpai', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
  const database = await done(opening)
  try {
    return await work(database.transaction('keys', mode).objectStore('keys'))
  } finally {
    database.close()
  }
}

const done = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error)
})
