// What a script could steal that got into this page: through a hole in the app, a bad package, an extension. It runs here, against
// whoever started it, with the means that any script of the page has. Nothing leaves the browser, nothing is kept, and what it patches
// it puts back. "Another machine" is played by requests without cookies and without the key of this browser.
import type { AxiosInstance } from 'axios'
import { cut, encode, encodeBytes, open } from '../story/jwt'

export type Attempt = 'storage' | 'cookies' | 'tap' | 'refresh' | 'key' | 'elsewhere' | 'inside'

/** `all`: it serves a thief anywhere. `some`: it serves in this page only, or for a short time. `none`: there is nothing in it. */
export type Loot = 'all' | 'some' | 'none'

export interface Finding {
  readonly attempt: Attempt
  readonly loot: Loot
  /** Names the explanation in the catalogue. */
  readonly because: string
  /** What was got, cut short. */
  readonly shown: string
}

/** For how long a thief can go on elsewhere, after this page was closed. */
export type Reach = 'session' | 'minutes' | 'never'

export interface Report {
  readonly findings: readonly Finding[]
  readonly reach: Reach
}

interface Bag {
  access: string | null
  refresh: string | null
  key: CryptoKeyPair | null
}

const found = (attempt: Attempt, loot: Loot, because: string, shown = ''): Finding => ({ attempt, loot, because, shown })

export async function probe(http: AxiosInstance): Promise<Report> {
  const bag: Bag = { access: null, refresh: null, key: null }
  const findings: Finding[] = []
  for (const attempt of [lookIntoStorage, readCookies, tapRequests(http), askForRefresh, takeKey, useElsewhere, actInside]) {
    findings.push(await attempt(bag))
  }
  const elsewhere = findings.find((finding) => finding.attempt === 'elsewhere')
  const reach = elsewhere?.because === 'refresh_works' ? 'session' : elsewhere?.because === 'access_works' ? 'minutes' : 'never'
  return { findings, reach }
}

async function lookIntoStorage(bag: Bag): Promise<Finding> {
  const text = [localStorage, sessionStorage].flatMap((storage) => Object.values(storage)).join('\n')
  bag.refresh = text.match(/lpr_[\w-]{10,}/)?.[0] ?? null
  const token = text.match(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/)?.[0] ?? null
  bag.access = token
  if (!bag.refresh && !token) return found('storage', 'none', 'nothing')
  const bound = token ? isBound(token) : false
  return found('storage', bound ? 'some' : 'all', bound ? 'bound' : 'tokens', show(token, bag.refresh))
}

async function readCookies(bag: Bag): Promise<Finding> {
  const names = document.cookie.split('; ').map((pair) => pair.split('=')[0] ?? '')
  const ours = names.filter((name) => /lingpai_(session|refresh)$/.test(name))
  bag.refresh ??= document.cookie.match(/lpr_[\w-]{10,}/)?.[0] ?? null
  return ours.length > 0 ? found('cookies', 'all', 'readable', ours.join(', ')) : found('cookies', 'none', 'hidden', document.cookie && names.join(', '))
}

/** Listens at the two doors by which a page sends requests, while the app asks for the notes. */
function tapRequests(http: AxiosInstance): (bag: Bag) => Promise<Finding> {
  return async (bag) => {
    const heard: string[] = []
    const { setRequestHeader } = XMLHttpRequest.prototype
    const honest = window.fetch
    XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
      if (name.toLowerCase() === 'authorization') heard.push(value)
      setRequestHeader.call(this, name, value)
    }
    window.fetch = (input, init) => {
      const sent = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined)).get('authorization')
      if (sent) heard.push(sent)
      return honest(input, init)
    }
    try {
      await http.get('/notes').catch(() => null)
    } finally {
      XMLHttpRequest.prototype.setRequestHeader = setRequestHeader
      window.fetch = honest
    }
    const token = heard[0]?.split(' ')[1]
    if (!token) return found('tap', 'none', 'nothing')
    bag.access = token
    return found('tap', 'some', isBound(token) ? 'bound' : 'token', show(token, null))
  }
}

/** Sends what the app sends when it renews. The answer of a browser that adds the cookie by itself comes to whoever asked. */
async function askForRefresh(bag: Bag): Promise<Finding> {
  const said = await fetch('/auth/api/refresh', { method: 'POST', credentials: 'same-origin' })
  const answer = await read(said)
  if (said.ok && answer.access_token) {
    bag.access = answer.access_token
    return found('refresh', 'some', 'token', show(answer.access_token, answer.refresh_token ?? null))
  }
  const proof = answer.code?.startsWith('dpop_')
  return found('refresh', 'none', proof ? 'proof' : 'nothing', `${said.status} ${answer.code ?? ''}`)
}

