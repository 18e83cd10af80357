// createAuth: puts the parts together.

import type { Answer, Auth, AuthOptions, EndReason, Outgoing, Session, Signed, SignOutScope } from './types.js'
import { leave, revoke, type Core, type Feed } from './core.js'
import { AuthError } from './errors.js'
import { after, systemClock, visible, within } from './clock.js'
import { fetchWith, heals } from './fetch.js'
import { left, margin } from './holding.js'
import { addressOf, recipients } from './origins.js'
import { only, refresherOf } from './refresh.js'
import { serverOf, type Prover } from './server.js'
import { stateOf } from './state.js'
import { localStorageOrNull, pack, placeOf, read, unpack } from './store.js'
import { listen, tabsOf, type Message } from './tabs.js'

/** Makes the one Auth of a page. It looks for a session at once, and stays until {@link Auth.dispose}. */
export function createAuth(options: AuthOptions = {}): Auth {
  const core = coreOf(options)
  const { keep, clock, state, refresher } = core
  const allowed = recipients([...options.origins ?? ['/'], core.base || '/'])
  const nowhere = !globalThis.location && !options.fetch && core.base[0] === '/' // A page that is rendered on a server.
  const ready = nowhere ? Promise.resolve(state.session) : restore(core)
  const current = async (minValidity?: number): Promise<string | null> => (await ready, token(core, minValidity))
  const feed: Feed = {
    core,
    sign: async request => allowed(request.url) && await current(request.minValidity).then(() => signed(core, request)) || nothing,
    judge: (...all) => judge(core, ...all),
  }
  const stops = ['online', 'pageshow', 'focus', 'visibilitychange'].map(event => listen(event, e => wake(core, e)))
  stops.push(listen('storage', refresher.sync), core.tabs.close, refresher.stop, watch(feed, options, () => signOut(core, 'this', 'idle')))
  return {
    keep, sign: feed.sign, judge: feed.judge,
    get session() { return state.session },
    ready: () => ready,
    signIn: credentials => ready.then(() => lazy(import('./signin.js'))).then(part => part.signIn(core, credentials)),
    signOut: ({ scope = 'this' } = {}) => signOut(core, scope),
    refresh: () => ready.then(refresher.refresh),
    token: ({ minValidity, timeout } = {}) => within(clock, timeout, current(minValidity)),
    fetch: fetchWith(feed),
    on: (_, listener) => state.on(listener),
    eventSource: (url, init) => lineTo(feed, url, 2, (part, ...all) => part.runEventSource(...all, init)),
    webSocket: (url, protocols) => lineTo(feed, url, 3, (part, ...all) => part.runWebSocket(...all, protocols)),
    dispose: () => stops.forEach(stop => stop()),
  }
}

function coreOf(options: AuthOptions): Core {
  const { keep = 'memory', clock = systemClock, timeout = 10_000, base: given = '/auth', dpop } = options
  const base = given.replace(/\/+$/, '')
  const name = `lingpai ${base}`
  const local = localStorageOrNull()
  const state = stateOf(options.onEnd)
  let flight: Promise<unknown> | null = null
  let made: Promise<Prover> | null = null
  const core = {
    keep, name, base, clock, state,
    fetch: options.fetch ?? ((...all) => globalThis.fetch(...all)),
    prover: async () => dpop && keep !== 'cookie'
      ? made ??= lazy(import('./dpop.js').catch(cause => { made = null; throw cause })).then(part => part.proverOf(name, clock))
      : null,
    place: keep === 'storage' ? placeOf(name, options.storage ?? local, state.storageLost) : null,
    outbox: placeOf(`${name} out`, local),
    flush: () => flight ??= (core.outbox.get() ? import('./signout.js').then(part => part.send(core)) : Promise.resolve())
      .catch(() => {}).finally(() => { flight = null }),
  } as { -readonly [name in keyof Core]: Core[name] }
  core.call = serverOf(core, timeout)
  core.tabs = tabsOf(name, message => hear(core, message))
  core.refresher = refresherOf(core)
  return core
}

/** A part that is loaded when it is needed. */
const lazy = <T>(part: Promise<T>): Promise<T> => part.catch(cause => { throw new AuthError('offline', { cause }) })

/** Watches over a session once there is one. */
function watch(feed: Feed, { idle, events = !!globalThis.document }: AuthOptions, leave: () => void): () => void {
  const { state } = feed.core
  let stop = (): void => {}
  const begin = (): void => {
    if (!state.held) return
    off()
    import('./watch.js').then(part => { stop = part.watch(feed, events, idle, leave) }, () => { off = state.on(begin) })
  }
  let off = events || idle ? state.on(begin) : stop
  if (events || idle) begin()
  return () => { off(); stop() }
}

