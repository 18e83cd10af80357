import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { h, nextTick, watchEffect } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createMemoryHistory, createRouter, type Router, type RouteRecordRaw, RouterView } from 'vue-router'
import { createSSRApp } from 'vue'
import { AuthError } from '../src/errors.js'
import { lingpai, type LingpaiOptions, type SignIn, useAuth, type UseAuth, useSignIn } from '../src/vue.js'
import type { PasskeyOptions, Session } from '../src/types.js'
import { render } from './render.js'
import { out, signedInAs, StandIn } from './standin.js'

const page = (name: string) => ({ render: () => h('p', name) })
const routes: RouteRecordRaw[] = [
  { path: '/', component: page('home') },
  { path: '/login', component: page('login'), meta: { auth: 'guest' } },
  { path: '/notes/:id?', component: page('notes'), meta: { auth: true } },
  { path: '/denied', component: page('denied') },
  {
    path: '/admin',
    component: RouterView,
    meta: { auth: { roles: ['admin', 'owner'] } },
    children: [
      { path: '', component: page('admin') },
      { path: 'users', component: page('users'), meta: { auth: true } },
      { path: 'help', component: page('help'), meta: { auth: false } },
      { path: 'billing', component: page('billing'), meta: { auth: { roles: ['owner'] } } },
    ],
  },
]

interface Running {
  auth: StandIn
  router: Router
  text: () => string
  use: UseAuth
  form: SignIn
  unmount: () => void
}

/** An app on a router; `use` and `form` are what its root component got. */
function start(options: Partial<LingpaiOptions> & { base?: string; routes?: RouteRecordRaw[]; first?: 'router' | 'lingpai' } = {}): Running {
  const auth = new StandIn()
  const router = createRouter({ history: createMemoryHistory(options.base), routes: options.routes ?? routes })
  let got!: { use: UseAuth; form: SignIn }
  const root = {
    setup() {
      got = { use: useAuth(), form: useSignIn() }
      return () => h(RouterView)
    },
  }
  const ours = { auth, router, ...options }
  const { app, text } = render(root, (app) => (options.first === 'lingpai' ? app.use(lingpai, ours).use(router) : app.use(router).use(lingpai, ours)))
  return { auth, router, text, ...got, unmount: () => app.unmount() }
}

const at = ({ router }: Running) => router.currentRoute.value.fullPath
const settled = () => new Promise((resolve) => setTimeout(resolve, 20))
const credentials = { username: 'alice', password: 'x' }

/** Collects what a developer reads in the console, and keeps the router's own warnings out of it. */
function complaints(): string[] {
  const said: string[] = []
  const spies = [vi.spyOn(console, 'error').mockImplementation((what) => void said.push(String(what))), vi.spyOn(console, 'warn').mockImplementation(() => {})]
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()))
  return said
}

