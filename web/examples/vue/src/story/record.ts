// Writes down what happens between this page, the login server and the API: real exchanges and real events, newest last. It outlives a
// switch of `keep`, and it holds no token: of each it keeps the parts, cut, and what they say.
import { getAdapter, isAxiosError, isCancel, type AxiosInstance } from 'axios'
import type { Auth, AuthEvent, Keep } from 'lingpai'
import { reactive, shallowReactive } from 'vue'
import type { Router } from 'vue-router'
import { cut, open, type Opened } from './jwt'

/** How a token stands: one of the glyphs. */
export type Standing = 'present' | 'none' | 'altered' | 'expired' | 'ended' | 'refresh' | 'cookie'

export interface Exchange {
  readonly number: number
  readonly at: number
  readonly to: 'lingpai' | 'api'
  readonly method: string
  readonly path: string
  readonly standing: Standing
  /** 0 when no answer came. */
  readonly status: number
  readonly code: string
  readonly milliseconds: number
}

export type Happening =
  | { readonly kind: 'login_page' }
  | { readonly kind: AuthEvent['name'] }
  | { readonly kind: 'switched'; readonly keep: Keep; readonly dpop: boolean }

export const steps = ['asked', 'login', 'issued', 'kept', 'sent', 'altered', 'renewed', 'left', 'refused'] as const
export type Step = (typeof steps)[number]

export interface Seen {
  readonly parts: readonly string[]
  readonly opened: Opened
}

const longest = 40

export const story = reactive({
  exchanges: shallowReactive<Exchange[]>([]),
  /** The exchange by which a step was last taken; null for one that is no exchange. */
  taken: shallowReactive(new Map<Step, Exchange | null>()),
  now: null as Step | null,
  token: null as Seen | null,
})

let numbers = 0

export function tell(happening: Happening): void {
  switch (happening.kind) {
    case 'login_page':
      return take('login', null)
    case 'signed_in':
      return take('kept', null)
    case 'signed_out':
      story.token = null
      return take('left', story.taken.get('left') ?? null)
    case 'switched':
      return forget()
  }
}

export function forget(): void {
  story.exchanges.length = 0
  story.taken.clear()
  story.now = null
}

function take(step: Step, exchange: Exchange | null): void {
  story.taken.set(step, exchange)
  story.now = step
}

/** Follows the session, and the router to the login page. */
export function watchAuth(auth: Auth, router: Router): void {
  const follow = () => {
    cookieKept = auth.keep === 'cookie'
    cookieSession = cookieKept && auth.session.status !== 'out'
  }
  auth.on('change', (event) => {
    follow()
    tell({ kind: event.name })
    if (event.session.status === 'in') void look(auth)
  })
  void auth.ready().then(follow).then(() => look(auth))
  router.afterEach((to) => {
    if (to.path === '/login') tell({ kind: 'login_page' })
  })
}

async function look(auth: Auth): Promise<void> {
  if (auth.session.status !== 'in') return
  const token = await auth.token().catch(() => null)
  const opened = token && open(token)
  story.token = opened ? { parts: cut(token), opened } : null
}

interface Asked {
  readonly method: string
  readonly url: string
  readonly authorization: string | null
  readonly cookie: boolean
  readonly at: number
  readonly began: number
}

/** With `keep: cookie` the browser adds the session cookie by itself, out of sight of every script. */
let cookieSession = false
let cookieKept = false

const ask = (method: string, url: string, authorization: string | null, cookie = cookieSession): Asked => ({
  method: method.toUpperCase(), url, authorization, cookie, at: Date.now(), began: performance.now(),
})

function note(asked: Asked, status: number, code: string): void {
  const path = new URL(asked.url, location.origin).pathname
  const exchange: Exchange = {
    number: ++numbers, at: asked.at, to: path.startsWith('/auth/') ? 'lingpai' : 'api', method: asked.method, path,
    standing: standingOf(path, asked, code), status, code, milliseconds: performance.now() - asked.began,
  }
  story.exchanges.push(exchange)
  if (story.exchanges.length > longest) story.exchanges.shift()
  const step = stepOf(exchange)
  if (step) take(step, exchange)
}

function standingOf(path: string, { authorization, cookie }: Asked, code: string): Standing {
  if (/\/refresh(\/confirm)?$/.test(path)) return 'refresh'
  if (path.endsWith('/logout') && !authorization) return cookieKept ? 'cookie' : 'refresh'
  if (!authorization) return cookie ? 'cookie' : 'none'
  if (code === 'token_expired') return 'expired'
  if (code === 'token_signature') return 'altered'
  return code === 'session_ended' || code === 'token_revoked' ? 'ended' : 'present'
}

function stepOf(e: Exchange): Step | null {
  if (e.code === 'token_missing' && e.to === 'api') return 'asked'
  if (e.code === 'token_signature') return 'altered'
  if (e.code === 'token_expired') return 'renewed'
  if (e.standing === 'ended') return 'refused'
  if (e.status < 200 || e.status > 299) return null
  if (/\/auth\/api\/(login|passkey)$/.test(e.path)) return 'issued'
  if (e.path.endsWith('/auth/api/refresh')) return 'renewed'
  if (e.path.endsWith('/auth/api/logout')) return 'left'
  return e.to === 'api' ? 'sent' : null
}

/** `fetch` for the core, and for the buttons of the story. */
export const watchedFetch: typeof fetch = async (input, init) => {
  const request = input instanceof Request ? input : null
  const headers = new Headers(init?.headers ?? request?.headers)
  const cookie = cookieSession && init?.credentials !== 'omit'
  const asked = ask(init?.method ?? request?.method ?? 'GET', request?.url ?? String(input), headers.get('authorization'), cookie)
  try {
    const answer = await fetch(input, init)
    note(asked, answer.status, await codeOf(answer))
    return answer
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) note(asked, 0, '')
    throw error
  }
}

async function codeOf(answer: Response): Promise<string> {
  if (!answer.headers.get('content-type')?.includes('problem+json')) return ''
  return codeIn(await answer.clone().text().catch(() => ''))
}

/**
 * Puts a watcher where the network begins. bindAxios stands above it, so it sees requests with their token, and refusals before they are
 * healed.
 */
export function watchAxios(http: AxiosInstance): AxiosInstance {
  const network = getAdapter(http.defaults.adapter)
  http.defaults.adapter = async (config) => {
    const sent = config.headers.get('Authorization')
    const asked = ask(config.method ?? 'get', http.getUri(config), typeof sent === 'string' ? sent : null)
    try {
      const answer = await network(config)
      note(asked, answer.status, '')
      return answer
    } catch (error) {
      const answer = isAxiosError(error) ? error.response : undefined
      if (!isCancel(error)) note(asked, answer?.status ?? 0, codeIn(answer?.data))
      throw error
    }
  }
  return http
}

/** The code of a problem document, which is still text here. */
function codeIn(data: unknown): string {
  try {
    const problem = (typeof data === 'string' ? JSON.parse(data) : data) as { code?: unknown } | null
    return typeof problem?.code === 'string' ? problem.code : ''
  } catch {
    return ''
  }
}
