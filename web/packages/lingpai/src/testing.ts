// For tests of apps: a server that speaks like Lingpai, a clock that stands still, and two tabs of one browser.

import type { Auth, AuthOptions, Clock, Keep, TokenStorage, User } from './types.js'
import { createAuth } from './auth.js'
import { FakeDevice, answerOf, offered } from './fakedevice.js'

/** A clock that goes when it is told to. */
export interface FakeClock extends Clock {
  /** Lets time pass, running what is due, in order. */
  advance(milliseconds: number): Promise<void>
  /** The machine sleeps: wall time passes, while timers and the monotonic clock stand still. */
  sleep(milliseconds: number): void
  /** Somebody sets the wall clock, forward or back. */
  shift(milliseconds: number): void
}

/** Makes a {@link FakeClock}; `start` is wall time in milliseconds since 1970. */
export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let wall = start
  let mono = 0
  let count = 0
  const timers = new Map<number, { at: number; run: () => void }>()
  const next = (until: number) => [...timers].filter(([, timer]) => timer.at <= until).sort(([i, a], [j, b]) => a.at - b.at || i - j)[0]
  const pass = (milliseconds: number): void => { wall += milliseconds; mono += milliseconds }
  return {
    now: () => wall,
    monotonic: () => mono,
    setTimeout(run, milliseconds) {
      timers.set(++count, { at: mono + Math.max(0, milliseconds), run })
      return count
    },
    clearTimeout: timer => void timers.delete(timer as number),
    async advance(milliseconds) {
      const until = mono + milliseconds
      await settle()
      for (let due; (due = next(until)); await settle()) {
        const [id, timer] = due
        timers.delete(id)
        pass(Math.max(0, timer.at - mono))
        timer.run()
      }
      pass(until - mono)
      await settle()
    },
    sleep(milliseconds) { wall += milliseconds },
    shift(milliseconds) { wall += milliseconds },
  }
}

/** What is loaded when it is needed is loaded before time passes: a test waits for answers, not for files. */
const parts = Promise.all([import('./dpop.js'), import('./open.js'), import('./passkey.js'), import('./seldom.js')])

/** Lets promises, channels and streams that are ready run on. */
async function settle(): Promise<void> {
  await parts
  for (let turn = 0; turn < 4; turn++) await new Promise(resolve => setTimeout(resolve, 0))
}

/** A storage of a browser. */
export function fakeStorage(): TokenStorage & { readonly items: Map<string, string> } {
  const items = new Map<string, string>()
  return {
    items,
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: key => void items.delete(key),
  }
}

/** One browser: its tabs share cookies and storage. */
export interface FakeBrowser {
  /** Requests of its tabs: the option `fetch` of {@link AuthOptions}. */
  readonly fetch: typeof globalThis.fetch
  /** By name; those that scripts cannot read, too. */
  readonly cookies: Map<string, string>
  /** Its `localStorage`: the option `storage` of {@link AuthOptions}. */
  readonly storage: ReturnType<typeof fakeStorage>
  /** Whether it keeps cookies. */
  blocksCookies: boolean
  /** What asks for passkeys here: the option `passkeys` of {@link AuthOptions}. */
  readonly passkeys: NonNullable<AuthOptions['passkeys']>
  /**
   * Whose passkey the person takes whenever they are asked, by username; it opens the account of that name. `null`, at first: they close the
   * prompt, and take none of what is offered where the name is typed. Of offers, they take one each time that this is set.
   */
  passkey: string | null
}

/** A request that the server has seen. */
export interface Seen {
  /** `GET`, `POST` and so on. */
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** How it was answered. */
  readonly status: number
  /** Those of the request. */
  readonly headers: Headers
  /** As text; empty if there was none. */
  readonly body: string
}

/** How the server in memory is. */
export interface FakeServerOptions {
  /** Its clock; hand the same to `createAuth`. Default: one of its own. */
  readonly clock?: Clock
  /** Accounts: name and password. Default: alice and bob, `correct horse battery staple`. */
  readonly users?: Readonly<Record<string, string>>
  /** Accounts with a second factor: name and the code that is good. */
  readonly codes?: Readonly<Record<string, string>>
  /** How long an access token is good, in seconds. Default 300. */
  readonly lifetime?: number
  /** Whether it has passkeys. Default true. */
  readonly passkeys?: boolean
  /** How long an answer takes, in milliseconds of `clock`. Default 0. */
  readonly latency?: number
}

