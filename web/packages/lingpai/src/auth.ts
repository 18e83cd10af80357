// createAuth: puts the parts together.

import type { Auth, AuthOptions, Credentials, EndReason, Outgoing, Session, Signed, SignOutScope } from './types.js'
import type { Core } from './core.js'
import { AuthError } from './errors.js'
import { systemClock, visible, within } from './clock.js'
import { fetchWith, heals } from './fetch.js'
import { holdingOf, left, type Holding } from './holding.js'
import { recipients } from './origins.js'
import { margin, Refresher } from './refresh.js'
import { Server, type Prover } from './server.js'
import { SignOuts } from './signout.js'
import { State } from './state.js'
import { localStorageOrNull, pack, Place, read, write } from './store.js'
import { listen, Tabs, type Message } from './tabs.js'

/** Makes the one Auth of a page. It looks for a session at once, and stays until {@link Auth.dispose}. */
export function createAuth(options: AuthOptions = {}): Auth {
  const parts = assemble(options)
  const { core: { keep, state }, refresher } = parts
  const auth: Auth = {
    keep,
    get session() { return state.session },
    ready: () => parts.ready,
    signIn: credentials => signIn(parts, credentials),
    signOut: ({ scope = 'this' } = {}) => signOut(parts, scope),
    refresh: () => parts.ready.then(refresher.refresh),
    token: ({ minValidity, timeout } = {}) => within(parts.core.clock, timeout, token(parts, minValidity)),
    sign: request => sign(parts, request),
    judge: (request, signed, answer) => judge(parts, request, signed, answer),
    fetch: fetchWith({ keep, sign: request => sign(parts, request), judge: (...all) => judge(parts, ...all) }, parts.fetch),
    on: (_, listener) => state.on(listener),
    eventSource: () => { throw new AuthError('unavailable') },
    webSocket: () => { throw new AuthError('unavailable') },
    dispose: () => parts.stops.forEach(stop => stop()),
  }
  return auth
}

interface Parts {
  readonly core: Core
  readonly refresher: Refresher
  readonly signOuts: SignOuts
  readonly fetch: typeof globalThis.fetch
  readonly allowed: (url: string) => boolean
  readonly prover: () => Promise<Prover | null>
  readonly stops: (() => void)[]
  ready: Promise<Session>
  /** When the server was last asked about a cookie; monotonic. */
  asked: number
}

function assemble(options: AuthOptions): Parts {
  const { keep = 'memory', clock = systemClock, timeout = 10_000, onEnd } = options
  const base = (options.base ?? '/auth').replace(/\/+$/, '')
  const name = `lingpai ${base}`
  const fetch: typeof globalThis.fetch = options.fetch ?? ((...all) => globalThis.fetch(...all))
  const local = localStorageOrNull()
  const prover = async (): Promise<Prover | null> => null
  const state = new State(onEnd)
  const place = keep === 'storage' ? new Place(name, options.storage ?? local, () => state.storageLost()) : null
  const server = new Server(base, fetch, clock, timeout, prover)
  const tabs = new Tabs(name, message => hear(parts, message))
  const core: Core = {
    keep, name, clock, state, server, place,
    sync: () => sync(parts),
    leave: reason => leave(parts, tabs, reason),
    tellHeld: held => tabs.tell({ held: pack(place ? held : { session: held.session, user: held.user, at: held.at, mono: 0 }) }),
  }
  const signOuts = new SignOuts(server, clock, new Place(`${name} out`, local))
  const refresher = new Refresher(core)
  const parts: Parts = {
    core, refresher, signOuts, fetch, prover, allowed: recipients([...options.origins ?? ['/'], base]), asked: 0,
    stops: [() => tabs.close(), () => refresher.stop(), () => signOuts.stop()],
    ready: Promise.resolve(state.session),
  }
  for (const event of ['online', 'pageshow', 'focus', 'visibilitychange']) parts.stops.push(listen(event, e => wake(parts, e)))
  const nowhere = !globalThis.location && !options.fetch && base.startsWith('/') // A page that is rendered on a server.
  if (!nowhere) parts.ready = restore(parts)
  return parts
}

/** Finds the session of an earlier visit. Without a network it stays open whether there is one. */
async function restore({ core, refresher, signOuts }: Parts): Promise<Session> {
  const { state, clock, place } = core
  if (signOuts.waiting.length) void signOuts.flush()
  const kept = place && read(place, clock)
  if (place ? !kept : signOuts.waiting.length) {
    state.end(null)
  } else if (kept && left(clock, kept) > margin(kept)) {
    refresher.hold(kept)
  } else {
    state.held = kept
    await refresher.refresh().catch(() => {})
  }
  return state.session
}

