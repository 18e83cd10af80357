// Tells the server of sign-outs. Loaded when there is one to tell.

import { type Core, type Leaving } from './core.js'
import { after } from './clock.js'
import type { AuthError } from './errors.js'
import { only } from './refresh.js'

const pause = 30_000

const flights = new WeakMap<Core, Promise<void>>()

/** Sends what is in the outbox, one after the other, and what cannot be sent again later. Never rejects. */
export function send(core: Core): Promise<void> {
  const flight = flights.get(core) ?? sendAll(core).finally(() => flights.delete(core))
  flights.set(core, flight)
  return flight
}

async function sendAll(core: Core): Promise<void> {
  const { call, clock, flush } = core
  for (let line; (line = lines(core)[0]);) {
    try {
      await call('POST', 'logout', JSON.parse(line))
    } catch (error) {
      if ((error as AuthError).retryable) return void after(clock, pause, flush)
      // The server knows of no such session: it is over. Or the line is none of ours.
    }
    keep(core, (_, at, all) => at !== all.indexOf(line!))
  }
}

/** Ends the other sessions of the account. Rejects when the server did not do it. */
export async function others({ call, state: { held } }: Core): Promise<void> {
  await call('POST', 'logout', { scope: 'others', ...only(held) })
}

/** Takes back those that speak of the cookie, because another session is about to live in it. */
export function takeCookies(core: Core): readonly Leaving[] {
  const spoken = lines(core).filter(line => !line.includes('refresh_token'))
  keep(core, line => !spoken.includes(line))
  return spoken.map(line => JSON.parse(line))
}

const lines = ({ outbox }: Core): readonly string[] => (outbox.get() ?? '').split('\n').filter(line => line)

/** Looks again at what is there: another tab may have added to it. */
function keep(core: Core, wanted: (line: string, at: number, all: readonly string[]) => boolean): void {
  core.outbox.set(lines(core).filter(wanted).map(line => `${line}\n`).join('') || null)
}