/** What {@link fakeAuthServer} makes: its answers, and how to upset it. */
export interface FakeAuthServer {
  /** The default browser. */
  readonly browser: FakeBrowser
  /** That of the default browser. */
  readonly fetch: typeof globalThis.fetch
  /** Another browser, without cookies and storage of the others. */
  newBrowser(): FakeBrowser
  /** Everything that was asked, in order. */
  readonly seen: readonly Seen[]
  /** How often an address below `/auth/api/` was asked. */
  count(path: string): number
  /** While true, no request arrives. */
  offline: boolean
  /** How long an answer takes from now on, in milliseconds of the clock. */
  latency: number
  /** Does what the next request to `path` asks for, and loses the answer. */
  loseAnswer(path?: string): void
  /** Answers the next request to `path` in place of the server; a handler that returns nothing leaves it to the server. */
  intercept(path: string, answer: (request: Request) => Response | Promise<Response> | void): void
  /** Ends all sessions of an account, as an operator would. */
  endSessions(username: string, code?: string): void
  /** Makes every access token expire now. */
  expireTokens(): void
  /** How many sessions live. */
  readonly living: number
  /** Answers for the API; it is asked with a good token only. */
  api: (request: Request, user: User) => Response | Promise<Response>
}

interface Row {
  readonly id: string
  readonly user: User
  readonly keep: Keep
  readonly confirms: boolean
  readonly expires: number
  counter: number
  confirmedAt: number | null
  rotatedAt: number
  readonly signedInAt: number
  ended: string | null
  readonly tokens: Map<string, number>
  readonly streams: Set<ReadableStreamDefaultController<Uint8Array>>
}

const second = 1000
const overlap = 10 * second
const grace = 60 * second
const fresh = 600 * second

/** A server in memory that judges sign-ins, refreshes and tokens by the rules of Lingpai. It serves `/auth/api/` and, as an API, everything else. */
export function fakeAuthServer(options: FakeServerOptions = {}): FakeAuthServer {
  return new FakeServer(options)
}

class Refused {
  constructor(readonly status: number, readonly code: string, readonly detail = code) {}
}

class FakeServer implements FakeAuthServer {
  readonly seen: Seen[] = []
  readonly browser: FakeBrowser
  offline = false
  latency: number
  api: FakeAuthServer['api'] = (_, user) => Response.json({ user: user.username })
  readonly #rows = new Map<string, Row>()
  readonly #lost: string[] = []
  readonly #intercepts: { path: string; answer: (request: Request) => Response | Promise<Response> | void }[] = []
  readonly #clock: Clock
  readonly #users: Readonly<Record<string, string>>
  readonly #codes: Readonly<Record<string, string>>
  readonly #passkeys: boolean
  readonly #challenges = new Map<string, number>()
  readonly #lifetime: number
  #count = 0
  #expired = -Infinity // tokens of this number and before

  constructor({ clock, users, codes, passkeys = true, lifetime = 300, latency = 0 }: FakeServerOptions) {
    this.#clock = clock ?? fakeClock()
    this.#users = users ?? { alice: 'correct horse battery staple', bob: 'correct horse battery staple' }
    this.#codes = codes ?? {}
    this.#passkeys = passkeys
    this.#lifetime = lifetime
    this.latency = latency
    this.browser = this.newBrowser()
  }

  get fetch() { return this.browser.fetch }

