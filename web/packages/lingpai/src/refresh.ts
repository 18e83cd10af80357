// The next token: one request at a time, the same for all who wait, and none too many while the server cannot be reached.

import type { EndReason, Session } from './types.js'
import type { Core } from './core.js'
import { AuthError } from './errors.js'
import { after, visible } from './clock.js'
import { holdingOf, left, life, type Holding } from './holding.js'
import { read, write } from './store.js'
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

const pause = 15_000 // after the first failure; doubled by each further one
const longestPause = 300_000
const window = 30_000 // in which no more than two requests fail, whatever wakes us

/** How much life of a token is too little to send it, in milliseconds; less for tokens that live short. */
export const margin = (held: Holding, wanted = 30): number => Math.min(wanted * 1000, life(held) / 2)

export class Refresher {
  #flight: Promise<Session> | null = null
  #error: AuthError | null = null
  #failures = 0
  #last = -Infinity // when the last request failed, and the one before it; monotonic
  #earlier = -Infinity
  #notBefore = -Infinity
  #floor = -Infinity // until when the server asked us to stay away
  #cancel = (): void => {}
  /** Somebody needed the token that is held. A page that asks for nothing refreshes nothing. */
  used = false

  constructor(readonly core: Core) {}

  /** Rejects with the server's word when that ends the session, and with a retryable error when the server was not heard. */
  refresh = (): Promise<Session> => this.#flight ??= this.#run().finally(() => { this.#flight = null })

  /** Waits until no request is on its way. */
  async settled(): Promise<void> {
    await this.#flight?.catch(() => {})
  }

  /** The network is back, or the page is looked at again. */
  wake(): void {
    const { state, clock } = this.core
    const now = clock.monotonic()
    if (now >= this.#floor && now >= this.#earlier + window) this.#notBefore = now
    const { held, session: { status } } = state
    const due = held && held.access_token && left(clock, held) < margin(held)
    if (status === 'stale' || due) this.refresh().catch(() => {})
  }

  stop(): void {
    this.#cancel()
  }

  async #run(): Promise<Session> {
    const { state, clock, name } = this.core
    if (clock.monotonic() < this.#notBefore) throw this.#error
    const { epoch } = state
    try {
      const { next, posted } = await alone(name, clock, () => this.#renew(epoch))
      if (state.epoch !== epoch) throw new AuthError('discarded')
      this.hold(next)
      if (posted) this.#spread(next)
    } catch (cause) {
      const error = cause instanceof AuthError ? cause : new AuthError('unavailable', { cause })
      if (state.epoch !== epoch) throw new AuthError('discarded')
      this.#fail(error)
      throw error
    }
    return state.session
  }

  /** Looks first whether another tab was quicker. */
  async #renew(epoch: number): Promise<{ next: Holding; posted: boolean }> {
    const { state, clock, place, keep, server } = this.core
    const kept = place ? read(place, clock) : null
    if (place && !kept) throw new AuthError('discarded') // Another tab signed out.
    if (kept && kept.access_token !== state.held?.access_token && left(clock, kept) > margin(kept)) return { next: kept, posted: false }
    const at = clock.now(), mono = clock.monotonic()
    const answer = keep === 'cookie'
      ? await server.call('GET', 'me')
      : await server.call('POST', 'refresh', { body: kept ? { refresh_token: kept.refresh_token } : undefined })
    const next = holdingOf(answer, clock, at, mono)
    if (keep !== 'cookie' && !next.access_token || place && !next.refresh_token) throw new AuthError('not_lingpai')
    if (state.epoch !== epoch || place && read(place, clock)?.refresh_token !== kept!.refresh_token) throw new AuthError('discarded')
    if (place) write(place, next)
    return { next, posted: true }
  }

  /** Takes a token, and sees to the next one in time, as long as the page uses it. */
  hold(next: Holding): void {
    const { state, clock } = this.core
    this.#failures = 0
    this.#notBefore = this.#earlier = this.#last = -Infinity
    this.used = false
    this.#cancel()
    const early = Math.min(60_000, life(next) * 0.6) * (1 + Math.random() / 8) // Not all tabs at once.
    if (next.access_token) {
      this.#cancel = after(clock, left(clock, next) - early, () => {
        if (this.used && visible()) this.refresh().catch(() => {})
      })
    }
    state.hold(next)
  }

  /** Says to the server that the successor arrived, and to the other tabs what it is. */
  #spread(next: Holding): void {
    const { server, tellHeld } = this.core
    tellHeld(next)
    if (next.token_type !== 'Bearer') return // A bound token needs no confirmation, and a cookie has nothing to confirm.
    server.call('POST', 'refresh/confirm', { body: next.refresh_token ? { refresh_token: next.refresh_token } : undefined })
      .catch(() => {}) // Then the server goes on taking the token before.
  }

  #fail(error: AuthError): void {
    const { state, place, leave, sync } = this.core
    const reason = error.status === 401 || error.status === 403 ? endings[error.code] : undefined
    if (error.code === 'discarded') return void sync() // Another tab ended it.
    if (reason && place && sync()) return // Another tab has a newer one.
    if (reason) return leave(state.held || error.code !== 'token_missing' ? reason : null)
    this.#backOff(error)
    state.stale()
  }

  #backOff(error: AuthError): void {
    const now = this.core.clock.monotonic()
    this.#error = error
    this.#earlier = this.#last
    this.#last = now
    this.#floor = now + (error.retryAfter ?? 0) * 1000
    const wait = Math.min(pause * 2 ** this.#failures++, longestPause) * (1 + Math.random() / 8)
    this.#notBefore = Math.max(now + wait, this.#floor)
    this.#cancel()
    this.#cancel = after(this.core.clock, this.#notBefore - now, () => {
      if (visible()) this.refresh().catch(() => {})
    })
  }
}
