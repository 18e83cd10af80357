// Signing in. Loaded when somebody does.

import type { Credentials, Session } from './types.js'
import { revoke, type Core } from './core.js'
import { AuthError } from './errors.js'
import { holdingOf, type Holding } from './holding.js'
import { complete, only } from './refresh.js'
import { takeCookies } from './signout.js'
import { pack } from './store.js'
import { suspect } from './unheard.js'

export const signIn = (core: Core, { username, password, code }: Credentials): Promise<Session> =>
  begin(core, 'login', { username, password, code: code || undefined })

/** Begins a session in place of the one that is held, by what proves who it is. */
export async function begin(core: Core, path: 'login' | 'passkey', proof: object): Promise<Session> {
  const { state, keep, place, tabs, refresher, flush, dpop, shared, outbox, prover } = core
  if (place && !dpop) warn()
  await flush()
  await refresher.settled() // Its answer would set the cookie of the session before.
  const { outs, session: { status, id } } = state
  if (dpop && shared && status === 'out' && !outbox.get()) await (await prover()).renew()
  const next = await ask(core, path, { ...proof, keep, confirms: true })
  if (dpop && next.token_type !== 'DPoP') {
    void revoke(core, { scope: 'this', ...only(next) })
    throw new AuthError('dpop_unavailable', { advice: 'This server does not bind sessions to keys; update it, or leave out dpop' })
  }
  if (!place) await proveKept(core, next)
  if (state.outs !== outs || state.held && state.session.id !== id) {
    void revoke(core, { scope: 'this', ...only(next) })
    throw new AuthError('discarded')
  }
  if (place && state.held) void revoke(core, { scope: 'this', ...only(state.held) })
  place?.set(pack(next))
  refresher.hold(next)
  tabs.tellHeld(next)
  return state.session
}

let warned = false

function warn(): void {
  if (warned) return
  warned = true
  console.warn('lingpai: with keep: storage, any script in this page can copy the session. Choose memory or cookie, or set dpop: true.')
}

async function ask(core: Core, path: string, body: object): Promise<Holding> {
  const { clock, call, place } = core
  const waiting = place ? [] : takeCookies(core)
  const at = clock.now(), mono = clock.monotonic()
  try {
    return complete(core, holdingOf(await call('POST', path, body), clock, at, mono))
  } catch (error) {
    for (const leaving of waiting) void revoke(core, leaving)
    throw await suspect(core, error as AuthError)
  }
}

/** Asks once with the cookie: a browser does not say that it dropped one. */
async function proveKept(core: Core, held: Holding): Promise<void> {
  const { call, keep } = core
  try {
    await (keep === 'cookie' ? call('GET', 'me') : call('POST', 'refresh/confirm'))
  } catch (error) {
    if ((error as AuthError).code !== 'token_missing') return // The network; time will tell.
    await endByToken(core, held).catch(() => {})
    throw new AuthError('storage_blocked', {
      advice: 'The browser dropped the cookie; serve page and Lingpai from one site, or use keep: storage',
    })
  }
}

/** Nothing but the access token names a session whose cookie was dropped. */
async function endByToken({ base, fetch, dpop, prover }: Core, { access_token, token_type }: Holding): Promise<void> {
  if (!access_token) return
  const url = `${base}/api/logout`
  const init = { method: 'POST', headers: { Authorization: `${token_type} ${access_token}` } }
  await (dpop ? (await prover()).fetch(url, init, access_token) : fetch(url, init))
}
