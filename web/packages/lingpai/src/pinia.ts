// The session as a Pinia store. It mirrors the core and decides nothing, so guards and HTTP clients need no store.
import { defineStore, skipHydrate } from 'pinia'
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { Auth, Credentials, PasskeyOptions, SignOutScope } from './types.js'

/**
 * Defines the store of a session: `export const useAuthStore = defineAuthStore(auth)`. Its state is `session`, its getters are `user`,
 * `status` and `isSignedIn`, its actions `signIn`, `signInWithPasskey`, `signOut` and `refresh`, which reject as those of `auth` do. `$dispose()` ends
 * the mirroring.
 */
export function defineAuthStore<Id extends string = 'auth'>(auth: Auth, id: Id = 'auth' as Id) {
  return defineStore(id, () => {
    const session = shallowRef(auth.session)
    const follow = () => {
      session.value = auth.session
    }
    onScopeDispose(auth.on('change', follow))
    void auth.ready().then(follow)
    return {
      session: skipHydrate(session), // what a server knew of its visitor is not what this browser knows
      user: computed(() => session.value.user),
      status: computed(() => session.value.status),
      isSignedIn: computed(() => session.value.status === 'in' || session.value.status === 'stale'),
      signIn: (credentials: Credentials) => auth.signIn(credentials),
      signInWithPasskey: (options?: PasskeyOptions) => auth.signInWithPasskey(options),
      signOut: (options?: { readonly scope?: SignOutScope }) => auth.signOut(options),
      refresh: () => auth.refresh(),
    }
  })
}