async function signIn(parts: Parts, { username, password }: Credentials): Promise<Session> {
  const { core, refresher, signOuts } = parts
  const { state, clock, keep, place, server } = core
  await parts.ready
  await signOuts.flush()
  await refresher.settled() // Its answer would set the cookie of the session before.
  const { epoch } = state
  const waiting = place ? [] : signOuts.takeCookies()
  const at = clock.now(), mono = clock.monotonic()
  let next: Holding
  try {
    next = holdingOf(await server.call('POST', 'login', { body: { username, password, keep, confirms: true } }), clock, at, mono)
    if (keep !== 'cookie' && !next.access_token || place && !next.refresh_token) throw new AuthError('not_lingpai')
  } catch (error) {
    if (waiting.length) void signOuts.add(...waiting)
    throw error
  }
  if (!place) await proveKept(core, next)
  if (state.epoch !== epoch) {
    void signOuts.add({ scope: 'this', refresh_token: next.refresh_token })
    throw new AuthError('discarded')
  }
  const before = state.held
  if (place) write(place, next)
  refresher.hold(next)
  core.tellHeld(next)
  if (place && before?.refresh_token) void signOuts.add({ scope: 'this', refresh_token: before.refresh_token })
  return state.session
}

/** Asks once with the cookie: a browser does not say that it dropped one. */
async function proveKept({ server, keep }: Core, { access_token }: Holding): Promise<void> {
  try {
    await (keep === 'cookie' ? server.call('GET', 'me') : server.call('POST', 'refresh/confirm'))
  } catch (error) {
    if ((error as AuthError).code !== 'token_missing') return // The network; time will tell.
    if (access_token) await server.call('POST', 'logout', { body: {}, token: access_token }).catch(() => {})
    throw new AuthError('storage_blocked')
  }
}

async function signOut({ core, signOuts, refresher }: Parts, scope: SignOutScope): Promise<void> {
  const { state, clock, place, server } = core
  const { status } = state.session
  const { access_token, refresh_token, token_type } = (place && read(place, clock)) ?? state.held ?? {}
  if (scope === 'others') {
    await server.call('POST', 'logout', { body: { scope, refresh_token }, token: access_token, scheme: token_type })
    return
  }
  core.leave('signed_out')
  await refresher.settled()
  if (place ? refresh_token : status !== 'out') await signOuts.add({ scope, refresh_token })
}

async function token({ core, refresher, ready }: Parts, minValidity?: number): Promise<string | null> {
  const { state, clock } = core
  await ready
  refresher.used = true
  const { held } = state
  if (!held || core.keep === 'cookie') return null
  if (left(clock, held) > margin(held, minValidity)) return held.access_token!
  try {
    await refresher.refresh()
  } catch (error) {
    const now = state.held // Another's, perhaps, who signed in meanwhile.
    if (now && left(clock, now) <= 0) throw error
  }
  return state.held?.access_token ?? null
}

async function sign(parts: Parts, { url, minValidity }: Outgoing): Promise<Signed> {
  if (!parts.allowed(url)) return { headers: {}, token: null }
  const access = await token(parts, minValidity)
  const { held } = parts.core.state
  if (!held) return { headers: {}, token: null }
  const session = held.session.id
  if (!access) return { headers: {}, token: null, session }
  const { access_token, token_type } = held
  return { headers: { Authorization: `${token_type} ${access_token}` }, token: access_token!, session }
}

async function judge({ core, refresher }: Parts, _: Outgoing, { token, session }: Signed, answer: Parameters<typeof heals>[0]): Promise<boolean> {
  const { state, keep } = core
  const ours = (): boolean => !!state.held && state.held.session.id === session
  if (!ours() || !heals(answer) && !(keep === 'cookie' && answer.code === 'token_missing')) return false
  if (state.held!.access_token !== token) return true
  try {
    await refresher.refresh()
  } catch (error) {
    if (ours()) throw error
  }
  return ours() && keep !== 'cookie'
}

function sync({ core, refresher }: Parts): boolean {
  const { state, clock, place } = core
  const kept = place && read(place, clock)
  if (!place || kept?.access_token === state.held?.access_token) return false
  kept ? refresher.hold(kept) : state.end(state.held && 'signed_out')
  return true
}

function leave({ core, refresher }: Parts, tabs: Tabs, reason: EndReason | null): void {
  const { state, place } = core
  const id = state.held?.session.id
  refresher.stop()
  place?.set(null)
  if (id && reason) tabs.tell({ over: id, reason })
  state.end(reason)
}

/** Takes what another tab says. With tokens in the storage, the storage is what counts; a storage of this tab alone may hold an older copy. */
function hear({ core, refresher }: Parts, message: Message): void {
  const { state, clock, place } = core
  if ('over' in message) {
    if (state.held && state.held.session.id !== message.over) return
    place?.set(null)
    state.end(message.reason)
  } else if ('held' in message) {
    const value = JSON.parse(message.held)
    const next = holdingOf(value, clock, value.at)
    const same = next.session.id === state.held?.session.id
    if (place ? !same : same) return void core.sync()
    if (place && next.at <= state.held!.at) return
    if (place) write(place, next)
    refresher.hold(next)
  }
}

function wake(parts: Parts, event: Event): void {
  const { core, refresher, signOuts } = parts
  const now = core.clock.monotonic()
  if (!visible()) return
  if (signOuts.waiting.length) void signOuts.flush()
  core.sync()
  const { persisted } = event as PageTransitionEvent
  if (!core.place && persisted || core.keep === 'cookie' && now - parts.asked > 60_000) {
    parts.asked = now
    if (core.state.session.status !== 'unknown') void refresher.refresh().catch(() => {})
  }
  refresher.wake()
}