describe('the guard', () => {
  test.each(['router', 'lingpai'] as const)('P32, P33: waits until the session is restored, and shows no login page before (first: %s)', async (first) => {
    const it = start({ first })
    const visited: string[] = []
    it.router.afterEach((to) => void visited.push(to.fullPath))
    const going = it.router.push('/notes/7')
    await settled()
    expect(it.text()).toBe('')
    it.auth.restore(signedInAs('alice'))
    await going
    expect(visited).toEqual(['/notes/7'])
    expect(it.text()).toBe('notes')
  })

  test('pages for all do not wait', async () => {
    const it = start()
    await it.router.push('/')
    expect(it.text()).toBe('home')
  })

  test('who is not signed in reaches the login page, which knows the way back', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/notes/7?a=1&b=x%26y#part')
    expect(it.router.currentRoute.value.path).toBe('/login')
    expect(it.router.currentRoute.value.query).toEqual({ return_to: '/notes/7?a=1&b=x%26y#part' })
  })

  test('a server that cannot be reached sends nobody to the login page', async () => {
    const it = start()
    it.auth.restore({ ...signedInAs('alice'), status: 'stale' })
    await it.router.push('/notes')
    expect(at(it)).toBe('/notes')
  })

  test('who is signed in does not see pages for guests', async () => {
    const it = start({ home: { path: '/', query: { hello: '1' } } })
    it.auth.restore(signedInAs('alice'))
    await it.router.push('/login')
    expect(at(it)).toBe('/?hello=1')
    await it.router.push('/login?return_to=/notes/3')
    expect(at(it)).toBe('/notes/3')
  })

  test('the first navigation is judged too when it was over before the plugin came', async () => {
    const auth = new StandIn().restore(out)
    const router = createRouter({ history: createMemoryHistory(), routes })
    const { app, text } = render(RouterView, (app) => app.use(router))
    await router.push('/notes')
    expect(text()).toBe('notes')
    app.use(lingpai, { auth, router })
    await settled()
    expect(router.currentRoute.value.fullPath).toBe('/login?return_to=/notes')
  })

  test('an event that comes before the session is known sends nobody away', async () => {
    const auth = new StandIn()
    const router = createRouter({ history: createMemoryHistory(), routes })
    const { app } = render(RouterView, (app) => app.use(router))
    await router.push('/notes')
    app.use(lingpai, { auth, router, login: '/denied' }) // not for guests, so that nothing else holds the navigation up
    auth.tell('storage_lost', auth.session)
    await settled()
    expect(router.currentRoute.value.fullPath).toBe('/notes')
  })

  test('a page below one for guests can ask for a sign-in', async () => {
    const children = [{ path: 'notes', component: page('notes'), meta: { auth: true } }]
    const it = start({ routes: [...routes, { path: '/welcome', component: RouterView, meta: { auth: 'guest' }, children }] })
    it.auth.restore(out)
    await it.router.push('/welcome/notes')
    expect(at(it)).toBe('/login?return_to=/welcome/notes')
    it.auth.tell('signed_in', signedInAs('alice'))
    await settled()
    expect(it.text()).toBe('notes')
  })
})

describe('roles', () => {
  test.each([
    ['/admin', 'admin', ['admin']],
    ['/admin', 'admin', ['owner']],
    ['/admin/users', 'users', ['admin']],
    ['/admin/billing', 'billing', ['owner']],
    ['/admin/help', 'help', []],
  ])('%s opens to %s with %j', async (path, text, roles) => {
    const it = start()
    it.auth.restore(signedInAs('alice', ...roles))
    await it.router.push(path)
    expect(it.text()).toBe(text)
  })

  test.each([
    ['/admin', []],
    ['/admin/users', []], // a child adds its demand to that of its parent, and does not loosen it
    ['/admin/billing', ['admin']],
  ])('%s does not open with %j: the page stays, and the error says why', async (path, roles) => {
    const said = complaints()
    const it = start()
    it.auth.restore(signedInAs('bob', ...roles))
    await it.router.push('/')
    await expect(it.router.push(path)).rejects.toMatchObject({ code: 'forbidden_role' })
    expect(at(it)).toBe('/')
    expect(said.join()).toContain(`do not open ${path}`)
  })

  test('roles that do not suffice lead to the page for that', async () => {
    const it = start({ forbidden: '/denied' })
    it.auth.restore(signedInAs('bob'))
    await it.router.push('/admin')
    expect(at(it)).toBe('/denied')
  })

  test('while nobody knows who it is, for want of a network, the page stays; once it is known, the guard decides', async () => {
    const it = start()
    it.auth.restore({ ...signedInAs('?'), user: null, status: 'stale' })
    await it.router.push('/admin')
    expect(at(it)).toBe('/admin')
    it.auth.tell('refreshed', signedInAs('alice', 'admin'))
    await settled()
    expect(at(it)).toBe('/admin')
    it.auth.tell('refreshed', signedInAs('bob'))
    await settled()
    expect(at(it)).toBe('/')
  })

  test('when another user signs in, a page that is not theirs is left', async () => {
    const it = start()
    it.auth.restore(signedInAs('alice', 'admin'))
    await it.router.push('/admin')
    it.auth.tell('signed_in', signedInAs('bob'))
    await settled()
    expect(at(it)).toBe('/')
  })
})

