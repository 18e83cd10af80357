import { expect, it, vi } from 'vitest'
import { alice, eventsOf, fakeWindow, soon, world } from './world.js'

const minute = 60_000

async function idleWorld() {
  const page = fakeWindow('http://localhost/')
  const tabs = world({ keep: 'storage', events: false, idle: 20 * 60 })
  vi.stubGlobal('localStorage', tabs.browser.storage)
  tabs.a.dispose()
  tabs.b.dispose()
  const auth = tabs.open()
  await auth.signIn(alice)
  await soon(100)
  return { ...tabs, page, auth }
}

it('signs out, here and on the server, when nobody touches the page', async () => {
  const { auth, clock, server } = await idleWorld()
  const events = eventsOf(auth)
  await clock.advance(19 * minute)
  expect(auth.session.status).toBe('in')
  await clock.advance(2 * minute)
  await soon()
  expect(auth.session).toMatchObject({ status: 'out', ended: 'idle' })
  expect(events.at(-1)).toMatchObject({ name: 'signed_out', reason: 'idle' })
  expect(server.living).toBe(0)
})

it('P41: input in one tab keeps all of them', async () => {
  const { auth, open, clock, page } = await idleWorld()
  const other = open()
  await other.ready()
  await soon(100)
  for (let i = 0; i < 5; i++) {
    await clock.advance(10 * minute)
    page.fire('keydown')
    await soon()
  }
  expect([auth.session.status, other.session.status]).toEqual(['in', 'in'])
  await clock.advance(21 * minute)
  await soon()
  expect([auth.session.status, other.session.status]).toEqual(['out', 'out'])
})

it('P41: what counts is the time, not the timer: a machine that slept too long is signed out when it wakes', async () => {
  const { auth, clock, page } = await idleWorld()
  clock.sleep(60 * minute)
  page.fire('pointermove') // Whoever opens the lid does not count as input.
  await soon()
  expect(auth.session.ended).toBe('idle')
})

it('a page that is opened again after the time is signed out, in time it is not', async () => {
  const { auth, clock, open } = await idleWorld()
  auth.dispose()
  await clock.advance(15 * minute)
  const again = open()
  await again.ready()
  await soon(100)
  expect(again.session.status).toBe('in')
  again.dispose()
  await clock.advance(15 * minute)
  const late = open()
  await late.ready()
  await soon(100)
  expect(late.session.ended).toBe('idle')
})
