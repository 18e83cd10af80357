// One shim for each client: set up as its documentation says, and where that leaves something to the app, as a careful app would do it.
import { AuthClient } from '@supabase/auth-js'
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import { createAuth } from 'lingpai'
import { bindAxios } from 'lingpai/axios'
import { ErrorResponse, UserManager, WebStorageStateStore } from 'oidc-client-ts'
import type { Server } from './server.ts'

/** What became of a request of the app: the status of the answer it was given, or the code of the error. */
export type Outcome = number | string

/** One tab. */
export interface Client {
  signIn(): Promise<unknown>
  send(request: AxiosRequestConfig): Promise<Outcome>
  /** The same by a second instance of the app's HTTP client. */
  sendBySecond?(request: AxiosRequestConfig): Promise<Outcome>
  /** Asks the client who is signed in, as a page does that wants to show a name. */
  who(): Promise<unknown>
  /** Whether the client still holds the session. */
  signedIn(): boolean
  close(): void
}

export interface Options {
  /** The tabs of one browser share it. */
  storage: Storage
  /** How axios orders its interceptors; for clients that use it. */
  legacyOrder: boolean
}

export interface Kind {
  name: string
  package: string
  /** Whether the app's requests go by axios, which the client is bound to. */
  axios: boolean
  open(server: Server, options: Options): Client
}

/** The storage of a browser. */
export function newStorage(): Storage {
  const items = new Map<string, string>()
  return {
    get length() { return items.size },
    key: (n) => [...items.keys()][n] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  }
}

const credentials = { username: 'alice', password: 'correct horse battery staple' }

async function outcome(sent: Promise<{ status: number }>): Promise<Outcome> {
  try {
    return (await sent).status
  } catch (error) {
    if (axios.isAxiosError(error) && error.response) return error.response.status
    return String((error as { code?: string }).code ?? (error as Error).name)
  }
}

const instance = ({ origin }: Server, { legacyOrder }: Options): AxiosInstance =>
  axios.create({ baseURL: origin, transitional: { legacyInterceptorReqResOrdering: legacyOrder } as object })

const lingpai: Kind = {
  name: 'lingpai', package: 'lingpai', axios: true,
  open(server, options) {
    const auth = createAuth({ base: `${server.origin}/auth`, keep: 'storage', origins: [server.origin], storage: options.storage })
    const [http, second] = [bindAxios(instance(server, options), auth), bindAxios(instance(server, options), auth)]
    return {
      signIn: () => auth.signIn(credentials),
      send: (request) => outcome(http.request(request)),
      sendBySecond: (request) => outcome(second.request(request)),
      who: () => Promise.resolve(auth.session.user),
      signedIn: () => auth.session.status === 'in' || auth.session.status === 'stale',
      close: () => auth.dispose(),
    }
  },
}

// The refresh call is the app's. This one is its README's, and it also keeps the session unless the server refuses it.
const axiosAuthRefresh: Kind = {
  name: 'axios-auth-refresh', package: 'axios-auth-refresh', axios: true,
  open(server, options) {
    const { storage } = options
    const keep = ({ access_token, refresh_token }: Record<string, string>): void => {
      if (!access_token || !refresh_token) throw new Error('no token in the answer')
      storage.setItem('token', access_token)
      storage.setItem('refresh', refresh_token)
    }
    const refresh = async (failed: { response: { config: { headers: Record<string, string> } } }): Promise<void> => {
      try {
        keep((await axios.post(`${server.origin}/auth/api/refresh`, { refresh_token: storage.getItem('refresh') })).data)
      } catch (error) {
        const status = axios.isAxiosError(error) && error.response?.status
        if (status === 400 || status === 401) storage.clear()
        throw error
      }
      failed.response.config.headers['Authorization'] = `Bearer ${storage.getItem('token')}`
    }
    const bound = (): AxiosInstance => {
      const http = instance(server, options)
      http.interceptors.request.use((request) => {
        request.headers.set('Authorization', `Bearer ${storage.getItem('token')}`)
        return request
      })
      createAuthRefresh(http, refresh)
      return http
    }
    const [http, second] = [bound(), bound()]
    return {
      signIn: async () => keep((await axios.post(`${server.origin}/auth/api/login`, credentials)).data),
      send: (request) => outcome(http.request(request)),
      sendBySecond: (request) => outcome(second.request(request)),
      who: async () => storage.getItem('token'),
      signedIn: () => storage.getItem('token') !== null,
      close: () => {},
    }
  },
}

// Renews on a timer before the end (its default). The app renews what it finds expired, and drops a user whom the server refused.
const oidcClient: Kind = {
  name: 'oidc-client-ts', package: 'oidc-client-ts', axios: false,
  open(server, { storage }) {
    const { origin } = server
    const manager = new UserManager({
      authority: origin, client_id: 'notes', redirect_uri: `${origin}/callback`, scope: 'notes offline_access',
      metadata: { issuer: origin, authorization_endpoint: `${origin}/auth/authorize`, token_endpoint: `${origin}/auth/token` },
      userStore: new WebStorageStateStore({ store: storage }), stateStore: new WebStorageStateStore({ store: newStorage() }),
    })
    const user = async () => {
      const held = await manager.getUser()
      if (!held?.expired) return held
      try {
        return await manager.signinSilent()
      } catch (error) {
        if (error instanceof ErrorResponse) await manager.removeUser()
        throw error
      }
    }
    return {
      signIn: () => manager.signinResourceOwnerCredentials({ ...credentials, skipUserInfo: true }),
      send: (request) => outcome(user().then((held) => plain(server, request, held?.access_token))),
      who: () => manager.getUser(),
      signedIn: () => storage.length > 0,
      close: () => manager.stopSilentRenew(),
    }
  },
}

// getSession before each request, which is what supabase-js does for its own.
const supabase: Kind = {
  name: 'supabase auth-js', package: '@supabase/auth-js', axios: false,
  open(server, { storage }) {
    const auth = new AuthClient({ url: `${server.origin}/gotrue`, storage, storageKey: 'session', autoRefreshToken: true, persistSession: true, detectSessionInUrl: false })
    const token = async () => {
      const { data, error } = await auth.getSession()
      if (error) throw error
      return data.session?.access_token
    }
    return {
      async signIn() {
        const { error } = await auth.signInWithPassword({ email: 'alice@example.com', password: credentials.password })
        if (error) throw error
      },
      send: (request) => outcome(token().then((held) => plain(server, request, held))),
      who: () => auth.getSession(),
      signedIn: () => storage.getItem('session') !== null,
      close: () => void auth.stopAutoRefresh(),
    }
  },
}

/** A request with the token that the client gave, by an HTTP client that knows nothing of it. */
function plain({ origin }: Server, request: AxiosRequestConfig, token: string | undefined): Promise<{ status: number }> {
  return axios.request({ baseURL: origin, ...request, headers: { ...request.headers as object, ...token && { Authorization: `Bearer ${token}` } } })
}

export const kinds: readonly Kind[] = [lingpai, axiosAuthRefresh, oidcClient, supabase]
