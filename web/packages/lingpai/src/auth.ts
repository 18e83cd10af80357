// createAuth: puts the parts together.

import type { Answer, Auth, AuthOptions, Outgoing, Session, Signed, SignOutScope } from './types.js'
import { leave, revoke, type Core } from './core.js'
import { AuthError } from './errors.js'
import { systemClock, visible, within } from './clock.js'
import { fetchWith, heals } from './fetch.js'
import { left, margin } from './holding.js'
import { recipients } from './origins.js'
import { only, refresherOf } from './refresh.js'
import { serverAt } from './server.js'
import { stateOf } from './state.js'
import { localStorageOrNull, pack, placeOf, read, unpack } from './store.js'
import { listen, tabsOf, type Message } from './tabs.js'

/** Makes the one Auth of a page. It looks for a session at once, and stays until {@link Auth.dispose}. */
export function createAuth(options: AuthOptions = {}): Auth {
  const { keep = 'memory', clock = systemClock, timeout = 10_000, base: given = '/auth' } = options
  const base = given.replace(/\/+$/, '')
  const name = `lingpai ${base}`
  const fetch: typeof globalThis.fetch = options.fetch ?? ((...all) => globalThis.fetch(...all))
  const local = localStorageOrNull()
  const allowed = recipients([...options.origins ?? ['/'], base])
  const state = stateOf(options.onEnd)
  const core = {
    keep, name, clock, state,
    call: serverAt(base, fetch, clock, timeout, async () => null),
    tabs: tabsOf(name, message => hear(core, message)),
    place: keep === 'storage' ? placeOf(name, options.storage ?? local, state.storageLost) : null,
    outbox: placeOf(`${name} out`, local),
    flush: () => flight ??= (core.outbox.get() ? import('./signout.js').then(({ send }) => send(core)) : Promise.resolve())
      .catch(() => {}).finally(() => { flight = null }),
  } as { -readonly [name in keyof Core]: Core[name] }
  let flight: Promise<unknown> | null = null
  const refresher = core.refresher = refresherOf(core)

  const nowhere = !globalThis.location && !options.fetch && base[0] === '/' // A page that is rendered on a server.
  const ready = nowhere ? Promise.resolve(state.session) : restore(core)
  const current = async (minValidity?: number): Promise<string | null> => (await ready, token(core, minValidity))
  const sign = async ({ url, minValidity }: Outgoing): Promise<Signed> => allowed(url) && await current(minValidity).then(() => signed(core)) || nothing
  const judged = (_: Outgoing, by: Signed, answer: Answer): Promise<boolean> => judge(core, by, answer)
  const stops = ['online', 'pageshow', 'focus', 'visibilitychange'].map(event => listen(event, e => wake(core, e)))
  return {
    keep, sign, judge: judged,
    get session() { return state.session },
    ready: () => ready,
    signIn: credentials => ready.then(() => lazy(import('./signin.js'))).then(({ signIn }) => signIn(core, credentials)),
    signOut: ({ scope = 'this' } = {}) => signOut(core, scope),
    refresh: () => ready.then(refresher.refresh),
    token: ({ minValidity, timeout: patience } = {}) => within(clock, patience, current(minValidity)),
    fetch: fetchWith(sign, judged, fetch),
    on: (_, listener) => state.on(listener),
    eventSource: () => { throw new AuthError('unavailable') },
    webSocket: () => { throw new AuthError('unavailable') },
    dispose: () => [...stops, core.tabs.close, refresher.stop].forEach(stop => stop()),
  }
}

/** A part that is loaded when it is needed. */
const lazy = <T>(part: Promise<T>): Promise<T> => part.catch(cause => { throw new AuthError('offline', { cause }) })

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

async function signOut(core: Core, scope: SignOutScope): Promise<void> {
  const { state, clock, place, call, refresher } = core
  const { status } = state.session
  const held = place && read(place, clock) || state.held
  if (scope === 'others') return void await call('POST', 'logout', { scope, ...only(held) }, held!)
  leave(core, 'signed_out')
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

function signed({ state: { held } }: Core): Signed {
  if (!held) return nothing
  const { access_token, token_type, session: { id } } = held
  return access_token ? { headers: { Authorization: `${token_type} ${access_token}` }, token: access_token, session: id } : { ...nothing, session: id }
}

async function judge({ state, keep, refresher }: Core, { token, session }: Signed, answer: Answer): Promise<boolean> {
  const ours = (): boolean => state.held?.session.id === session
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