  get living(): number { return [...this.#rows.values()].filter(row => !row.ended).length }

  newBrowser(): FakeBrowser {
    const device = new FakeDevice()
    const browser: FakeBrowser = {
      cookies: new Map(), storage: fakeStorage(), blocksCookies: false, passkeys: device,
      fetch: (input, init) => this.#receive(browser, input, init),
      get passkey() { return device.owner },
      set passkey(owner) { device.owner = owner },
    }
    return browser
  }

  count(path: string): number { return this.seen.filter(one => one.path === `/auth/api/${path}`).length }

  loseAnswer(path = 'refresh'): void { this.#lost.push(path) }

  intercept(path: string, answer: (request: Request) => Response | Promise<Response> | void): void { this.#intercepts.push({ path, answer }) }

  endSessions(username: string, code = 'session_ended'): void {
    for (const row of this.#rows.values()) if (row.user.username === username) this.#end(row, code)
  }

  expireTokens(): void { this.#expired = this.#count }

  async #receive(browser: FakeBrowser, input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = new Request(input instanceof Request ? input : new URL(input, 'http://localhost'), init)
    await this.#wait(this.latency)
    if (this.offline) throw new TypeError('fetch failed')
    const path = new URL(request.url).pathname
    const name = path.replace(/^\/auth\/api\//, '')
    const body = await request.clone().text()
    const response = await this.#answer(browser, request, name, body)
    this.seen.push({ method: request.method, path, status: response.status, headers: request.headers, body })
    const lost = this.#lost.indexOf(name)
    if (lost >= 0) {
      this.#lost.splice(lost, 1)
      throw new TypeError('fetch failed')
    }
    this.#keepCookies(browser, response)
    return response
  }

  #wait(milliseconds: number): Promise<void> | undefined {
    return milliseconds > 0 ? new Promise(resolve => this.#clock.setTimeout(resolve, milliseconds)) : undefined
  }

  async #answer(browser: FakeBrowser, request: Request, name: string, body: string): Promise<Response> {
    const at = this.#intercepts.findIndex(one => one.path === name)
    const instead = at >= 0 ? await this.#intercepts.splice(at, 1)[0]!.answer(request) : undefined
    if (instead) return instead
    try {
      const own = new URL(request.url).pathname.startsWith('/auth/')
      return own ? this.#serve(browser, request, name, body ? JSON.parse(body) : {}) : await this.api(request, this.#bearer(request).user)
    } catch (error) {
      if (error instanceof Refused) return this.#problem(error, request)
      throw error
    }
  }

  #serve(browser: FakeBrowser, request: Request, name: string, body: Record<string, string>): Response {
    const cookies = request.credentials === 'omit' ? new Map<string, string>() : browser.cookies
    switch (`${request.method} ${name}`) {
      case 'POST login': return this.#login(cookies, body)
      case 'POST passkey/options': return this.#askForPasskey()
      case 'POST passkey': return this.#passkey(cookies, body)
      case 'POST refresh': return this.#refresh(cookies, body)
      case 'POST refresh/confirm': return this.#confirm(cookies, body)
      case 'POST logout': return this.#logout(cookies, request, body)
      case 'GET me': return this.#json(this.#person(this.#signed(cookies, request)))
      case 'GET events': return this.#events(this.#signed(cookies, request, true))
    }
    throw new Refused(404, 'not_found')
  }

  #login(cookies: Map<string, string>, { username = '', password, code = '', keep = 'memory', confirms }: Record<string, unknown>): Response {
    if (this.#users[username as string] !== password) throw new Refused(401, 'credentials_invalid', 'That name and password do not go together.')
    const wanted = this.#codes[username as string]
    if (wanted && !code) throw new Refused(401, 'code_required', 'The password is right; a code is needed besides.')
    if (wanted && code !== wanted) throw new Refused(401, 'code_invalid', 'This code is not good, or not any more.')
    return this.#begin(cookies, username as string, keep as Keep, confirms)
  }

  #askForPasskey(): Response {
    if (!this.#passkeys) throw new Refused(404, 'passkeys_unavailable', 'There are no passkeys here.')
    const challenge = `challenge${++this.#count}`
    this.#challenges.set(challenge, this.#clock.now() + fresh)
    return this.#json(offered(challenge), { 'X-Fake-Cookies': `lingpai_passkey=${challenge}` })
  }

  /** Judges no signature: whoever holds a passkey says whose it is. */
  #passkey(cookies: Map<string, string>, { credential, keep = 'memory', confirms }: Record<string, any>): Response {
    if (!this.#passkeys) throw new Refused(404, 'passkeys_unavailable', 'There are no passkeys here.')
    const answer = answerOf(credential)
    if (!answer) throw new Refused(400, 'body_malformed', 'The body cannot be read: it has no answer of a passkey.')
    const { challenge, username } = answer
    const good = challenge === cookies.get('lingpai_passkey') && this.#challenges.get(challenge)! > this.#clock.now()
    if (!good) throw new Refused(410, 'challenge_void', 'This took too long, was used already, or was begun in another window.')
    if (!Object.hasOwn(this.#users, username)) throw new Refused(401, 'passkey_invalid', 'This passkey does not open an account here.')
    this.#challenges.delete(challenge)
    return this.#begin(cookies, username, keep, confirms)
  }

  #begin(cookies: Map<string, string>, username: string, keep: Keep, confirms: unknown): Response {
    for (const held of [cookies.get('lingpai_refresh')?.split('.')[1], cookies.get('lingpai_session')]) {
      const row = this.#rows.get(held ?? '')
      if (row && keep !== 'storage') this.#end(row, 'session_ended')
    }
    const now = this.#clock.now()
    const row: Row = {
      id: `s${++this.#count}`, user: { id: `u-${username}`, username, name: '', roles: [] }, keep,
      confirms: confirms === true, expires: now + 90 * 86_400 * second, counter: 1, confirmedAt: null, rotatedAt: now, signedInAt: now, ended: null,
      tokens: new Map(), streams: new Set(),
    }
    this.#rows.set(row.id, row)
    return this.#hand(row)
  }

  #refresh(cookies: Map<string, string>, body: Record<string, string>): Response {
    const { row, counter } = this.#presented(cookies, body)
    const now = this.#clock.now()
    this.#alive(row)
    if (counter === row.counter) {
      row.counter++
      row.rotatedAt = now
      row.confirmedAt = null
    } else if (counter !== row.counter - 1 || !this.#sameSuccessor(row, now)) {
      this.#end(row, 'refresh_reused')
      throw new Refused(401, 'refresh_reused')
    }
    return this.#hand(row)
  }

  #sameSuccessor(row: Row, now: number): boolean {
    if (!row.confirms) return now < row.rotatedAt + grace
    return row.confirmedAt === null || now < row.confirmedAt + overlap
  }

  #confirm(cookies: Map<string, string>, body: Record<string, string>): Response {
    const { row, counter } = this.#presented(cookies, body)
    if (counter === row.counter) row.confirmedAt ??= this.#clock.now()
    return new Response(null, { status: 204 })
  }

  #logout(cookies: Map<string, string>, request: Request, { scope = 'this', ...body }: Record<string, string>): Response {
    const token = body['refresh_token'] ?? cookies.get('lingpai_refresh')
    const row = token ? this.#presented(cookies, body).row : this.#signed(cookies, request)
    if (scope === 'others' && this.#clock.now() > row.signedInAt + fresh) throw new Refused(401, 'step_up_required')
    for (const one of this.#rows.values()) {
      if (scope === 'this' ? one === row : one.user.id === row.user.id && (scope === 'all' || one !== row)) this.#end(one, 'session_ended')
    }
    return new Response(null, { status: 204, headers: scope === 'others' ? {} : { 'X-Fake-Cookies': 'lingpai_refresh=,lingpai_session=' } })
  }

  #events(row: Row): Response {
    const text = (event: string, data: object): Uint8Array => new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        row.streams.add(controller)
        controller.enqueue(text('ready', { session: { id: row.id } }))
      },
    })
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
  }

  #presented(cookies: Map<string, string>, body: Record<string, string>): { row: Row; counter: number } {
    const token = body['refresh_token'] ?? cookies.get('lingpai_refresh')
    if (!token) throw new Refused(401, 'token_missing')
    const [, id, counter] = token.split('.')
    const row = this.#rows.get(id!)
    if (!row) throw new Refused(401, 'refresh_invalid')
    return { row, counter: Number(counter) }
  }

  #signed(cookies: Map<string, string>, request: Request, byRefresh = false): Row {
    if (request.headers.has('Authorization')) return this.#bearer(request)
    const row = this.#rows.get(cookies.get('lingpai_session') ?? (byRefresh && cookies.get('lingpai_refresh')?.split('.')[1] || ''))
    if (!row) throw new Refused(401, 'token_missing')
    return this.#alive(row)
  }

  #bearer(request: Request): Row {
    const token = /^Bearer (.+)$/.exec(request.headers.get('Authorization') ?? '')?.[1]
    if (!token) throw new Refused(401, 'token_missing')
    const row = [...this.#rows.values()].find(one => one.tokens.has(token))
    if (!row) throw new Refused(401, 'token_signature')
    const { n } = JSON.parse(atob(token.split('.')[1]!))
    if (row.tokens.get(token)! <= this.#clock.now() || n <= this.#expired) throw new Refused(401, 'token_expired')
    return this.#alive(row)
  }

  #alive(row: Row): Row {
    if (row.ended) throw new Refused(row.ended === 'account_disabled' ? 403 : 401, row.ended)
    if (row.expires <= this.#clock.now()) throw new Refused(401, 'session_expired')
    return row
  }

  #end(row: Row, code: string): void {
    if (row.ended) return
    row.ended = code
    for (const stream of row.streams) {
      try {
        stream.enqueue(new TextEncoder().encode(`event: ended\ndata: ${JSON.stringify({ code })}\n\n`))
        stream.close()
      } catch {
        // The page has gone.
      }
    }
  }

  #person(row: Row): object {
    return { session: { id: row.id, expires_at: new Date(row.expires).toISOString() }, user: row.user }
  }

  #hand(row: Row): Response {
    const answer = this.#person(row)
    if (row.keep === 'cookie') return this.#json(answer, { 'X-Fake-Cookies': `lingpai_session=${row.id}` })
    const expires = this.#clock.now() + this.#lifetime * second
    const part = (value: object): string => btoa(JSON.stringify(value)).replace(/=+$/, '')
    const access_token = `${part({ alg: 'none', typ: 'at+jwt' })}.${part({ sub: row.user.id, sid: row.id, n: ++this.#count, exp: expires / second })}.fake`
    const refresh_token = `lpr.${row.id}.${row.counter}`
    row.tokens.set(access_token, expires)
    const tokens = { access_token, token_type: 'Bearer', expires_in: this.#lifetime, expires_at: new Date(expires).toISOString() }
    if (row.keep === 'storage') return this.#json({ ...tokens, refresh_token, ...answer })
    return this.#json({ ...tokens, ...answer }, { 'X-Fake-Cookies': `lingpai_refresh=${refresh_token}` })
  }

  #json(value: object, headers: Record<string, string> = {}, status = 200): Response {
    return new Response(JSON.stringify(value), {
      status, headers: { 'Content-Type': 'application/json', Date: new Date(this.#clock.now()).toUTCString(), ...headers },
    })
  }

  #problem({ status, code, detail }: Refused, request: Request): Response {
    const error = request.headers.has('Authorization') && /^(token|session|refresh)_/.test(code) && code !== 'token_missing' ? ', error="invalid_token"' : ''
    return this.#json({ type: 'about:blank', title: 'Refused', status, code, detail, request_id: `R-${this.seen.length}` }, {
      'Content-Type': 'application/problem+json', ...status === 401 && { 'WWW-Authenticate': `Bearer realm="lingpai"${error}` },
    }, status)
  }

  /** Set-Cookie cannot be read from a Response, so a header of our own stands for it. */
  #keepCookies(browser: FakeBrowser, response: Response): void {
    if (browser.blocksCookies) return
    for (const cookie of response.headers.get('X-Fake-Cookies')?.split(',') ?? []) {
      const [name, value] = cookie.split('=') as [string, string]
      value ? browser.cookies.set(name, value) : browser.cookies.delete(name)
    }
  }
}

