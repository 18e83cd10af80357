import { describe, expect, test } from 'vitest'
import { h, watchEffect } from 'vue'
import { createStore, mapActions, mapGetters, mapState } from 'vuex'
import { authModule } from '../src/vuex.js'
import { render } from './render.js'
import { out, signedInAs, StandIn } from './standin.js'

const credentials = { username: 'alice', password: 'x' }
const make = (auth: StandIn) => createStore({ strict: true, modules: { auth: authModule(auth) } })

describe('the module in a strict store', () => {
  test('follows the session from the first moment', async () => {
    const auth = new StandIn()
    const store = make(auth)
    const seen: string[] = []
    watchEffect(() => void seen.push(`${store.getters['auth/status']} ${store.getters['auth/user']?.username} ${store.getters['auth/isSignedIn']}`), { flush: 'sync' })
    auth.restore(signedInAs('bob'))
    await auth.ready()
    auth.end('expired')
    await store.dispatch('auth/signIn', credentials)
    auth.tell('stale', { ...auth.session, status: 'stale' })
    await store.dispatch('auth/signOut')
    expect(seen.filter((state, i) => state !== seen[i - 1])).toEqual(['unknown undefined false', 'in bob true', 'out undefined false', 'in alice true', 'stale alice true', 'out undefined false'])
    expect(store.state).toHaveProperty('auth.session.ended', 'signed_out')
  })

  test('records every change as a mutation, once an action has shown it the store', async () => {
    const auth = new StandIn().restore(signedInAs('alice'))
    const store = make(auth)
    const mutations: [string, string][] = []
    store.subscribe(({ type, payload }) => mutations.push([type, payload.status]))
    expect(await store.dispatch('auth/ready')).toBe(auth.session)
    auth.tell('stale', { ...auth.session, status: 'stale' })
    await store.dispatch('auth/refresh')
    auth.end('revoked')
    expect(mutations).toEqual(['in', 'stale', 'stale', 'out'].map((status) => ['auth/session', status]))
    expect(auth.refreshes).toBe(1)
  })

  test('can be put back to an earlier state, as devtools do', async () => {
    const auth = new StandIn().restore(signedInAs('alice'))
    const store = make(auth)
    await store.dispatch('auth/ready')
    const earlier = JSON.parse(JSON.stringify(store.state))
    auth.end('signed_out')
    store.replaceState(earlier)
    expect(store.getters['auth/user'].username).toBe('alice')
    await store.dispatch('auth/signIn', { ...credentials, username: 'bob' })
    expect(store.getters['auth/user'].username).toBe('bob')
  })
})

test.each([
  ['signIn', 'signOut'],
  ['login', 'logout'],
] as const)('mapActions gives components %s and %s', async (signIn, signOut) => {
  const auth = new StandIn().restore(out)
  const store = make(auth)
  interface Methods {
    [name: string]: (payload?: unknown) => Promise<unknown>
  }
  let methods!: Methods
  const root = {
    computed: { ...mapGetters('auth', ['user', 'isSignedIn']), ...mapState('auth', ['session']) },
    methods: mapActions('auth', [signIn, signOut, 'refresh']),
    created(this: unknown) {
      methods = this as Methods
    },
    render(this: Record<string, any>) {
      return h('p', `${this['isSignedIn']} ${this['user']?.username} ${this['session'].status}`)
    },
  }
  const { text } = render(root, (app) => app.use(store))
  expect(text()).toBe('false undefined out')
  await methods[signIn]?.(credentials)
  await Promise.resolve()
  expect(text()).toBe('true alice in')
  await methods[signOut]?.({ scope: 'all' })
  await Promise.resolve()
  expect(text()).toBe('false undefined out')
})

test.each(['signInWithPasskey', 'loginWithPasskey'])('mapActions gives components %s', async (name) => {
  const auth = new StandIn().restore(out)
  auth.onPasskey = ({ mediation }) => signedInAs(mediation ?? 'alice')
  const store = make(auth)
  await store.dispatch(`auth/${name}`)
  expect(store.getters['auth/user'].username).toBe('alice')
  await store.dispatch(`auth/${name}`, { mediation: 'conditional' })
  expect(store.getters['auth/user'].username).toBe('conditional')
})

test('a sign-in that is refused rejects the action', async () => {
  const auth = new StandIn().restore(out)
  auth.onSignIn = () => Promise.reject(new Error('refused'))
  await expect(make(auth).dispatch('auth/login', credentials)).rejects.toThrow('refused')
})

test('the module can come later, under another name', async () => {
  const store = createStore({ strict: true })
  store.registerModule('session', authModule(new StandIn().restore(signedInAs('alice'))))
  expect(store.getters['session/user'].username).toBe('alice')
})
