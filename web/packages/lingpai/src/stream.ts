// Streams with the token: server-sent events and WebSockets that come back by themselves, with a fresh token each time, and end with the
// session. Loaded with the first of them.

import type { Feed } from './core.js'
import { AuthError } from './errors.js'
import { after } from './clock.js'
import { addressOf } from './origins.js'
import { heals } from './replay.js'

/** The face of an EventSource or a WebSocket that the page holds already. */
export type Line<T> = { -readonly [name in keyof T]: T[name] }

/** An event of a stream, as the HTML standard calls its parts. */
export interface StreamEvent {
  readonly type: string
  readonly data: string
  readonly lastEventId: string
}

const longestPause = 60_000

/** How long to wait before the next try: twice as long each time, and never all at once. */
const pauseOf = (first: number, tries: number): number => Math.min(first * 2 ** tries, longestPause) * (0.75 + Math.random() / 2)

/** Resolves after a while, or when the stream is given up. */
const sleep = ({ core }: Feed, milliseconds: number, signal: AbortSignal): Promise<void> => new Promise(resolve => {
  const cancel = after(core.clock, milliseconds, resolve)
  signal.addEventListener('abort', () => { cancel(); resolve() }, { once: true })
})

/** Aborts when the session ends that there is now. */
export function withSession({ core: { state } }: Feed, end: () => void): () => void {
  const { id } = state.session
  return state.on(({ session }) => { if (session.id !== id) end() })
}

export interface Listener {
  open?(): void
  event(event: StreamEvent): void
  /** The connection is gone; it comes back. */
  lost?(): void
}

/**
 * Reads server-sent events until the signal, or until the server says that there are none (204, or what is no event stream). Rejects with an
 * AuthError when there is nothing to come back for.
 */
export async function follow(feed: Feed, url: string, credentials: RequestCredentials, signal: AbortSignal, listener: Listener): Promise<void> {
  const memory = { id: '', pause: 3000 }
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      const response = await connect(feed, url, credentials, signal, memory.id)
      if (response.status === 204) return
      const wait = Number(response.headers.get('Retry-After')) * 1000
      if (response.status === 429 || response.status >= 500) {
        await sleep(feed, wait, signal)
        throw null
      }
      if (!response.ok || !/^text\/event-stream/.test(response.headers.get('Content-Type') ?? '')) {
        throw new AuthError('not_lingpai', { status: response.status, message: 'This is no event stream' })
      }
      listener.open?.()
      tries = 0
      for await (const event of eventsOf(response.body!, memory, signal)) if (!signal.aborted) listener.event(event)
    } catch (error) {
      if (error instanceof AuthError && !(error.retryable && !error.status)) throw error
    }
    if (signal.aborted) return
    listener.lost?.()
    await sleep(feed, pauseOf(memory.pause, tries), signal)
  }
}

async function connect(feed: Feed, url: string, credentials: RequestCredentials, signal: AbortSignal, last: string): Promise<Response> {
  const request = { url, method: 'GET' }
  const attempt = async () => {
    const signed = await feed.sign(request)
    const headers: Record<string, string> = { Accept: 'text/event-stream', ...signed.headers }
    if (last) headers['Last-Event-ID'] = last
    return { signed, response: await feed.core.fetch(url, { headers, credentials, signal, cache: 'no-store' }) }
  }
  const judged = async ({ signed, response }: Awaited<ReturnType<typeof attempt>>): Promise<boolean> => {
    const { status, headers } = response
    const problem = status === 401 && await response.clone().json().catch(() => null)
    const answer = { status, code: problem?.code, header: (name: string) => headers.get(name) }
    const again = await feed.judge(request, signed, answer)
    if (!again && heals(answer)) throw new AuthError(problem?.code ?? 'session_ended', { status })
    return again
  }
  const first = await attempt()
  if (!await judged(first)) return first.response
  const second = await attempt()
  if (second.response.status === 401) throw new AuthError('still_unauthorized', { status: 401 })
  return second.response
}

/** Parses an event stream by the HTML standard, section 9.2.6. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, memory: { id: string; pause: number }, signal?: AbortSignal): AsyncGenerator<StreamEvent> {
  let type = '', data = ''
  for await (const line of linesOf(body, signal)) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (line === '') {
      if (data) yield { type: type || 'message', data: data.slice(0, -1), lastEventId: memory.id }
      type = data = ''
    } else if (field === 'data') data += `${value}\n`
    else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) memory.id = value
    else if (field === 'retry' && /^\d+$/.test(value)) memory.pause = Number(value)
  }
}

/** Lines end with CR LF, CR or LF; a CR at the end of a chunk may be half of one. */
async function* linesOf(body: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  const cancel = (): void => void reader.cancel().catch(() => {})
  signal?.addEventListener('abort', cancel)
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      rest += value
      const lines = rest.split(rest.endsWith('\r') ? /\r\n|\n|\r(?!$)/ : /\r\n|\n|\r/)
      rest = lines.pop()!
      yield* lines
    }
  } finally {
    signal?.removeEventListener('abort', cancel)
    cancel()
  }
}

