import { describe, expect, it, vi } from 'vitest'
import { eventsOf as parse } from '../src/stream.js'
import type { Keep } from '../src/types.js'
import { alice, eventsOf, fakeWindow, soon, world } from './world.js'

const encoder = new TextEncoder()

async function parsed(...chunks: (string | Uint8Array)[]) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
      controller.close()
    },
  })
  const memory = { id: '', pause: 3000 }
  const events: object[] = []
  for await (const event of parse(body, memory)) events.push(event)
  return { events, memory }
}

describe('an event stream is read as the HTML standard says', () => {
  it.each<[string, string[], object[]]>([
    ['events, names and ids', ['id: 7\nevent: a\ndata: one\ndata: two\n\n', 'data: three\n\n'], [{ type: 'a', data: 'one\ntwo', lastEventId: '7' }, { type: 'message', data: 'three', lastEventId: '7' }]],
    ['comments and unknown fields', [': beat\n\nfoo: bar\n\ndata: x\n\n'], [{ type: 'message', data: 'x', lastEventId: '' }]],
    ['CR LF, cut anywhere', ['data: a\r', '\ndata: b\r\n\r', '\n'], [{ type: 'message', data: 'a\nb', lastEventId: '' }]],
    ['CR alone', ['data: a\rdata: b\r\rdata: c\r\r', '\n'], [{ type: 'message', data: 'a\nb', lastEventId: '' }, { type: 'message', data: 'c', lastEventId: '' }]],
    ['one space and no colon', ['data:  x\ndata\n\n'], [{ type: 'message', data: ' x\n', lastEventId: '' }]],
    ['an event that is not finished', ['data: x\n\ndata: lost\n'], [{ type: 'message', data: 'x', lastEventId: '' }]],
    ['a byte order mark', ['\ufeffdata: x\n\n'], [{ type: 'message', data: 'x', lastEventId: '' }]],
  ])('%s', async (_, chunks, wanted) => {
    expect((await parsed(...chunks)).events).toEqual(wanted)
  })

  it('letters cut in two', async () => {
    const bytes = encoder.encode('data: 令牌\n\n')
    expect((await parsed(bytes.slice(0, 7), bytes.slice(7))).events).toEqual([{ type: 'message', data: '令牌', lastEventId: '' }])
  })

  it('retry, and an id with a zero in it', async () => {
    const { memory } = await parsed('retry: 50\nretry: x\nid: a\0b\nid: ok\ndata: x\n\n')
    expect(memory).toEqual({ id: 'ok', pause: 50 })
  })
})

/** An API that answers with event streams, and ends them. */
function streams(server: ReturnType<typeof world>['server']) {
  const open: { controller: ReadableStreamDefaultController<Uint8Array>; headers: Headers }[] = []
  server.api = request => new Response(new ReadableStream<Uint8Array>({
    start: controller => void open.push({ controller, headers: request.headers }),
  }), { headers: { 'Content-Type': 'text/event-stream' } })
  const say = (text: string): void => open.at(-1)!.controller.enqueue(encoder.encode(text))
  return { open, say, cut: () => open.at(-1)!.controller.close() }
}