/** Two tabs of one browser, signed out, with the clock and the server that they share. */
/** What {@link twoTabs} opens. */
export interface TwoTabs {
  /** The time of both tabs and of the server. */
  readonly clock: FakeClock
  /** Whom they talk to. */
  readonly server: FakeAuthServer
  /** Where they are open. */
  readonly browser: FakeBrowser
  /** The first tab. */
  readonly a: Auth
  /** The second. */
  readonly b: Auth
  /** Opens another tab, or the same again, as a reload does. */
  open(more?: AuthOptions): Auth
  /** Closes all tabs. */
  close(): void
}

/** Opens two tabs of one browser at a server in memory. The first options are those of both tabs, the second those of the server. */
export function twoTabs(options: AuthOptions = {}, server?: FakeServerOptions): TwoTabs {
  const clock = (options.clock as FakeClock | undefined) ?? fakeClock()
  const backend = fakeAuthServer({ clock, ...server })
  const { browser } = backend
  const tabs: Auth[] = []
  const open = (more: AuthOptions = {}): Auth => {
    const auth = createAuth({ clock, fetch: browser.fetch, storage: browser.storage, passkeys: browser.passkeys, ...options, ...more })
    tabs.push(auth)
    return auth
  }
  return { clock, server: backend, browser, open, a: open(), b: open(), close: () => tabs.forEach(tab => tab.dispose()) }
}