const call = (target: EventTarget, event: Event): void => {
  target.dispatchEvent(event)
  ;(target as unknown as Record<string, ((event: Event) => void) | null>)[`on${event.type}`]?.(event)
}

/** Fills an EventSource with life. */
export async function runEventSource(feed: Feed, source: Line<EventSource>, signal: AbortSignal, { withCredentials = false } = {}): Promise<void> {
  Object.assign(source, { CONNECTING: 0, OPEN: 1, CLOSED: 2, withCredentials, url: addressOf(source.url)?.href ?? source.url })
  const stop = new AbortController()
  signal.addEventListener('abort', () => { source.readyState = 2 })
  const credentials = withCredentials ? 'include' : 'same-origin'
  const off = withSession(feed, () => stop.abort())
  signal.addEventListener('abort', () => stop.abort())
  if (signal.aborted) stop.abort()
  await follow(feed, source.url, credentials, stop.signal, {
    open() { source.readyState = 1; call(source, new Event('open')) },
    event({ type, ...init }) { call(source, new MessageEvent(type, init)) },
    lost() { source.readyState = 0; call(source, new Event('error')) },
  }).catch(() => {}) // An EventSource says no more than "error".
  off()
  source.readyState = 2
  if (!signal.aborted) call(source, new Event('error'))
}

/** Codes by which a server says that it is done, rather than that something broke. */
const over = (code: number): boolean => code === 1000 || code === 1008 || code >= 4000 && code !== 4401

/** Fills a WebSocket with life. */
export async function runWebSocket(feed: Feed, line: Line<WebSocket>, signal: AbortSignal, wanted: string | readonly string[] = []): Promise<void> {
  const protocols = [wanted].flat() as string[]
  const unready = (): never => { throw new DOMException('The WebSocket is not open', 'InvalidStateError') }
  Object.assign(line, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3, url: (addressOf(line.url)?.href ?? line.url).replace(/^http/, 'ws'), protocol: '', extensions: '' })
  line.binaryType ??= 'blob'
  line.send = unready
  let ended: CloseEventInit = { code: 1000, wasClean: true }
  let refused = false
  const request = { url: line.url.replace(/^ws/, 'http'), method: 'GET' }
  const stop = new AbortController()
  const off = withSession(feed, () => { ended = { code: 4401, reason: 'session ended', wasClean: true }; stop.abort() })
  signal.addEventListener('abort', () => stop.abort())
  if (signal.aborted) stop.abort()
  for (let tries = 0; !stop.signal.aborted; tries++) {
    try {
      const signed = await feed.sign(request)
      const { DPoP: proof } = signed.headers
      const tokens = signed.token ? ['lingpai', `lingpai.token.${signed.token}`, ...proof ? [`lingpai.proof.${proof}`] : []] : []
      const { opened, event } = await connection(line, [...tokens, ...protocols], stop.signal, signal)
      if (opened) tries = 0
      ended = { code: event.code, reason: event.reason, wasClean: event.wasClean }
      if (over(event.code) || event.code === 4401 && refused) break
      refused = event.code === 4401
      if (refused && !await feed.judge(request, signed, { status: 401, code: 'token_expired', header: () => null })) break
    } catch (error) {
      if (!(error instanceof AuthError && error.retryable)) break // An address or a protocol that no WebSocket takes stays what it is.
    }
    if (stop.signal.aborted) break
    line.readyState = 0
    line.send = unready
    call(line, new Event('error'))
    if (!refused) await sleep(feed, pauseOf(1000, tries), stop.signal)
  }
  off()
  line.readyState = 3
  call(line, new CloseEvent('close', ended))
}

/** One connection, until it is closed. */
function connection(line: Line<WebSocket>, protocols: string[], stop: AbortSignal, asked: AbortSignal): Promise<{ opened: boolean; event: CloseEvent }> {
  return new Promise(resolve => {
    let opened = false
    const socket = new WebSocket(line.url, protocols)
    socket.binaryType = line.binaryType
    const close = (): void => {
      const { code, reason } = (asked.reason ?? {}) as { code?: number; reason?: string }
      socket.close(code, reason)
    }
    if (stop.aborted) close()
    stop.addEventListener('abort', close, { once: true })
    const send = (data: Parameters<WebSocket['send']>[0]): void => {
      socket.binaryType = line.binaryType
      socket.send(data)
    }
    socket.onopen = () => {
      opened = true
      Object.assign(line, { readyState: 1, protocol: socket.protocol, extensions: socket.extensions, send })
      call(line, new Event('open'))
    }
    socket.onmessage = ({ data, origin }) => call(line, new MessageEvent('message', { data, origin }))
    socket.onclose = event => {
      stop.removeEventListener('abort', close)
      resolve({ opened, event })
    }
  })
}