describe('eventSource', () => {
  it('P40: comes back with the token of the day, and with the last id', async () => {
    const { a, server, clock } = world({ keep: 'storage' })
    await a.signIn(alice)
    const { open, say, cut } = streams(server)
    const source = a.eventSource('/api/feed')
    const got: string[] = []
    source.onmessage = event => void got.push(event.data)
    source.addEventListener('named', event => void got.push(`named ${(event as MessageEvent).data}`))
    expect(source.readyState).toBe(0)
    await soon()
    expect(source.readyState).toBe(1)
    say('id: 5\ndata: one\n\nevent: named\ndata: two\n\n')
    await soon()
    await clock.advance(400_000)
    const errors = vi.fn()
    source.onerror = errors
    cut()
    await soon()
    expect(source.readyState).toBe(0)
    expect(errors).toHaveBeenCalledTimes(1)
    await clock.advance(6000)
    await soon()
    say('data: three\n\n')
    await soon()
    expect(got).toEqual(['one', 'named two', 'three'])
    expect(open).toHaveLength(2)
    expect(open[1]!.headers.get('Last-Event-ID')).toBe('5')
    expect(open[1]!.headers.get('Authorization')).not.toBe(open[0]!.headers.get('Authorization'))
    source.close()
    expect(source.readyState).toBe(2)
  })

  it('an expired token is healed like that of any request', async () => {
    const { a, server } = world({ keep: 'storage' })
    await a.signIn(alice)
    server.expireTokens()
    const { open } = streams(server)
    const source = a.eventSource('/api/feed')
    await soon()
    expect(source.readyState).toBe(1)
    expect(open).toHaveLength(1)
    source.close()
  })

  it('is closed when the session ends', async () => {
    const { a, server } = world({ keep: 'storage' })
    await a.signIn(alice)
    streams(server)
    const source = a.eventSource('/api/feed')
    await soon()
    await a.signOut()
    await soon()
    expect(source.readyState).toBe(2)
  })

  it.each([[204, null], [404, 'text/event-stream'], [200, 'text/html']])('%d %s ends it for good', async (status, type) => {
    const { a, server } = world({ keep: 'storage' })
    await a.signIn(alice)
    let asked = 0
    server.api = () => { asked++; return new Response(status === 204 ? null : 'x', { status, headers: type ? { 'Content-Type': type } : {} }) }
    const source = a.eventSource('/api/feed')
    await soon()
    expect(source.readyState).toBe(2)
    expect(asked).toBe(1)
  })

  it('closed at once, it asks for nothing', async () => {
    const { a, server } = world({ keep: 'storage' })
    await a.signIn(alice)
    streams(server)
    const before = server.seen.length
    a.eventSource('/api/feed').close()
    await soon()
    expect(server.seen.length).toBe(before)
  })
})

class FakeSocket extends EventTarget {
  static all: FakeSocket[] = []
  readyState = 0
  binaryType = 'blob'
  protocol = 'lingpai'
  extensions = ''
  sent: unknown[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: object) => void) | null = null
  onclose: ((event: object) => void) | null = null
  constructor(readonly url: string, readonly protocols: string[]) { super(); FakeSocket.all.push(this) }
  send(data: unknown): void { this.sent.push(data) }
  open(): void { this.onopen!() }
  drop(code: number): void { this.onclose!({ code, reason: '', wasClean: code !== 1006 }) }
  close(code = 1005): void { queueMicrotask(() => this.drop(code)) }
}

