// The next token: one request at a time, the same for all who wait, and none too many while the server cannot be reached.

import type { EndReason, Session } from './types.js'
import { leave, type Core } from './core.js'
import { AuthError } from './errors.js'
import { after, visible } from './clock.js'
import { fresh, holdingOf, left, life, type Holding } from './holding.js'
import { pack, read } from './store.js'
import { alone } from './tabs.js'

/** The words by which the server ends a session. Nothing else does. */
export const endings: Readonly<Record<string, EndReason>> = {
  session_ended: 'revoked',
  token_revoked: 'revoked',
  session_expired: 'expired',
  refresh_invalid: 'expired',
  token_missing: 'expired',
  refresh_reused: 'reused',
  account_disabled: 'disabled',
}

const moment = 500 // after which a request that failed is sent once more, before anybody hears of it: an answer may have been lost
const pause = 30_000 // after that; doubled by each further failure, and whatever wakes us waits so long
const longestPause = 300_000

export interface Refresher {
  /** Rejects with the server's word when that ends the session, and with a retryable error when the server was not heard. */
  refresh(): Promise<Session>
  /** Refreshes for nobody in particular; what goes wrong is seen in the state. */
  attempt(): Promise<unknown>
  /** Waits until no request is on its way. */
  settled(): Promise<unknown>
  /** Takes a token, and sees to the next one in time, as long as the page uses it. */
  hold(next: Holding): void
  /** Takes what the storage holds, if that is something else than what is held here; `true` if it was. */
  sync(): boolean
  /** Somebody needs the token that is held. A page that asks for nothing refreshes nothing. */
  use(): void
  /** The page is looked at again, or the network is back (`online`). */
  wake(online: boolean): void
  stop(): void
}

export function refresherOf(core: Core): Refresher {
  const { state, clock, place, keep, name, call } = core
  let flight: Promise<Session> | null = null
  let used = false
  let cancel = (): void => {}
  // How long to leave a server alone that was not heard; monotonic.
  let failures = 0
  let until = 0
  let due = 0 // when looking at the page may end that early
  let asked = 0 // until when the server asked us to stay away
  let unheard: AuthError

  const later = (milliseconds: number): void => {
    cancel()
    cancel = after(clock, milliseconds, () => { if (used && visible() && state.session.status !== 'out') void self.attempt() })
  }

  /** Looks first whether another tab was quicker: whether there is another token than `old`. */
  const renew = async (gone: () => boolean, old: string | undefined): Promise<Holding> => {
    const kept = place && read(place, clock)
    if (gone() || place && !kept) throw discarded() // Another tab signed out, perhaps.
    if (kept && kept.access_token !== old && fresh(clock, kept)) return kept
    const at = clock.now(), mono = clock.monotonic()
    const next = complete(core, holdingOf(await (keep === 'cookie' ? call('GET', 'me') : call('POST', 'refresh', only(kept))), clock, at, mono))
    const stored = place && read(place, clock)
    if (gone() || place && !stored) throw discarded()
    if (stored && stored.refresh_token !== kept!.refresh_token) return stored // Another tab raced, and was given the same successor.
    place?.set(pack(next))
    spread(core, next)
    return next
  }

  const run = async (): Promise<Session> => {
    if (clock.monotonic() < until) throw unheard
    const { epoch, held } = state
    const gone = (): boolean => state.epoch !== epoch
    const once = (): Promise<Holding> => renew(gone, held?.access_token)
    const twice = (): Promise<Holding> => once().catch(async (error: AuthError) => {
      if (failures || !error.retryable || error.retryAfter || error.code === 'timeout') throw error // It had its time, or wants more.
      await new Promise<void>(resolve => after(clock, moment, resolve))
      return once()
    })
    try {
      const next = await alone(name, clock, twice)
      if (gone()) throw discarded()
      self.hold(next)
    } catch (error) {
      if (gone()) throw discarded()
      fail(error as AuthError)
      throw error
    }
    return state.session
  }

  const fail = (error: AuthError): void => {
    const { code, status } = error
    const reason = status! < 404 ? endings[code] : null
    if (reason || code === 'discarded') {
      if (!self.sync() && reason) leave(core, state.held || code !== 'token_missing' ? reason : null) // Else another tab ended it, or has a newer one.
      return
    }
    const now = clock.monotonic()
    const told = (error.retryAfter ?? 0) * 1000
    unheard = error
    asked = now + told
    due = now + (told || pause)
    until = now + (told || Math.min(pause * 2 ** failures, longestPause)) * (1 + Math.random() / 8) // Not all at once.
    failures++
    used = true // Whoever asked still waits.
    later(until - now)
    state.stale()
  }

  const self: Refresher = {
    refresh: () => flight ??= run().finally(() => { flight = null }),
    attempt: () => self.refresh().catch(() => {}),
    settled: async () => flight?.catch(() => {}),
    hold(next) {
      failures = until = 0
      used = false
      const early = Math.min(60_000, life(next) * 0.6)
      later(left(clock, next) - early)
      state.hold(next)
    },
    sync() {
      const kept = place && read(place, clock)
      if (!place || kept?.access_token === state.held?.access_token) return false
      kept ? self.hold(kept) : state.end(state.held && 'signed_out')
      return true
    },
    use() { used = true },
    wake(online) {
      const { held, session: { status } } = state
      const now = clock.monotonic()
      if (online) failures = 0
      if (now >= (online ? asked : due)) until = 0
      if (status === 'stale' || held?.access_token && !fresh(clock, held)) void self.attempt()
    },
    stop: () => cancel(),
  }
  return self
}

const discarded = (): AuthError => new AuthError('discarded')

/** What a refresh and its like send in the body. Without it, the cookie says whose. */
export const only = (held: Holding | null | undefined): object | null => held?.refresh_token ? { refresh_token: held.refresh_token } : null

/** Refuses an answer that lacks what `keep` promises. */
export function complete({ keep, place }: Core, held: Holding): Holding {
  if (keep !== 'cookie' && !held.access_token || place && !held.refresh_token) throw new AuthError('not_lingpai')
  return held
}

/** Says to the server that the successor arrived, and to the other tabs what it is. */
function spread({ call, tabs }: Core, next: Holding): void {
  tabs.tellHeld(next)
  if (next.token_type !== 'Bearer') return // A bound token needs no confirmation, and a cookie has nothing to confirm.
  call('POST', 'refresh/confirm', only(next)).catch(() => {}) // Then the server goes on taking the token before.
}
