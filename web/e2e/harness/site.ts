// An app's origin: its pages, the package, an API behind login, and Lingpai under /auth, all of it through a wire that can be cut.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request as send, type Server as HTTPServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { root } from './build.ts'
import { Server, type Settings } from './server.ts'

/** What the wire does to a request. */
export type Fault =
  | 'cut' // the request never arrives
  | 'lose' // it arrives, and its answer does not come back
  | 'twice' // it arrives two times, and the second answer comes back
  | 'html' // something else answers with a page, status 200
  | 'bad_gateway' // a proxy answers 502 with a page
  | { delay: number } // milliseconds, before it is sent
  | { hold: Promise<unknown> } // the answer waits for this

export interface Exchange {
  method: string
  path: string
  status: number // 0: no answer came back
  code?: string
  authorization?: string
}

type Rule = { matches: (method: string, path: string) => boolean; fault: Fault; times: number }

const types: Record<string, string> = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.html': 'text/html', '.css': 'text/css' }

export class Site {
  readonly exchanges: Exchange[] = []
  /** The body of each exchange. */
  readonly bodies: string[] = []
  origin = ''
  server!: Server
  #http!: HTTPServer
  #rules: Rule[] = []

  static async open(settings: Settings = {}): Promise<Site> {
    const site = new Site()
    site.#http = createServer((request, response) => void site.#answer(request, response))
    await new Promise<void>((resolve) => site.#http.listen(0, '127.0.0.1', resolve))
    site.origin = `http://localhost:${(site.#http.address() as AddressInfo).port}`
    site.server = new Server(site.origin, settings)
    await site.server.start()
    return site
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
    await this.server.dispose()
  }

  /** Does something to the next requests (one, unless `times` says more) whose method and path match, such as `POST /auth/api/refresh`. */
  upset(match: string | RegExp, fault: Fault, times = 1): void {
    const matches = (method: string, path: string) => (typeof match === 'string' ? `${method} ${path}` === match : match.test(`${method} ${path}`))
    this.#rules.push({ matches, fault, times })
  }

  /** Cuts or mends the whole wire to Lingpai and the API; pages still load. */
  set offline(is: boolean) {
    this.#rules = this.#rules.filter((rule) => rule.times !== Infinity)
    if (is) this.#rules.push({ matches: (_, path) => !path.startsWith('/app'), fault: 'cut', times: Infinity })
  }

  calm(): void {
    this.#rules = []
    this.exchanges.length = this.bodies.length = 0
  }

  count(match: string): number {
    return this.exchanges.filter((e) => `${e.method} ${e.path}` === match).length
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin)
    if (url.pathname.startsWith('/app')) return page(url.pathname, response)
    const exchange: Exchange = { method: request.method ?? 'GET', path: url.pathname, status: 0 }
    if (request.headers.authorization) exchange.authorization = request.headers.authorization
    this.exchanges.push(exchange)
    const body = await read(request)
    this.bodies.push(body.toString())
    const fault = this.#take(exchange)
    if (fault === 'cut') return void request.socket.destroy()
    if (fault === 'html' || fault === 'bad_gateway') {
      exchange.status = fault === 'html' ? 200 : 502
      return void response.writeHead(exchange.status, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Something else</title>')
    }
    if (url.pathname === '/api/own-401') {
      exchange.status = 401
      return void response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error":"wrong PIN"}')
    }
    if (typeof fault === 'object' && 'delay' in fault) await new Promise((resolve) => setTimeout(resolve, fault.delay))
    if (fault === 'twice') await this.#forward(request, url, body)
    const answer = await this.#forward(request, url, body)
    if (typeof fault === 'object' && 'hold' in fault) await fault.hold
    if (!answer || fault === 'lose') return void request.socket.destroy()
    exchange.status = answer.statusCode ?? 0
    response.writeHead(exchange.status, answer.headers)
    if (answer.headers['content-type']?.startsWith('text/event-stream')) {
      response.on('close', () => answer.destroy())
      return void answer.pipe(response)
    }
    const text = await read(answer)
    if (exchange.status >= 400) exchange.code = code(text)
    response.end(text)
  }

  #take(exchange: Exchange): Fault | undefined {
    const rule = this.#rules.find((r) => r.times > 0 && r.matches(exchange.method, exchange.path))
    if (rule) rule.times--
    return rule?.fault
  }

  // /api/… stands for an app's API: it asks Lingpai who is there, so its refusals are the real ones. /api/own-401 refuses for reasons of its own.
  #forward(request: IncomingMessage, url: URL, body: Buffer): Promise<IncomingMessage | undefined> {
    const path = url.pathname.startsWith('/api/') ? '/auth/api/me' : url.pathname + url.search
    const method = url.pathname.startsWith('/api/') ? 'GET' : request.method
    const headers = { ...request.headers }
    if (method === 'GET') {
      delete headers['content-length']
      delete headers['content-type']
      delete headers['transfer-encoding']
    }
    return new Promise((resolve) => {
      const out = send({ host: '127.0.0.1', port: this.server.port, path, method, headers }, resolve)
      out.on('error', () => resolve(undefined))
      out.end(method === 'GET' ? undefined : body)
    })
  }
}

async function read(from: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of from) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function code(text: Buffer): string | undefined {
  try {
    return (JSON.parse(text.toString()) as { code?: string }).code
  } catch {
    return undefined
  }
}

async function page(path: string, response: ServerResponse): Promise<void> {
  const file = path.startsWith('/app/lingpai/') ? join(root, 'web/packages/lingpai/dist', normalize(path.slice('/app/lingpai'.length))) : join(import.meta.dirname, 'page.html')
  try {
    const text = await readFile(file)
    // Not no-store, which keeps a page out of the back-forward cache.
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-cache' }).end(text)
  } catch {
    response.writeHead(404).end()
  }
}
