// Tells the server of sign-outs. Loaded when there is one to tell.

import { waiting, type Core, type Leaving } from './core.js'
import { after } from './clock.js'
import type { AuthError } from './errors.js'

const pause = 30_000

/** Sends what is in the outbox, one after the other, and what cannot be sent again later. Never rejects. */
export async function send(core: Core): Promise<void> {
  const { call, clock, flush } = core
  for (let next; (next = waiting(core)[0]);) {
    try {
      await call('POST', 'logout', next)
    } catch (error) {
      if ((error as AuthError).retryable) return void after(clock, pause, flush)
      // The server knows of no such session: it is over.
    }
    const sent = JSON.stringify(next)
    keep(core, one => JSON.stringify(one) !== sent)
  }
}

/** Takes back those that speak of the cookie, because another session is about to live in it. */
export function takeCookies(core: Core): readonly Leaving[] {
  const list = waiting(core)
  keep(core, one => !!one.refresh_token)
  return list.filter(one => !one.refresh_token)
}

/** Looks again at what is there: another tab may have added to it. */
function keep(core: Core, wanted: (one: Leaving) => boolean): void {
  const list = waiting(core).filter(wanted)
  core.outbox.set(list.length ? JSON.stringify(list) : null)
}
