import { createPinia, setActivePinia, storeToRefs } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { watchEffect } from 'vue'
import { defineAuthStore } from '../src/pinia.js'
import { out, signedInAs, StandIn } from './standin.js'

beforeEach(() => setActivePinia(createPinia()))

test('the store follows the session', async () => {
  const auth = new StandIn()
  const store = defineAuthStore(auth)()
  const seen: unknown[] = []
  watchEffect(() => void seen.push(`${store.status} ${store.user?.username} ${store.isSignedIn}`), { flush: 'sync' })
  auth.restore(out)
  await auth.ready()
  await store.signIn({ username: 'alice', password: 'x' })
  auth.tell('stale', { ...auth.session, status: 'stale' })
  auth.end('revoked')
  expect(seen.filter((state, i) => state !== seen[i - 1])).toEqual(['unknown undefined false', 'out undefined false', 'in alice true', 'stale alice true', 'out undefined false'])
  expect(store.session.ended).toBe('revoked')
})

test('its actions are those of the core, and reject as they do', async () => {
  const auth = new StandIn().restore(out)
  const store = defineAuthStore(auth)()
  await store.signIn({ username: 'alice', password: 'x' })
  await store.refresh()
  expect(auth.refreshes).toBe(1)
  await store.signOut()
  expect(store.isSignedIn).toBe(false)
  const refusal = new Error('refused')
  auth.onSignIn = () => Promise.reject(refusal)
  await expect(store.signIn({ username: 'alice', password: 'y' })).rejects.toBe(refusal)
  await store.signInWithPasskey()
  expect(store.isSignedIn).toBe(true)
})

test('the session is state, so devtools and storeToRefs see it', () => {
  const pinia = createPinia()
  setActivePinia(pinia)
  const store = defineAuthStore(new StandIn().restore(signedInAs('alice')))()
  expect(store.$id).toBe('auth')
  expect(pinia.state.value['auth']).toHaveProperty('session.user.username', 'alice')
  expect(Object.keys(storeToRefs(store)).sort()).toEqual(['isSignedIn', 'session', 'status', 'user'])
})

test('what a server rendered with does not hide the session of this browser', () => {
  const pinia = createPinia()
  setActivePinia(pinia)
  pinia.state.value = { auth: { session: out } }
  const store = defineAuthStore(new StandIn().restore(signedInAs('alice')))()
  expect(store.user?.username).toBe('alice')
})

test('two sessions are two stores', () => {
  const mine = defineAuthStore(new StandIn().restore(signedInAs('alice')))()
  const theirs = defineAuthStore(new StandIn().restore(signedInAs('bob')), 'other')()
  expect([mine.user?.username, theirs.user?.username]).toEqual(['alice', 'bob'])
})

test('a store that is disposed of listens no more', () => {
  const auth = new StandIn().restore(out)
  const store = defineAuthStore(auth)()
  expect(auth.listeners).toBe(1)
  store.$dispose()
  expect(auth.listeners).toBe(0)
})
