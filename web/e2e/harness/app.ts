// An app of somebody else: an origin of its own, and what the browser brings there.
import { createServer, type IncomingMessage, type Server as HTTPServer, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificate } from './authority.ts'

/** What is at a path of the app. */
export interface Served {
  type: string
  text: string | Buffer
}

export class App {
  origin = ''
  #arrivals: Request[] = []
  readonly #http: HTTPServer

  private constructor(readonly served: Record<string, Served>, tls?: Certificate) {
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response)
    this.#http = tls ? createSecure({ cert: tls.cert, key: tls.key }, answer) : createServer(answer)
  }

  /** By https, if it has a certificate. */
  static async open(served: Record<string, Served> = {}, tls?: Certificate): Promise<App> {
    const app = new App(served, tls)
    await new Promise<void>((resolve) => app.#http.listen(0, '127.0.0.1', resolve))
    app.origin = `${tls ? 'https' : 'http'}://localhost:${(app.#http.address() as AddressInfo).port}`
    return app
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  /** Where answers go, and where a sign-out leads. */
  get callback(): string { return `${this.origin}/callback` }
  get goodbye(): string { return `${this.origin}/goodbye` }

  /** The flags that register these two. */
  get addresses(): string[] { return ['--redirect-uri', this.callback, '--post-logout-redirect-uri', this.goodbye] }

  /** Takes the request by which the browser came back. It is an error if it did not, or came twice. */
  arrival(): Request {
    const [first, ...more] = this.#arrivals.splice(0)
    if (!first || more.length > 0) throw new Error(`the browser came back to the app ${first ? more.length + 1 : 0} times`)
    return first
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.origin)
    const served = this.served[url.pathname]
    if (served) return void response.writeHead(200, { 'Content-Type': served.type }).end(served.text)
    if (url.href.split('?')[0] !== this.callback && url.href.split('?')[0] !== this.goodbye) return void response.writeHead(404).end()
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const post = incoming.method === 'POST' && { method: 'POST', body: Buffer.concat(parts), headers: { 'Content-Type': incoming.headers['content-type'] ?? '' } }
    this.#arrivals.push(new Request(url, post || {}))
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>The app</title>')
  }
}
