// createAuth: puts the parts together.

import type { Auth, AuthOptions, EndReason, Outgoing, Session, Signed, SignOutScope } from './types.js'
import { forget, leave, revoke, type Core, type Feed } from './core.js'
import { lazy, open, seldom } from './lazy.js'
import { after, systemClock, visible, within } from './clock.js'
import { fresh, left } from './holding.js'
import { recipients } from './origins.js'
import { only, refresherOf } from './refresh.js'
import { serverOf } from './server.js'
import { stateOf } from './state.js'
import { localStorageOrNull, pack, placeOf, read, unpack } from './store.js'
import { listen, tabsOf, type Message } from './tabs.js'

/** Makes the one Auth of a page. It looks for a session at once, and stays until {@link Auth.dispose}. */
export function createAuth(options: AuthOptions = {}): Auth {
  const core = coreOf(options)
  const { keep, clock, state, refresher } = core
  const allowed = recipients([...options.origins ?? ['/'], core.base || '/'])
  const current = async (minValidity?: number): Promise<string | null> => (await ready, token(core, minValidity))
  const feed: Feed = {
    core,
    sign: async request => allowed(request.url) ? (await current(request.minValidity), signed(core, request)) : { headers: {}, token: null },
    judge: async (...all) => (all[2].status === 401 || core.dpop) && (await open()).judge(core, ...all),
  }
  const stops = ['online', 'pageshow', 'focus', 'visibilitychange', 'storage'].map(event => listen(event, e => wake(core, e)))
  stops.push(core.tabs.close, refresher.stop, watch(feed, options, () => signOut(core, 'this', 'idle')))
  const nowhere = !options.fetch && core.base[0] === '/' // A page that is rendered on a server.
  const ready = nowhere ? Promise.resolve(state.session) : restore(core)
  return {
    keep, sign: feed.sign, judge: feed.judge,
    get session() { return state.session },
    ready: () => ready,
    signIn: credentials => ready.then(seldom).then(part => part.signIn(core, credentials)),
    signInWithPasskey: how => ready.then(seldom).then(part => part.signInWithPasskey(core, how, options)),
    signOut: ({ scope = 'this' } = {}) => scope === 'others' ? seldom().then(part => part.others(core)) : signOut(core, scope),
    refresh: () => ready.then(refresher.refresh),
    token: ({ minValidity, timeout } = {}) => within(clock, timeout, current(minValidity)),
    fetch: async (...all) => (await open()).fetchWith(feed)(...all),
    on: (_, listener) => state.on(listener),
    eventSource: (url, init) => lineTo(feed, url, 'runEventSource', init),
    webSocket: (url, protocols) => lineTo(feed, url, 'runWebSocket', protocols),
    dispose: () => stops.forEach(stop => stop()),
  }
}

function coreOf(options: AuthOptions): Core {
  const { keep = 'memory', clock = systemClock, timeout = 10_000, base: given = '/auth', dpop } = options
  const base = given.replace(/\/+$/, '')
  const name = `lingpai ${base}`
  const storage = options.storage ?? localStorageOrNull()
  const state = stateOf(options.onEnd)
  const core = {
    keep, name, clock, state,
    base: base.replace(/^(?=\/|$)/, globalThis.location?.origin ?? ''), // Else a <base> that was smuggled in would lead passwords elsewhere.
    fetch: options.fetch ?? ((...all) => globalThis.fetch(...all)),
    dpop: !!dpop && keep !== 'cookie',
    shared: keep !== 'storage' || !options.storage,
    prover: () => lazy(import('./dpop.js')).then(part => part.proverFor(core)),
    place: keep === 'storage' ? placeOf(name, storage, state.storageLost) : null,
    outbox: placeOf(`${name} out`, storage),
    flush: async () => core.outbox.get() && core.refresher.settled().then(seldom).then(part => part.send(core), () => {}),
  } as { -readonly [name in keyof Core]: Core[name] }
  core.call = serverOf(core, timeout)
  core.tabs = tabsOf(`${name} ${keep}`, message => hear(core, message))
  core.refresher = refresherOf(core)
  return core
}

/** Watches over a session once there is one. */
function watch(feed: Feed, { idle, events = !!globalThis.document }: AuthOptions, leave: () => void): () => void {
  const { state } = feed.core
  let stop: Promise<(() => void) | void> | undefined
  state.on(() => {
    if (state.held && (events || idle)) stop ??= open().then(part => part.watch(feed, events, idle, leave), () => { stop = undefined })
  })
  return () => void stop?.then(run => run?.())
}

/** An EventSource or a WebSocket that the page can hold and close at once, and that comes to life when the part behind it is there. */
function lineTo(feed: Feed, url: string, run: 'runEventSource' | 'runWebSocket', extra: unknown): never {
  const stop = new AbortController()
  const line = Object.assign(new EventTarget(), { url, readyState: 0, close: (code?: number, reason?: string) => stop.abort({ code, reason }) })
  const begin = (): unknown => open().then(part => part[run](feed, line as never, stop.signal, extra as never), () => after(feed.core.clock, 3000, begin))
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
  } else if (kept && fresh(clock, kept)) {
    refresher.hold(kept)
  } else {
    state.held = kept
    await refresher.attempt()
  }
  return state.session
}

async function signOut(core: Core, scope: SignOutScope, reason: EndReason = 'signed_out'): Promise<void> {
  const { state, clock, place } = core
  const held = place && read(place, clock) || state.held
  const known = place ? held : state.session.status !== 'out'
  state.outs++
  place?.set(null) // Whoever it was.
  leave(core, reason)
  if (known) await revoke(core, { scope, ...only(held) })
}

async function token({ state, clock, keep, refresher }: Core, minValidity?: number): Promise<string | null> {
  const { held } = state
  refresher.use()
  if (!held || keep === 'cookie') return null
  if (held.access_token === state.refused || !fresh(clock, held, minValidity)) {
    await refresher.refresh().catch(error => {
      if (state.held && left(clock, state.held) <= 0) throw error // That of now: somebody may have signed in or out meanwhile.
    })
  }
  return state.held?.access_token ?? null
}

async function signed({ state, prover }: Core, { method, url }: Outgoing): Promise<Signed> {
  const { access_token, token_type } = state.held ?? {}
  const { id } = state.session
  const headers: Record<string, string> = {}
  if (access_token) headers['Authorization'] = `${token_type} ${access_token}`
  if (token_type === 'DPoP') headers['DPoP'] = await (await prover()).prove(method, url, access_token)
  return { headers, token: access_token ?? null, session: id }
}

/** Takes what another tab says. With tokens in the storage, the storage is what counts; a storage of this tab alone may hold an older copy. */
function hear(core: Core, { over, reason, held }: Message): void {
  const { state, clock, place, refresher } = core
  const { id } = state.session
  if (over && (!id || id === over)) {
    forget(core, over)
    state.end(reason!)
  }
  if (!held) return
  const next = unpack(held, clock)
  const same = next.session.id === id
  if (place ? !same : same) return void refresher.sync()
  if (place && next.at <= state.held!.at) return
  place?.set(pack(next))
  refresher.hold(next)
}

function wake({ state, keep, place, refresher, flush }: Core, event: Event): void {
  const { type } = event
  refresher.sync()
  if (!visible()) return
  void flush()
  const away = (event as PageTransitionEvent).persisted || keep === 'cookie' && type === 'visibilitychange'
  if (!place && away && state.session.status !== 'unknown') void refresher.attempt()
  refresher.wake(type === 'online')
}