describe('P34: mistakes do not loop', () => {
  test('a login page that asks for a sign-in is shown, and the developer told', async () => {
    const said = complaints()
    const it = start({
      routes: [{ path: '/', component: RouterView, meta: { auth: true }, children: [{ path: 'login', component: page('login') }, { path: 'notes', component: page('notes') }] }],
    })
    it.auth.restore(out)
    await it.router.push('/notes')
    expect(it.text()).toBe('login')
    expect(said).toEqual([expect.stringMatching(/the login page \/login has meta\.auth/)])
  })

  test('a login page that is missing is told', async () => {
    const said = complaints()
    const it = start({ login: '/sign-in' })
    it.auth.restore(out)
    await it.router.push('/notes')
    expect(said).toEqual([expect.stringMatching(/no route is the login page \/sign-in/)])
  })

  test('a home for guests, and a page for refusals that refuses, are told', async () => {
    const said = complaints()
    const guests = start({ home: '/login' })
    guests.auth.restore(signedInAs('alice'))
    await guests.router.push('/login')
    expect(guests.text()).toBe('login')
    const refusing = start({ forbidden: '/admin' })
    refusing.auth.restore(signedInAs('bob'))
    await refusing.router.push('/admin')
    expect(said).toEqual([expect.stringMatching(/for guests/), expect.stringMatching(/cannot ask/)])
  })
})

describe('the end of a session', () => {
  test('leads from a page that asks for one to the login page, and back after the next', async () => {
    const it = start()
    it.auth.restore(signedInAs('alice'))
    await it.router.push('/notes/7?a=1#h')
    it.auth.end('expired')
    await settled()
    expect(at(it)).toBe('/login?return_to=/notes/7?a=1%23h')
    it.auth.tell('signed_in', signedInAs('alice')) // in another tab
    await settled()
    expect(at(it)).toBe('/notes/7?a=1#h')
  })

  test('that was noticed late, after a start without a network, leads to the login page too', async () => {
    const it = start()
    it.auth.restore({ ...out, status: 'stale' })
    await it.router.push('/notes')
    expect(at(it)).toBe('/notes')
    it.auth.tell('restored', out)
    await settled()
    expect(at(it)).toBe('/login?return_to=/notes')
  })

  test('leaves a page for all alone', async () => {
    const it = start()
    it.auth.restore(signedInAs('alice'))
    await it.router.push('/')
    it.auth.end('revoked')
    await settled()
    expect(at(it)).toBe('/')
  })

  test('yields to where the app goes itself', async () => {
    const it = start()
    it.auth.restore(signedInAs('alice'))
    await it.router.push('/notes')
    await it.use.signOut()
    await it.router.push('/')
    await settled()
    expect(at(it)).toBe('/')
  })
})

describe('useSignIn', () => {
  test('signs in and goes back', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/notes/7?a=1#h')
    await it.form.signIn(credentials).then(it.form.goBack)
    expect(at(it)).toBe('/notes/7?a=1#h')
  })

  test('goes back also where the guard was quicker', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/notes/7')
    await it.form.signIn(credentials)
    await settled()
    await it.form.goBack()
    expect(at(it)).toBe('/notes/7')
  })

  test('goes back to a page that asks for a role, when the user has it', async () => {
    const it = start()
    it.auth.restore(out)
    it.auth.onSignIn = () => signedInAs('alice', 'admin')
    await it.router.push('/admin/users')
    await it.form.signIn(credentials).then(it.form.goBack)
    expect(at(it)).toBe('/admin/users')
  })

  test('does not go back to the login page, whatever meta.auth says there', async () => {
    const it = start({ routes: [{ path: '/', component: page('home') }, { path: '/login', component: page('login') }] })
    it.auth.restore(out)
    await it.router.push('/login?return_to=/login')
    await it.form.signIn(credentials).then(it.form.goBack)
    expect(at(it)).toBe('/')
  })

  test('goes home instead of to a page that the user may not see', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/admin/users')
    await it.form.signIn(credentials).then(it.form.goBack)
    expect(at(it)).toBe('/')
  })

  test('says why it was refused, goes nowhere, and forgets it at the next try', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/notes')
    const refusal = new AuthError('credentials_invalid')
    it.auth.onSignIn = () => Promise.reject(refusal)
    expect(await it.form.signIn(credentials).then((session) => it.form.goBack().then(() => session))).toBeNull()
    expect(it.form.error.value).toBe(refusal)
    expect(it.form.busy.value).toBe(false)
    expect(it.router.currentRoute.value.path).toBe('/login')
    it.auth.onSignIn = () => signedInAs('alice')
    await it.form.signIn(credentials)
    expect(it.form.error.value).toBeNull()
  })

  test('is busy meanwhile, and a second click joins the first', async () => {
    const it = start()
    it.auth.restore(out)
    const asked = vi.fn(async () => (await settled(), signedInAs('alice')))
    it.auth.onSignIn = asked
    const tries = [it.form.signIn(credentials), it.form.signIn(credentials)]
    expect(it.form.busy.value).toBe(true)
    expect((await Promise.all(tries)).map((session) => session?.user?.username)).toEqual(['alice', 'alice'])
    expect(asked).toHaveBeenCalledOnce()
    expect(it.form.busy.value).toBe(false)
  })

  test('a fault that is none of the sign-in is not hidden', async () => {
    const it = start()
    it.auth.onSignIn = () => Promise.reject(new TypeError('a bug'))
    await expect(it.form.signIn(credentials)).rejects.toThrow('a bug')
    expect(it.form.busy.value).toBe(false)
  })
})