/** An EventSource or a WebSocket that the page can hold and close at once, and that comes to life when the part behind it is there. */
function lineTo<T>(feed: Feed, url: string, closed: number, run: (part: typeof import('./stream.js'), feed: Feed, line: never, stop: AbortSignal) => unknown): T {
  const stop = new AbortController()
  const line = Object.assign(new EventTarget(), {
    url: addressOf(url)?.href ?? url, readyState: 0,
    close(code?: number, reason?: string) {
      line.readyState = closed
      stop.abort({ code, reason })
    },
  })
  const begin = (): unknown => lazy(import('./stream.js')).then(part => run(part, feed, line as never, stop.signal), () => after(feed.core.clock, 3000, begin))
  begin()
  return line as never
}

/** Finds the session of an earlier visit. Without a network it stays open whether there is one. */
async function restore({ state, clock, place, refresher, outbox, flush }: Core): Promise<Session> {
  const leaving = outbox.get()
  void flush()
  const kept = place && read(place, clock)
  if (place ? !kept : leaving) {
    state.end(null)
  } else if (kept && left(clock, kept) > margin(kept)) {
    refresher.hold(kept)
  } else {
    state.held = kept
    await refresher.attempt()
  }
  return state.session
}

async function signOut(core: Core, scope: SignOutScope, reason: EndReason = 'signed_out'): Promise<void> {
  const { state, clock, place, call, refresher } = core
  const { status } = state.session
  const held = place && read(place, clock) || state.held
  if (scope === 'others') return void await call('POST', 'logout', { scope, ...only(held) }, held!)
  leave(core, reason)
  refresher.stop()
  await refresher.settled()
  if (place ? held : status !== 'out') await revoke(core, { scope, ...only(held) })
}

async function token({ state, clock, keep, refresher }: Core, minValidity?: number): Promise<string | null> {
  const { held } = state
  refresher.use()
  if (!held || keep === 'cookie') return null
  if (left(clock, held) <= margin(held, minValidity)) {
    try {
      await refresher.refresh()
    } catch (error) {
      const { held: now } = state // Another's, perhaps, who signed in meanwhile.
      if (now && left(clock, now) <= 0) throw error
    }
  }
  return state.held?.access_token ?? null
}

const nothing: Signed = { headers: {}, token: null }

async function signed({ state: { held }, prover }: Core, { method, url }: Outgoing): Promise<Signed> {
  if (!held) return nothing
  const { access_token, token_type, session: { id } } = held
  if (!access_token) return { ...nothing, session: id }
  const headers: Record<string, string> = { Authorization: `${token_type} ${access_token}` }
  if (token_type === 'DPoP') headers['DPoP'] = await (await prover())?.prove(method, url, access_token) ?? ''
  return { headers, token: access_token, session: id }
}

async function judge({ state, keep, refresher, prover }: Core, { url }: Outgoing, { token, session }: Signed, answer: Answer): Promise<boolean> {
  const ours = (): boolean => state.held?.session.id === session
  if (token && (await prover())?.learn(url, answer.status, answer.header)) return ours()
  if (!session || !ours() || !heals(answer, keep)) return false
  if (token === (state.held!.access_token ?? null)) {
    try {
      await refresher.refresh()
    } catch (error) {
      if (ours()) throw error
    }
  }
  return ours() && keep !== 'cookie'
}

/** Takes what another tab says. With tokens in the storage, the storage is what counts; a storage of this tab alone may hold an older copy. */
function hear({ state, clock, place, refresher }: Core, { over, reason, held }: Message): void {
  if (over && (!state.held || state.held.session.id === over)) {
    place?.set(null)
    state.end(reason!)
  }
  if (!held) return
  const next = unpack(held, clock)
  const same = next.session.id === state.held?.session.id
  if (place ? !same : same) return void refresher.sync()
  if (place && next.at <= state.held!.at) return
  place?.set(pack(next))
  refresher.hold(next)
}

function wake({ state, keep, place, refresher, flush }: Core, event: Event): void {
  if (!visible()) return
  void flush()
  refresher.sync()
  const away = (event as PageTransitionEvent).persisted || keep === 'cookie' && event.type === 'visibilitychange'
  if (!place && away && state.session.status !== 'unknown') void refresher.attempt()
  refresher.wake()
}
