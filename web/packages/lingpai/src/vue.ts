// Vue with the session: a plugin, two composables, and a guard for vue-router. The guard asks the core and no store, so the order of app.use
// does not matter.
import { type App, computed, type ComputedRef, inject, type InjectionKey, onScopeDispose, ref, type Ref, shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import type { RouteLocationNormalized, RouteLocationRaw, RouteLocationResolved, Router } from 'vue-router'
import { AuthError } from './errors.js'
import { safeReturnTo } from './returnto.js'
import type { Auth, Credentials, PasskeyOptions, Session, SignOutScope, User } from './types.js'

/**
 * Who may enter a route: whoever is signed in (`true`), whoever is not (`'guest'`, for the login page), or whoever has one of the roles.
 * A child route adds its demand to those of its parents; `false` lifts them. What only some may *read* the API must guard as well.
 */
export type RouteAuth = boolean | 'guest' | { readonly roles: readonly string[] }

declare module 'vue-router' {
  interface RouteMeta {
    auth?: RouteAuth
  }
}

/** What `app.use(lingpai, …)` takes. */
export interface LingpaiOptions {
  /** What `createAuth` made; the same as for Axios and stores. */
  readonly auth: Auth
  /** Without it there is no guard, and {@link SignIn.goBack} loads the page anew. */
  readonly router?: Router
  /** The app's login page. Default `/login`. */
  readonly login?: RouteLocationRaw
  /** Where to go after sign-in when no page was asked for before. Default `/`. */
  readonly home?: RouteLocationRaw
  /** Where to go when the roles do not suffice. Default: the navigation fails with an {@link AuthError} of the code `forbidden_role`. */
  readonly forbidden?: RouteLocationRaw
}

/** The session for components. */
export interface UseAuth {
  /** The core, for what is not here: `fetch`, `token`, `on`. */
  readonly auth: Auth
  /** The snapshot of now. */
  readonly session: Readonly<ShallowRef<Session>>
  /** Who is signed in; `null` if nobody is, or while nobody knows who it is. */
  readonly user: ComputedRef<User | null>
  /** True too while the server cannot be reached (`stale`): only its word ends a session. */
  readonly isSignedIn: ComputedRef<boolean>
  /** {@link Auth.signIn}, which rejects; a form has it easier with {@link useSignIn}. */
  signIn(credentials: Credentials): Promise<Session>
  /** {@link Auth.signInWithPasskey}, which rejects. */
  signInWithPasskey(options?: PasskeyOptions): Promise<Session>
  /** {@link Auth.signOut}. In a template: `@click="signOut()"`, with the parentheses. */
  signOut(options?: { readonly scope?: SignOutScope }): Promise<void>
}

/** What a login form needs. */
export interface SignIn {
  /** Resolves to `null`, and sets `error`, when it was refused or nobody answered. A call while one is under way joins it. */
  signIn(credentials: Credentials): Promise<Session | null>
  /**
   * The same with a passkey. With `mediation: 'conditional'`, for `onMounted`, it lasts until somebody takes a passkey that opens an account, or the
   * component goes; `busy` stays false, and `error` tells of passkeys that somebody took, not of a browser or a server that has none.
   */
  signInWithPasskey(options?: Pick<PasskeyOptions, 'mediation'>): Promise<Session | null>
  /** Whether a sign-in is under way; for `:disabled`. */
  readonly busy: Readonly<Ref<boolean>>
  /** Why the last try failed; its `message` is a sentence to show. */
  readonly error: Readonly<ShallowRef<AuthError | null>>
  /** Goes to the page that asked for the sign-in, if its address is one of this app's, else home. Does nothing while nobody is signed in. */
  goBack(): Promise<void>
}

interface Place extends UseAuth {
  /** Where a sign-in on the current page leads to. */
  destination(): () => Promise<unknown>
}

const placeKey: InjectionKey<Place> = Symbol('lingpai')

/** The plugin: `app.use(lingpai, { auth, router, login: '/login', home: '/' })`. */
export function lingpai(app: App, options: LingpaiOptions): void {
  const { auth, router, home = '/' } = options
  const session = shallowRef(auth.session)
  const isSignedIn = computed(() => holds(session.value))
  const guard = router && new Guard(router, options)
  const follow = () => {
    session.value = auth.session
  }
  const stops = [
    auth.on('change', () => {
      follow()
      void guard?.recheck()
    }),
    guard?.stop,
  ]
  void auth.ready().then(() => {
    follow()
    void guard?.recheck()
  })
  app.onUnmount(() => stops.forEach((stop) => stop?.()))
  app.provide(placeKey, {
    auth,
    session: shallowReadonly(session),
    user: computed(() => session.value.user),
    isSignedIn,
    signIn: (credentials) => auth.signIn(credentials),
    signInWithPasskey: (how) => auth.signInWithPasskey(how),
    signOut: (scope) => auth.signOut(scope),
    destination: () => guard?.destination() ?? leaveFor(home),
  })
}

/** The session, reactive. For `setup()` of a component below the app, or `app.runWithContext()`. */
export function useAuth(): UseAuth {
  const { destination: _, ...rest } = usePlace()
  return rest
}

/** For a login form: `@submit.prevent="signIn({ username, password }).then(goBack)"`. */
export function useSignIn(): SignIn {
  const { auth, destination } = usePlace()
  const busy = ref(false)
  const error = shallowRef<AuthError | null>(null)
  let going: ReturnType<typeof destination> | undefined
  let trying: Promise<Session | null> | undefined
  const unmounted = new AbortController()
  onScopeDispose(() => unmounted.abort(), true)

  async function attempt(enter: () => Promise<Session>): Promise<Session | null> {
    going = destination() // of now: the guard may have left this page when goBack is called
    busy.value = true
    error.value = null
    try {
      return await enter()
    } catch (failure) {
      if (!(failure instanceof AuthError)) throw failure
      error.value = failure
      return null
    } finally {
      busy.value = false
      trying = undefined
    }
  }

  /** A passkey that opens no account does not end the offer: there may be another. */
  async function offer(mediation: PasskeyOptions['mediation']): Promise<Session | null> {
    going = destination()
    for (;;) {
      try {
        return await auth.signInWithPasskey({ mediation, signal: unmounted.signal })
      } catch (failure) {
        if (!(failure instanceof AuthError)) throw failure
        if (silent.includes(failure.code)) return null
        error.value = failure
        if (!refusals.includes(failure.code)) return null
      }
    }
  }

  return {
    signIn: (credentials) => (trying ??= attempt(() => auth.signIn(credentials))),
    signInWithPasskey: ({ mediation } = {}) =>
      mediation ? offer(mediation) : (trying ??= attempt(() => auth.signInWithPasskey({ signal: unmounted.signal }))),
    busy: shallowReadonly(busy),
    error: shallowReadonly(error),
    async goBack() {
      if (holds(auth.session)) await (going ?? destination())()
    },
  }
}

/** What becomes of an offer that nobody has taken. */
const silent: readonly string[] = ['passkey_cancelled', 'passkey_unsupported', 'passkeys_unavailable', 'discarded']

/** What is said of a passkey that somebody took. */
const refusals: readonly string[] = ['passkey_invalid', 'challenge_void', 'account_disabled']

function usePlace(): Place {
  const place = inject(placeKey, null)
  if (!place) throw new Error('lingpai: useAuth and useSignIn need app.use(lingpai, { auth }) first, and are called in setup() of a component')
  return place
}

const holds = ({ status }: Session) => status === 'in' || status === 'stale'

/** Without a router: the address bar says where to go, and going there loads a page. */
function leaveFor(home: RouteLocationRaw): () => Promise<unknown> {
  const to = safeReturnTo(new URLSearchParams(location.search).get('return_to'), String(home))
  return async () => location.assign(to)
}

type Route = RouteLocationNormalized | RouteLocationResolved

/** The guard of one router. */
class Guard {
  readonly stop: () => void
  readonly #auth: Auth
  readonly #router: Router
  readonly #login: RouteLocationRaw
  readonly #home: RouteLocationRaw
  readonly #forbidden: RouteLocationRaw | undefined
  #complained = false

  constructor(router: Router, { auth, login = '/login', home = '/', forbidden }: LingpaiOptions) {
    this.#auth = auth
    this.#router = router
    this.#login = login
    this.#home = home
    this.#forbidden = forbidden
    this.stop = router.beforeEach(async (to) => {
      if (demandsOf(to).length === 0) return true
      await auth.ready() // else a reload would flash the login page
      return this.#judge(to)
    })
  }

  /** Judges the page that is open, after the session has changed or where the first navigation was over before the plugin came. */
  async recheck(): Promise<void> {
    if (this.#auth.session.status === 'unknown') return
    const verdict = this.#judgeHere()
    if (verdict !== true) await this.#router.replace(verdict).catch(() => {}) // the router has told its own onError
  }

  destination(): () => Promise<unknown> {
    const from = this.#router.currentRoute.value
    return () => this.#router.replace(this.#returnTo(from))
  }

  #judgeHere(): true | RouteLocationRaw {
    try {
      return this.#judge(this.#router.currentRoute.value)
    } catch {
      return this.#home // another user has signed in, whose roles do not suffice for this page
    }
  }

  /** True, or where to go instead. Throws where the roles do not suffice and no page is named for that. */
  #judge(to: Route): true | RouteLocationRaw {
    const demands = demandsOf(to)
    const login = this.#router.resolve(this.#login)
    if (demands.includes('guest')) return holds(this.#auth.session) ? this.#away(to) : true
    if (demands.length === 0) return true
    if (to.path === login.path) return this.#complain(`the login page ${to.path} has meta.auth, its own or inherited; set it to 'guest' or false`)
    if (!holds(this.#auth.session)) return this.#toLogin(to, login)
    return this.#suffices(demands) || this.#refuse(to)
  }

  #toLogin(to: Route, login: RouteLocationResolved): RouteLocationRaw {
    if (login.matched.length === 0) this.#complain(`no route is the login page ${login.path}; see the option login`)
    return { path: login.path, query: { ...login.query, return_to: to.fullPath }, hash: login.hash }
  }

  /** Away from a page for guests. */
  #away(to: Route): true | RouteLocationRaw {
    const target = this.#router.resolve(this.#returnTo(to))
    return target.path === to.path ? this.#complain(`${to.path} is for guests and cannot be home as well; see the option home`) : target.fullPath
  }

  #refuse(to: Route): true | RouteLocationRaw {
    if (this.#forbidden === undefined) throw new AuthError('forbidden_role', { message: `The roles of ${this.#auth.session.user?.username} do not open ${to.path}.` })
    const target = this.#router.resolve(this.#forbidden)
    return target.path === to.path ? this.#complain(`${to.path} is shown when roles do not suffice, and cannot ask for some`) : target.fullPath
  }

  /** The page that asked for the sign-in, if it is one of ours that this user may enter, else home. */
  #returnTo(from: Route): RouteLocationRaw {
    const asked = safeReturnTo(from.query['return_to'], '')
    if (asked === '') return this.#home
    const to = this.#router.resolve(asked)
    const demands = demandsOf(to)
    const login = this.#router.resolve(this.#login).path
    const ours = to.matched.length > 0 && to.path !== login && !demands.includes('guest') && this.#suffices(demands)
    return ours ? to.fullPath : this.#home
  }

  /** Who it is may not be known after a reload without a network. Then the API decides, and the guard as soon as it is known. */
  #suffices(demands: Demand[]): boolean {
    const { user } = this.#auth.session
    return demands.every((demand) => typeof demand !== 'object' || !user || demand.roles.some((role) => user.roles.includes(role)))
  }

  /** Tells the developer, once, and lets the navigation pass, so that a mistake does not become a loop. */
  #complain(what: string): true {
    if (!this.#complained) console.error(`lingpai: ${what}`)
    this.#complained = true
    return true
  }
}

type Demand = Exclude<RouteAuth, false>

/** The demands of a route and its parents. The nearest `'guest'` or `false` lifts those above it. */
function demandsOf(to: Route): Demand[] {
  let demands: Demand[] = []
  for (const { meta } of to.matched) {
    if (meta.auth === undefined) continue
    if (meta.auth === false || meta.auth === 'guest' || demands.includes('guest')) demands = []
    if (meta.auth !== false) demands.push(meta.auth)
  }
  return demands
}