describe('useSignIn with a passkey', () => {
  const conditional = { mediation: 'conditional' } as const
  const waits = ({ signal }: PasskeyOptions) => new Promise<Session>((_, reject) => signal!.addEventListener('abort', () => reject(new AuthError('passkey_cancelled'))))

  test('signs in and goes back', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/notes/7?a=1#h')
    await it.form.signInWithPasskey().then(it.form.goBack)
    expect(at(it)).toBe('/notes/7?a=1#h')
  })

  test('is busy meanwhile, and says why it came to nothing', async () => {
    const it = start()
    it.auth.restore(out)
    it.auth.onPasskey = () => Promise.reject(new AuthError('passkey_cancelled'))
    const trying = it.form.signInWithPasskey()
    expect(it.form.busy.value).toBe(true)
    expect(it.form.signIn(credentials)).toBe(trying)
    expect(await trying).toBeNull()
    expect([it.form.busy.value, it.form.error.value?.code]).toEqual([false, 'passkey_cancelled'])
  })

  test('an offer waits without being busy, leaves the password its way, and goes with the component', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/notes/7')
    it.auth.onPasskey = waits
    const offer = it.form.signInWithPasskey(conditional)
    expect(it.form.busy.value).toBe(false)
    await it.form.signIn(credentials).then(it.form.goBack)
    expect(at(it)).toBe('/notes/7')
    it.unmount()
    expect(await offer).toBeNull()
    expect(it.form.error.value).toBeNull()
  })

  test('an offer that is taken signs in and goes back', async () => {
    const it = start()
    it.auth.restore(out)
    await it.router.push('/notes/7')
    it.auth.onPasskey = ({ mediation }) => signedInAs(mediation!)
    await it.form.signInWithPasskey(conditional).then(it.form.goBack)
    expect(at(it)).toBe('/notes/7')
    expect(it.auth.session.user?.username).toBe('conditional')
  })

  test.each(['passkey_cancelled', 'passkey_unsupported', 'passkeys_unavailable', 'discarded'])('an offer that nobody has taken says nothing (%s)', async (code) => {
    const it = start()
    it.auth.restore(out)
    it.auth.onPasskey = () => Promise.reject(new AuthError(code))
    expect(await it.form.signInWithPasskey(conditional)).toBeNull()
    expect(it.form.error.value).toBeNull()
  })

  test('of a passkey that was taken and opens nothing it tells, and offers again; of a dead network it tells, and does not', async () => {
    const it = start()
    it.auth.restore(out)
    const said: (string | undefined)[] = []
    const codes = ['passkey_invalid', 'challenge_void', 'offline', 'never asked']
    it.auth.onPasskey = () => {
      said.push(it.form.error.value?.code)
      return Promise.reject(new AuthError(codes.shift()!))
    }
    expect(await it.form.signInWithPasskey(conditional)).toBeNull()
    expect(said).toEqual([undefined, 'passkey_invalid', 'challenge_void'])
    expect(it.form.error.value?.code).toBe('offline')
  })

  test('a fault that is none of the sign-in is not hidden', async () => {
    const it = start()
    it.auth.onPasskey = () => Promise.reject(new TypeError('a bug'))
    await expect(it.form.signInWithPasskey()).rejects.toThrow('a bug')
    await expect(it.form.signInWithPasskey(conditional)).rejects.toThrow('a bug')
  })
})