describe('webSocket', () => {
  const start = async () => {
    vi.stubGlobal('WebSocket', FakeSocket)
    vi.stubGlobal('CloseEvent', class extends Event { constructor(type: string, init: object) { super(type); Object.assign(this, init) } })
    FakeSocket.all = []
    const tabs = world({ keep: 'storage' })
    await tabs.a.signIn(alice)
    const line = tabs.a.webSocket('/api/ws', 'chat')
    await soon()
    return { ...tabs, line, sockets: FakeSocket.all }
  }

  it('P40: sends the token as a subprotocol, and a fresh one after 4401', async () => {
    const { line, sockets, server } = await start()
    expect(sockets[0]!.url).toMatch(/^ws:/)
    const [name, token, own] = sockets[0]!.protocols
    expect([name, own]).toEqual(['lingpai', 'chat'])
    expect(token).toMatch(/^lingpai\.token\.ey/)
    sockets[0]!.open()
    expect(line.readyState).toBe(1)
    line.send('hello')
    expect(sockets[0]!.sent).toEqual(['hello'])
    sockets[0]!.drop(4401)
    await soon()
    expect(server.count('refresh')).toBe(1)
    expect(sockets).toHaveLength(2)
    expect(sockets[1]!.protocols[1]).not.toBe(token)
    expect(() => line.send('early')).toThrow('not open')
    line.close()
  })

  it('a second 4401 in a row ends it', async () => {
    const { line, sockets } = await start()
    const closed = vi.fn()
    line.onclose = closed
    sockets[0]!.drop(4401)
    await soon()
    sockets[1]!.drop(4401)
    await soon()
    expect(line.readyState).toBe(3)
    expect(closed).toHaveBeenCalledTimes(1)
    expect(closed.mock.calls[0]![0]).toMatchObject({ code: 4401 })
  })

  it('comes back after it broke off, later each time', async () => {
    const { sockets, line, clock } = await start()
    sockets[0]!.drop(1006)
    await clock.advance(1500)
    expect(sockets).toHaveLength(2)
    sockets[1]!.drop(1006)
    await clock.advance(1400)
    expect(sockets).toHaveLength(2)
    await clock.advance(1600)
    expect(sockets).toHaveLength(3)
    line.close()
  })

  it('is over when the server says so, or the session is', async () => {
    const { sockets, line, a, clock } = await start()
    sockets[0]!.open()
    sockets[0]!.drop(1000)
    await clock.advance(60_000)
    expect([line.readyState, sockets.length]).toEqual([3, 1])
    const second = a.webSocket('/api/ws')
    await soon()
    sockets[1]!.open()
    await a.signOut()
    await clock.advance(60_000)
    expect([second.readyState, sockets.length]).toEqual([3, 2])
  })

  it('an address that no WebSocket takes ends it', async () => {
    const { a } = await start()
    vi.stubGlobal('WebSocket', class { constructor() { throw new DOMException('bad', 'SyntaxError') } })
    const line = a.webSocket('/api/ws#x')
    const closed = vi.fn()
    line.onclose = closed
    await soon()
    expect(line.readyState).toBe(3)
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('closed by the page, it says so once', async () => {
    const { sockets, line } = await start()
    const closed = vi.fn()
    line.addEventListener('close', closed)
    sockets[0]!.open()
    line.close(1000, 'bye')
    await soon()
    expect(line.readyState).toBe(3)
    expect(closed).toHaveBeenCalledTimes(1)
  })
})

describe.each<Keep>(['memory', 'storage', 'cookie'])('the server ends the session in open tabs, with keep: %s', keep => {
  it('within a second, wherever it was decided', async () => {
    fakeWindow('http://localhost/')
    const { a, b, server } = world({ keep })
    await a.signIn(alice)
    await soon(100)
    const events = [eventsOf(a), eventsOf(b)]
    const before = server.count('refresh')
    server.endSessions('alice')
    await soon()
    for (const one of events) expect(one).toMatchObject([{ name: 'signed_out', reason: 'revoked' }])
    expect(server.count('refresh')).toBe(before)
  })

  it('hidden tabs hold no stream, and look again when they are seen', async () => {
    const page = fakeWindow('http://localhost/')
    const { a, b, server } = world({ keep })
    b.dispose()
    await a.signIn(alice)
    await soon(100)
    const before = server.count('events')
    page.hide()
    await soon()
    server.endSessions('alice', 'account_disabled')
    await soon()
    expect(a.session.status).toBe('in')
    page.show()
    await soon()
    expect(server.count('events')).toBeLessThanOrEqual(before + 1)
    expect(a.session.status).toBe('out')
    a.dispose()
  })

  it('an old server without the stream is left alone', async () => {
    fakeWindow('http://localhost/')
    const { a, b, server, clock } = world({ keep })
    b.dispose()
    server.intercept('events', () => new Response('Not found', { status: 404 }))
    await a.signIn(alice)
    await soon(100)
    await clock.advance(600_000)
    expect(a.session.status).toBe('in')
    expect(server.count('events')).toBe(1)
  })
})

it('a stream that breaks off says nothing about the session', async () => {
  fakeWindow('http://localhost/')
  const { a, b, server, clock } = world({ keep: 'storage' })
  b.dispose()
  server.intercept('events', () => new Response('event: ready\ndata: {}\n\n', { headers: { 'Content-Type': 'text/event-stream' } }))
  await a.signIn(alice)
  await soon(100)
  expect(a.session.status).toBe('in')
  await clock.advance(10_000)
  await soon()
  expect(server.count('events')).toBe(2)
})
