// What goes on while somebody is signed in: the server can end the session in open tabs, and so can want of input. Loaded after a sign-in.

import type { EndReason } from './types.js'
import { leave, type Feed } from './core.js'
import { after, visible } from './clock.js'
import { endings } from './refresh.js'
import { localStorageOrNull, placeOf } from './store.js'
import { follow, withSession } from './stream.js'
import { listen } from './tabs.js'

/** Returns what stops it. */
export function watch(feed: Feed, events: boolean, idle: number | undefined, signOut: () => void): () => void {
  const stops = [events && watchEvents(feed), idle && watchIdle(feed, idle, signOut)]
  return () => stops.forEach(stop => stop && stop())
}

/** Listens for the end of the session, as long as somebody may be looking; browsers open few connections to one server. */
function watchEvents(feed: Feed): () => void {
  const { core } = feed
  let stop: AbortController | null = null
  const close = (): void => {
    stop?.abort()
    stop = null
  }
  const look = (): void => {
    const { id, status } = core.state.session
    if (!visible() || status === 'out') return close()
    if (stop || !id) return
    const { signal } = stop = new AbortController()
    const off = withSession(feed, () => { close(); look() })
    follow(feed, `${core.base}/api/events`, 'include', signal, {
      event({ type, data }) {
        if (type === 'ended' && core.state.session.id === id) leave(core, reasonOf(data))
      },
    }).catch(({ status }) => {
      if ((status === 401 || status === 403) && core.state.session.id === id) void core.refresher.attempt() // Over, perhaps; that is not for a stream to say.
    }).finally(off) // Nothing depends on it: an old server has no such stream.
  }
  const stops = [core.state.on(look), listen('visibilitychange', look), listen('pagehide', close), close]
  look()
  return () => stops.forEach(run => run())
}

function reasonOf(data: string): EndReason {
  try {
    return endings[JSON.parse(data).code] ?? 'revoked'
  } catch {
    return 'revoked'
  }
}

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'scroll']

/**
 * Signs out `seconds` after the last input in any tab. What counts is the time of that input, which all tabs know and which outlives them:
 * timers sleep with the machine, so it is looked at again whenever the page is.
 */
function watchIdle({ core }: Feed, seconds: number, signOut: () => void): () => void {
  const { clock, name, state } = core
  const limit = seconds * 1000
  const key = `${name} idle`
  const place = placeOf(key, localStorageOrNull()) // when the last input was, by the wall clock
  const others: BroadcastChannel & { unref?(): void } | null = globalThis.BroadcastChannel ? new BroadcastChannel(key) : null
  let last = { wall: 0, mono: -Infinity }
  let told = -Infinity
  let cancel = (): void => {}

  const quiet = (): number => {
    const now = clock.now()
    const stored = Number(place.get())
    return Math.min(Math.max(now - last.wall, clock.monotonic() - last.mono), stored > 0 && stored <= now ? now - stored : Infinity)
  }
  const look = (): void => {
    cancel()
    if (!state.held) return
    const wait = limit - quiet()
    if (wait <= 0) return signOut()
    cancel = after(clock, wait, look)
  }
  const active = (): void => {
    last = { wall: clock.now(), mono: clock.monotonic() }
    look()
  }
  const input = (): void => {
    if (quiet() >= limit) return look() // Too late: this is whoever opened the lid.
    active()
    if (last.mono - told < Math.min(1000, limit / 20)) return
    told = last.mono
    place.set(`${last.wall}`)
    others?.postMessage(null)
  }
  const begin = (): void => {
    place.set(`${clock.now()}`)
    active()
  }

  if (others) others.onmessage = active
  others?.unref?.()
  const stops = [
    state.on(event => event.name === 'signed_in' ? begin() : look()),
    ...inputs.map(event => listen(event, input)), ...['visibilitychange', 'pageshow', 'focus'].map(event => listen(event, look)),
    () => cancel(), () => others?.close(),
  ]
  place.get() ? look() : begin()
  return () => stops.forEach(stop => stop())
}