/** Looks for a key in every database of this origin, and tries to carry it away. */
async function takeKey(bag: Bag): Promise<Finding> {
  const values: unknown[] = []
  for (const { name } of await indexedDB.databases()) {
    if (name) values.push(...(await everythingIn(name)))
  }
  bag.key = values.flatMap(inner).find(isPair) ?? null
  if (!bag.key) return found('key', 'none', 'nothing')
  try {
    await crypto.subtle.exportKey('jwk', bag.key.privateKey)
    return found('key', 'all', 'copied')
  } catch (error) {
    return found('key', 'none', 'locked', error instanceof Error ? error.name : '')
  }
}

/** Plays another machine: no cookies, and a key of its own where a proof is asked for. */
async function useElsewhere(bag: Bag): Promise<Finding> {
  if (!bag.access && !bag.refresh) return found('elsewhere', 'none', 'nothing')
  const bound = bag.access !== null && isBound(bag.access)
  const own = bound ? await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']) : null
  if (bag.refresh) {
    const answer = await read(await outside('POST', '/auth/api/refresh', own, null, { refresh_token: bag.refresh }))
    if (answer.access_token) return found('elsewhere', 'all', 'refresh_works', show(answer.access_token, answer.refresh_token ?? null))
    if (!bag.access) return found('elsewhere', 'none', 'refused', answer.code)
  }
  const said = await outside('GET', '/auth/api/me', own, bag.access)
  const answer = await read(said)
  if (said.ok) return found('elsewhere', 'some', 'access_works', `${said.status} ${answer.user?.username ?? ''}`)
  return found('elsewhere', 'none', 'refused', `${said.status} ${answer.code ?? ''}`)
}

/** As long as the page is open, a script in it needs to steal nothing: it uses the app's own means. */
async function actInside(bag: Bag): Promise<Finding> {
  const proof = bag.key && bag.access && isBound(bag.access) ? bag.key : null
  const said = await send('GET', '/api/notes', proof, bag.access, { credentials: 'same-origin' })
  if (!said.ok) return found('inside', 'none', 'refused', `${said.status} ${(await read(said)).code ?? ''}`)
  const notes = (await said.json()) as unknown[]
  return found('inside', 'some', 'reads', `200 [${notes.length}]`)
}

function outside(method: string, path: string, key: CryptoKeyPair | null, token: string | null, body?: object): Promise<Response> {
  const json = body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
  return send(method, path, key, token, { credentials: 'omit', ...json })
}

/** Sends a request with what it needs. A thief, too, reads the nonce that the server asks for, and comes again with it. */
async function send(method: string, path: string, key: CryptoKeyPair | null, token: string | null, rest: RequestInit): Promise<Response> {
  const attempt = async (nonce?: string) =>
    fetch(path, { ...rest, method, headers: { ...(rest.headers as Record<string, string>), ...(await credentials(method, path, key, token, nonce)) } })
  const said = await attempt()
  const nonce = said.headers.get('DPoP-Nonce')
  return key && said.status === 401 && nonce ? attempt(nonce) : said
}

/** The headers of RFC 6750, or with a key those of RFC 9449. */
async function credentials(
  method: string, path: string, key: CryptoKeyPair | null, token: string | null, nonce?: string,
): Promise<Record<string, string>> {
  if (!key) return token ? { Authorization: `Bearer ${token}` } : {}
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.publicKey)
  const claims: Record<string, unknown> = {
    jti: crypto.randomUUID(), htm: method, htu: location.origin + path, iat: Math.floor(Date.now() / 1000), ...(nonce && { nonce }),
  }
  if (token) claims.ath = encodeBytes(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))))
  const signed = encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }) + '.' + encode(claims)
  const hash = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(hash, key.privateKey, new TextEncoder().encode(signed))
  const proof = signed + '.' + encodeBytes(new Uint8Array(signature))
  return token ? { Authorization: `DPoP ${token}`, DPoP: proof } : { DPoP: proof }
}

interface Answer {
  readonly access_token?: string
  readonly refresh_token?: string
  readonly code?: string
  readonly user?: { readonly username: string }
}

async function read(said: Response): Promise<Answer> {
  return ((await said.json().catch(() => null)) ?? {}) as Answer
}

function isBound(token: string): boolean {
  return (open(token)?.payload.cnf ?? null) !== null
}

function show(access: string | null, refresh: string | null): string {
  return [access && cut(access, 8).join('.'), refresh && refresh.slice(0, 8) + '…'].filter(Boolean).join('  ')
}

function isPair(value: unknown): value is CryptoKeyPair {
  const pair = value as Partial<CryptoKeyPair> | null
  return pair?.privateKey instanceof CryptoKey && pair.publicKey instanceof CryptoKey
}

/** A value and what lies one step inside it. */
function inner(value: unknown): unknown[] {
  return value !== null && typeof value === 'object' ? [value, ...Object.values(value)] : [value]
}

async function everythingIn(name: string): Promise<unknown[]> {
  const database = await done(indexedDB.open(name))
  try {
    const stores = [...database.objectStoreNames]
    if (stores.length === 0) return []
    const transaction = database.transaction(stores)
    return (await Promise.all(stores.map((store) => done(transaction.objectStore(store).getAll())))).flat()
  } finally {
    database.close()
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the database did not answer'))
  })
}
