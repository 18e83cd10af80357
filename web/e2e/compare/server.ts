// One session, one rule of rotation and three dialects of asking for it, so that every client meets the same server: that of Lingpai (also for
// axios-auth-refresh, whose app writes the call itself), the OAuth token endpoint (oidc-client-ts), and GoTrue (@supabase/auth-js).
import { createServer, type IncomingMessage, type Server as HTTPServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pause, type Time } from './time.ts'

/** What a refresh meets. */
export type Fault = 'cut' | 'lose' | 'html' | 500 | 502 | 429

class Refused extends Error {}

const lifetime = 300 // seconds
const leeway = 30_000 // after the successor was seen in use

export class Server {
  origin = ''
  /** Refresh requests that arrived, whatever became of them. */
  refreshes = 0
  /** Requests to the API that arrived. */
  calls = 0
  /** Idempotency keys for which something was done. */
  readonly effects = new Map<string, number>()
  offline = false
  /** Whether the token before the current one is reuse at once, as with RFC 9700 and no overlap. */
  strict = false
  /** Whether a refresh is cut, for as long as this is true. */
  refreshCut = false
  /** How long a refresh takes, in milliseconds. */
  latency = 60
  readonly #faults: Fault[] = []
  readonly #http: HTTPServer
  readonly #time: Time
  readonly #tokens = new Map<string, { expires: number; counter: number }>()
  #counter = 0
  #usedAt: number | null = null
  #ended = false
  #issued = 0

  private constructor(time: Time) {
    this.#time = time
    this.#http = createServer((request, response) => void this.#receive(request, response))
  }

  static async open(time: Time): Promise<Server> {
    const server = new Server(time)
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve))
    server.origin = `http://127.0.0.1:${(server.#http.address() as AddressInfo).port}`
    return server
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  /** Whether the session lives. */
  get alive(): boolean { return !this.#ended }

  /** Does something to the next refresh. */
  upset(fault: Fault): void { this.#faults.push(fault) }

  /** Makes the API refuse every access token that is out. The session lives, and clients are not told. */
  expireTokens(): void { this.#tokens.clear() }

  /** Somebody else refreshes with the client's token, and uses what they are given. */
  steal(): void {
    this.#rotate(this.#counter)
    this.#usedAt = this.#time.now()
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const url = new URL(request.url ?? '/', this.origin)
    try {
      if (url.pathname.startsWith('/api/')) await this.#api(request, response, url)
      else await this.#auth(request, response, url, body)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refuse(response, url.pathname, error.message)
    }
  }

  async #api(request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): Promise<void> {
    this.calls++
    if (this.offline) return void request.socket.destroy()
    const token = this.#tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '')
    const good = token && !this.#ended && token.expires > this.#time.now()
    await pause(Number(searchParams.get('ms')))
    if (pathname === '/api/own-401') return json(response, 401, { error: 'wrong PIN' })
    if (!good || pathname === '/api/always-401') return unauthorized(response)
    if (token.counter === this.#counter) this.#usedAt ??= this.#time.now()
    if (pathname === '/api/effect' && this.#effect(String(request.headers['idempotency-key']))) return unauthorized(response)
    json(response, 200, { ok: true })
  }

  /** Whether this is the first time for the key. Then the token is refused after the deed. */
  #effect(key: string): boolean {
    const times = this.effects.get(key) ?? 0
    this.effects.set(key, times + 1)
    if (times === 0) this.expireTokens()
    return times === 0
  }

  async #auth(request: IncomingMessage, response: ServerResponse, url: URL, body: string): Promise<void> {
    const asked = read(body, String(request.headers['content-type']))
    const path = url.pathname
    const refreshing = path === '/auth/api/refresh' || (asked['grant_type'] ?? url.searchParams.get('grant_type')) === 'refresh_token'
    if (refreshing) this.refreshes++
    if (this.offline) return void request.socket.destroy()
    if (path === '/auth/api/refresh/confirm') {
      if (asked['refresh_token'] === `r.${this.#counter}`) this.#usedAt ??= this.#time.now()
      return void response.writeHead(204).end()
    }
    if (!refreshing) return this.#hand(response, path)
    await pause(this.latency)
    const fault = this.refreshCut ? 'cut' : this.#faults.shift()
    if (fault === 'cut') return void request.socket.destroy()
    if (fault && fault !== 'lose') {
      const status = fault === 'html' ? 200 : fault
      return void response.writeHead(status, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Something else</title>')
    }
    this.#rotate(Number(asked['refresh_token']?.slice(2)))
    if (fault === 'lose') return void request.socket.destroy()
    this.#hand(response, path)
  }

  /** The token before the current one is given the same successor until that was seen in use, and a little longer. Anything else is reuse. */
  #rotate(presented: number): void {
    if (this.#ended) throw new Refused('session_ended')
    const overlap = !this.strict && (this.#usedAt === null || this.#time.now() < this.#usedAt + leeway)
    if (presented === this.#counter - 1 && overlap) return
    if (presented !== this.#counter) {
      this.#ended = true
      throw new Refused('refresh_reused')
    }
    this.#counter++
    this.#usedAt = null
  }

  #hand(response: ServerResponse, path: string): void {
    const now = this.#time.now()
    const exp = Math.floor(now / 1000) + lifetime
    const access_token = jwt({ sub: 'u1', sid: 's1', iat: exp - lifetime, exp, jti: `t${++this.#issued}` })
    this.#tokens.set(access_token, { expires: exp * 1000, counter: this.#counter })
    const tokens = { access_token, token_type: 'Bearer', expires_in: lifetime, refresh_token: `r.${this.#counter}` }
    const date = new Date(now).toUTCString()
    if (path.startsWith('/gotrue')) return json(response, 200, { ...tokens, expires_at: exp, user: { id: 'u1', aud: 'authenticated', email: 'alice@example.com' } }, date)
    if (path === '/auth/token') return json(response, 200, { ...tokens, scope: 'notes' }, date)
    json(response, 200, {
      ...tokens, expires_at: new Date(exp * 1000).toISOString(), session: { id: 's1', expires_at: new Date(now + 90 * 86_400_000).toISOString() },
      user: { id: 'u1', username: 'alice', name: 'Alice', roles: [] },
    }, date)
  }
}

function json(response: ServerResponse, status: number, value: object, date?: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...date && { Date: date } }).end(JSON.stringify(value))
}

function unauthorized(response: ServerResponse): void {
  response.setHeader('WWW-Authenticate', 'Bearer realm="notes", error="invalid_token"')
  json(response, 401, { status: 401, code: 'token_expired', title: 'Unauthorized', detail: 'The token expired.' })
}

/** Says no in the words of the dialect. */
function refuse(response: ServerResponse, path: string, code: string): void {
  if (path.startsWith('/gotrue')) return json(response, 400, { code: 400, error_code: 'refresh_token_already_used', msg: 'Invalid Refresh Token: Already Used' })
  if (path === '/auth/token') return json(response, 400, { error: 'invalid_grant' })
  json(response, 401, { status: 401, code, title: 'Unauthorized', detail: code })
}

async function text(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function read(body: string, type: string): Record<string, string> {
  if (!body) return {}
  return type.startsWith('application/json') ? (JSON.parse(body) as Record<string, string>) : Object.fromEntries(new URLSearchParams(body))
}

/** Clients look into it; nobody checks the signature. */
function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}.${Buffer.from('unsigned').toString('base64url')}`
}
