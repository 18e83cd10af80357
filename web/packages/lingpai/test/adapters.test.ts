// The adapters on the real core, with a server that speaks like Lingpai.
import axios from 'axios'
import { createPinia, setActivePinia } from 'pinia'
import { expect, onTestFinished, test, vi } from 'vitest'
import { h } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { createStore } from 'vuex'
import { bindAxios } from '../src/axios.js'
import { createAuth } from '../src/index.js'
import { defineAuthStore } from '../src/pinia.js'
import { type FakeAuthServer, fakeAuthServer, type TwoTabs, twoTabs } from '../src/testing.js'
import type { Auth, AuthOptions } from '../src/types.js'
import { lingpai, type SignIn, useAuth, useSignIn } from '../src/vue.js'
import { authModule } from '../src/vuex.js'
import { render } from './render.js'
import { alice } from './world.js'

const site = 'https://app.example'

function open(server: FakeAuthServer, options: AuthOptions = {}): Auth {
  const auth = createAuth({ base: `${site}/auth`, origins: [`${site}/api`], fetch: server.fetch, events: false, ...options })
  onTestFinished(() => auth.dispose())
  return auth
}

const http = (server: FakeAuthServer, auth: Auth) =>
  bindAxios(axios.create({ baseURL: `${site}/api`, adapter: 'fetch', env: { fetch: server.fetch } }), auth)

function app(auth: Auth) {
  const page = (name: string) => ({ render: () => h('p', name) })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/login', component: page('login'), meta: { auth: 'guest' } },
      { path: '/notes', component: page('notes'), meta: { auth: true } },
      { path: '/', component: page('home') },
    ],
  })
  const visited: string[] = []
  router.afterEach((to) => void visited.push(to.fullPath))
  const { text } = render(RouterView, (app) => app.use(router).use(lingpai, { auth, router }))
  return { router, visited, text }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 30))

test('P1, P4: five requests of two instances and fetch, refused at once, cost one refresh', async () => {
  const server = fakeAuthServer()
  const auth = open(server)
  await auth.signIn(alice)
  const [mine, yours] = [http(server, auth), http(server, auth)]
  expect((await mine.get('/notes')).status).toBe(200)
  server.expireTokens()
  const answers = await Promise.all([mine.get('/a'), yours.post('/b', { a: 1 }), mine.put('/c', 'x'), yours.get('/d'), auth.fetch(`${site}/api/e`)])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(server.count('refresh')).toBe(2) // the first found that nobody was signed in yet
})

test('P18: without a network every waiting request says so, and the session is kept', async () => {
  const server = fakeAuthServer()
  const auth = open(server)
  await auth.signIn(alice)
  const client = http(server, auth)
  server.expireTokens()
  server.intercept('refresh', () => {
    server.offline = true
    return Response.error()
  })
  const errors = await Promise.all([client.get('/a'), client.get('/b')].map((request) => request.catch((error: unknown) => error)))
  expect(errors).toEqual([expect.objectContaining({ retryable: true }), expect.objectContaining({ retryable: true })])
  expect(auth.session).toMatchObject({ status: 'stale', user: { username: 'alice' } })
})

test('when the server ends the session, guard and stores follow', async () => {
  const server = fakeAuthServer()
  const auth = open(server)
  await auth.signIn(alice)
  setActivePinia(createPinia())
  const pinia = defineAuthStore(auth)()
  const vuex = createStore({ strict: true, modules: { auth: authModule(auth) } })
  const { router, text } = app(auth)
  await router.push('/notes')
  expect([text(), pinia.user?.username, vuex.getters['auth/user'].username]).toEqual(['notes', 'alice', 'alice'])
  server.endSessions('alice')
  await http(server, auth).get('/notes').catch(() => {})
  await settled()
  expect([text(), pinia.status, vuex.getters['auth/status']]).toEqual(['login', 'out', 'out'])
  expect(router.currentRoute.value.fullPath).toBe('/login?return_to=/notes')
})

test('P33: after a reload the page that was open opens again, and no other', async () => {
  const server = fakeAuthServer()
  await open(server).signIn(alice)
  const { router, visited } = app(open(server))
  await router.push('/notes')
  expect(visited).toEqual(['/notes'])
})

test('P33: after a reload without a session, the login page opens, and the page behind it after sign-in', async () => {
  const server = fakeAuthServer()
  const auth = open(server)
  const { router, visited } = app(auth)
  await router.push('/notes')
  await auth.signIn(alice)
  await settled()
  expect(visited).toEqual(['/login?return_to=/notes', '/notes'])
})

/** What a component sees that has a form for signing in, in an app of two tabs' first. */
function form(tabs: TwoTabs): { text: () => string; form: SignIn } {
  onTestFinished(tabs.close)
  let form!: SignIn
  const page = {
    setup() {
      const { user } = useAuth()
      form = useSignIn()
      return () => h('p', form.error.value?.message ?? user.value?.username)
    },
  }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: page }] })
  const { text } = render(page, (app) => app.use(router).use(lingpai, { auth: tabs.a, router }))
  return { text, form }
}

test('a component signs in with a passkey, without a browser', async () => {
  const tabs = twoTabs()
  const it = form(tabs)
  await it.form.signInWithPasskey()
  await settled()
  expect(it.text()).toContain('No passkey was used')
  tabs.browser.passkey = 'alice'
  expect((await it.form.signInWithPasskey())?.user?.username).toBe('alice')
  await settled()
  expect(it.text()).toBe('alice')
})

test('a component offers passkeys, and shows which of them opens nothing', async () => {
  const tabs = twoTabs()
  const it = form(tabs)
  const offer = it.form.signInWithPasskey({ mediation: 'conditional' })
  await settled()
  expect(it.text()).toBe('')
  tabs.browser.passkey = 'mallory'
  await vi.waitFor(() => expect(it.text()).toContain('does not open an account'), 60_000)
  tabs.browser.passkey = 'alice'
  expect((await offer)?.user?.username).toBe('alice')
})
