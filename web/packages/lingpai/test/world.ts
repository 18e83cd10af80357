// What tests of the core share: somebody who signs in, and a window for tabs that need one.

import { afterEach, vi } from 'vitest'
import type { Auth, AuthEvent, AuthOptions } from '../src/types.js'
import { twoTabs, type FakeServerOptions, type TwoTabs } from '../src/testing.js'
import '../src/dpop.js' // What is loaded later is there at once: tests wait for answers, not for files.
import '../src/fetch.js'
import '../src/open.js'
import '../src/passkey.js'
import '../src/seldom.js'

export const alice = { username: 'alice', password: 'correct horse battery staple' }
export const bob = { username: 'bob', password: 'correct horse battery staple' }

const open: TwoTabs[] = []

/** Two tabs that are closed after the test. */
export function world(options: AuthOptions = {}, server?: FakeServerOptions): TwoTabs {
  const tabs = twoTabs(options, server)
  open.push(tabs)
  return tabs
}

afterEach(() => {
  open.splice(0).forEach(tabs => tabs.close())
  vi.unstubAllGlobals()
})

/** Channels deliver in real time, however still the clock stands. */
export const soon = (milliseconds = 60): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

/** Every event from now on. */
export function eventsOf(auth: Auth): AuthEvent[] {
  const events: AuthEvent[] = []
  auth.on('change', event => void events.push(event))
  return events
}

/** A window that tests can look away from. */
export function fakeWindow(location = 'https://app.example/'): { fire(event: string, more?: object): void; hide(): void; show(): void } {
  const target = new EventTarget()
  const document = { visibilityState: 'visible' }
  const { href, origin } = new URL(location)
  vi.stubGlobal('location', { href, origin })
  vi.stubGlobal('document', document)
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
  vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
  const fire = (event: string, more: object = {}): void => void target.dispatchEvent(Object.assign(new Event(event), more))
  const see = (state: string) => (): void => { document.visibilityState = state; fire('visibilitychange') }
  return { fire, hide: see('hidden'), show: see('visible') }
}
