// What requests with and without a token reach in tests.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly method: string
  readonly path: string
  readonly token: string | null
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface Api {
  readonly url: string
  readonly received: Received[]
  /** The tokens that are not refused as expired. */
  valid: Set<string>
  /** Answers after so many milliseconds. */
  delay: (received: Received) => number
  /** The script of the page at `/`, for browsers. */
  script: string
}

/** An API on loopback: `/own` refuses for its own reason, `/bare` in a header only, everything else wants a valid token and tells what came. */
export async function startApi(): Promise<Api> {
  const api: Api = { url: '', received: [], valid: new Set(['t2']), delay: () => 0, script: '' }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const token = headers.authorization?.replace('Bearer ', '') ?? null
    const received = { method, path: url, token, headers, body: Buffer.concat(chunks) }
    api.received.push(received)
    await new Promise((resolve) => setTimeout(resolve, api.delay(received)))
    const refuse = (code: string) =>
      response
        .writeHead(401, { 'Content-Type': 'application/problem+json', 'WWW-Authenticate': 'Bearer realm="test"' })
        .end(JSON.stringify({ status: 401, code }))
    if (url === '/') response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><script type="module">${api.script}</script>`)
    else if (url.startsWith('/own')) refuse('wrong_pin')
    else if (token !== null && api.valid.has(token)) response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ length: received.body.length }))
    else if (url.startsWith('/bare')) response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="test", error="invalid_token"' }).end()
    else refuse(token === null ? 'token_missing' : 'token_expired')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  return Object.assign(api, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}