test('P35: below a sub-path the way back is one of the app', async () => {
  const it = start({ base: '/app/' })
  it.auth.restore(out)
  await it.router.push('/notes/7')
  expect(it.router.resolve(it.router.currentRoute.value).href).toBe('/app/login?return_to=/notes/7')
  await it.form.signIn(credentials).then(it.form.goBack)
  expect(it.router.resolve(it.router.currentRoute.value).href).toBe('/app/notes/7')
})

test.each([
  '//evil.com', '/\\evil.com', '/\t/evil.com', '/\n/evil.com', ' //evil.com', 'https:///evil.com', 'javascript:alert(1)', '/..//evil.com', '/.//evil.com',
  'https://evil.com/notes', '/login', '/login?return_to=/notes', '/no/such/page', '', ['/notes', '/notes/1'],
])('P36: %j is no way back', async (return_to) => {
  complaints()
  const it = start()
  it.auth.restore(out)
  await it.router.push({ path: '/login', query: { return_to } })
  await it.form.signIn(credentials).then(it.form.goBack)
  expect(at(it)).toBe('/')
})

describe('P35: without a router', () => {
  test.each([
    ['?return_to=%2Fnotes%3Fa%3D1%23h', '/notes?a=1#h'],
    ['?return_to=%2F%2Fevil.com', '/start'],
    ['', '/start'],
  ])('the address %j leads to %s', async (search, to) => {
    const assign = vi.fn()
    vi.stubGlobal('location', { search, assign, origin: 'https://app.example', href: `https://app.example/login${search}` })
    onTestFinished(() => void vi.unstubAllGlobals())
    const auth = new StandIn().restore(out)
    let form!: SignIn
    const root = { setup: () => ((form = useSignIn()), () => null) }
    render(root, (app) => app.use(lingpai, { auth, home: '/start' }))
    await form.goBack()
    expect(assign).not.toHaveBeenCalled()
    await form.signIn(credentials).then(form.goBack)
    expect(assign).toHaveBeenCalledExactlyOnceWith(to)
  })
})

describe('useAuth', () => {
  test('P37: follows restore, sign-in, refresh, trouble and the end', async () => {
    const { auth, use } = start()
    const seen: unknown[] = []
    watchEffect(() => void seen.push([use.session.value.status, use.user.value?.username, use.isSignedIn.value]), { flush: 'sync' })
    auth.restore(out)
    await settled()
    await use.signIn(credentials)
    auth.tell('stale', { ...auth.session, status: 'stale' })
    auth.tell('refreshed', signedInAs('alice', 'admin'))
    expect(use.user.value?.roles).toEqual(['admin'])
    await use.signOut()
    const states = seen.map((state) => JSON.stringify(state)).filter((state, i, all) => state !== all[i - 1])
    expect(states).toEqual(['["unknown",null,false]', '["out",null,false]', '["in","alice",true]', '["stale","alice",true]', '["in","alice",true]', '["out",null,false]'])
  })

  test('what components read they cannot write', () => {
    complaints()
    const { auth, use } = start()
    Object.assign(use.session, { value: signedInAs('mallory') })
    expect(use.session.value).toBe(auth.session)
  })

  test('without the plugin says what to do', () => {
    complaints()
    expect(() => useAuth()).toThrow(/app\.use\(lingpai/)
  })

  test('an app that is unmounted listens no more, and its router is free', async () => {
    const it = start()
    it.auth.restore(out)
    expect(it.auth.listeners).toBe(1)
    it.unmount()
    expect(it.auth.listeners).toBe(0)
    await it.router.push('/notes')
    expect(at(it)).toBe('/notes')
  })
})

test('P45: a server renders the app without a window', async () => {
  expect(typeof window).toBe('undefined')
  const auth = new StandIn().restore(out)
  const router = createRouter({ history: createMemoryHistory(), routes })
  const root = { setup: () => (({ session }) => () => h('b', session.value.status))(useAuth()) }
  const app = createSSRApp(root).use(lingpai, { auth, router }).use(router)
  await router.push('/notes')
  await nextTick()
  expect(router.currentRoute.value.path).toBe('/login')
  expect(await renderToString(app)).toBe('<b>out</b>')
})
