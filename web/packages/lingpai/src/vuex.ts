// The session as a Vuex module. It needs neither Vuex nor its types, which bundlers do not find.
import { markRaw, shallowRef } from 'vue'
import type { Auth, Credentials, PasskeyOptions, Session, SignOutScope, Status, User } from './types.js'

/** The state of the module: `store.state.auth`. */
export interface AuthState {
  /** The snapshot of now. */
  session: Session
}

/** What Vuex hands to an action, as far as it is used here. */
export interface AuthContext {
  /** Runs the one mutation. */
  commit(type: 'session', session: Session): void
}

/** What to dispatch: `auth/signIn`, or `mapActions('auth', ['signIn'])`. They reject as those of {@link Auth} do. */
// A type and not an interface, because Vuex asks for an index signature.
export type AuthActions = {
  /** Waits until the session of an earlier visit is restored. Dispatched once at the start, it makes every change a mutation that devtools show. */
  ready(context: AuthContext): Promise<Session>
  /** {@link Auth.signIn}. */
  signIn(context: AuthContext, credentials: Credentials): Promise<Session>
  /** {@link Auth.signInWithPasskey}. */
  signInWithPasskey(context: AuthContext, options?: PasskeyOptions): Promise<Session>
  /** {@link Auth.signOut}. */
  signOut(context: AuthContext, options?: { readonly scope?: SignOutScope }): Promise<void>
  /** {@link Auth.refresh}. */
  refresh(context: AuthContext): Promise<Session>
  /** The same as `signIn`. */
  login(context: AuthContext, credentials: Credentials): Promise<Session>
  /** The same as `signInWithPasskey`. */
  loginWithPasskey(context: AuthContext, options?: PasskeyOptions): Promise<Session>
  /** The same as `signOut`. */
  logout(context: AuthContext, options?: { readonly scope?: SignOutScope }): Promise<void>
}

/** What {@link authModule} makes, and `createStore` takes. */
export interface AuthModule {
  /** So its names begin with those of the module: `auth/signIn`. */
  readonly namespaced: true
  /** What the store holds. */
  state(): AuthState
  /** For `mapGetters('auth', ['user', 'isSignedIn'])`. */
  readonly getters: {
    /** `null` if nobody is signed in, or while nobody knows who it is. */
    user(state: AuthState): User | null
    /** Whether somebody is signed in, as far as is known. */
    status(state: AuthState): Status
    /** True too while the server cannot be reached (`stale`). */
    isSignedIn(state: AuthState): boolean
  }
  /** The one that actions commit; components dispatch actions instead. */
  readonly mutations: { session(state: AuthState, session: Session): void }
  /** For `mapActions('auth', ['signIn', 'signOut'])`. */
  readonly actions: AuthActions
}

/**
 * Makes the module of one store: `createStore({ modules: { auth: authModule(auth) } })`, then `...mapActions('auth', ['signIn', 'signOut'])`.
 * Its getters are right from the first moment on. Vuex does not tell a module its store before the first action; until then, changes
 * are seen by components, but not by devtools.
 */
export function authModule(auth: Auth): AuthModule {
  const source = shallowRef(auth.session)
  let commit: AuthContext['commit'] | undefined
  const follow = () => {
    if (commit) commit('session', auth.session)
    else source.value = auth.session
  }
  auth.on('change', follow)
  void auth.ready().then(follow)

  const recorded = (context: AuthContext) => {
    commit = context.commit
    return auth
  }
  const signIn: AuthActions['signIn'] = (context, credentials) => recorded(context).signIn(credentials)
  const signInWithPasskey: AuthActions['signInWithPasskey'] = (context, options) => recorded(context).signInWithPasskey(options)
  const signOut: AuthActions['signOut'] = (context, options) => recorded(context).signOut(options)
  return {
    namespaced: true,
    // Raw, so that strict stores do not take a change that comes before the first action for one that a component made.
    state: () =>
      markRaw({
        get session() {
          return source.value
        },
        set session(session) {
          source.value = session
        },
      }),
    getters: {
      user: (state) => state.session.user,
      status: (state) => state.session.status,
      isSignedIn: (state) => state.session.status === 'in' || state.session.status === 'stale',
    },
    mutations: {
      session: (state, session) => {
        state.session = session
      },
    },
    actions: {
      ready: (context) => recorded(context).ready(),
      signIn,
      signInWithPasskey,
      signOut,
      refresh: (context) => recorded(context).refresh(),
      login: signIn,
      loginWithPasskey: signInWithPasskey,
      logout: signOut,
    },
  }
}
