// What the adapters stand on in their tests: an Auth with a switch for everything.
import type { Answer, Auth, AuthEvent, Credentials, EndReason, Keep, Outgoing, PasskeyOptions, Session, Signed, User } from '../src/types.js'

export const out: Session = Object.freeze({ status: 'out', user: null, id: null, expiresAt: null, ended: null })

export function signedInAs(username: string, ...roles: string[]): Session {
  const user: User = { id: `u_${username}`, username, name: username, roles }
  return Object.freeze({ status: 'in', user, id: 's_1', expiresAt: 2e12, ended: null })
}

/** An Auth whose tokens are `t1`, `t2`, … and whose server is the test. */
export class StandIn implements Auth {
  keep: Keep = 'memory'
  session: Session = Object.freeze({ ...out, status: 'unknown' })
  refreshes = 0
  /** Every address that asked for a token. */
  readonly asked: string[] = []
  /** Only these get a token; all when empty. */
  origins: string[] = []
  /** What `signIn` does besides; a test may throw here. */
  onSignIn: (credentials: Credentials) => Session | Promise<Session> = ({ username }) => signedInAs(username)
  /** What `signInWithPasskey` does besides. */
  onPasskey: (options: PasskeyOptions) => Session | Promise<Session> = () => signedInAs('alice')
  /** What a refresh does on its way. */
  refreshing: () => Promise<unknown> = () => Promise.resolve()
  #token = 1
  #flight: Promise<Session> | undefined
  #listeners = new Set<(event: AuthEvent) => void>()
  #restore!: (session: Session) => void
  readonly #ready = new Promise<Session>((resolve) => {
    this.#restore = resolve
  })

  get current(): string {
    return `t${this.#token}`
  }

  /** Makes an older token the current one again. */
  now(token: string): void {
    this.#token = Number(token.slice(1))
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** Ends the state `unknown`. */
  restore(session: Session): this {
    this.tell('restored', session)
    this.#restore(session)
    return this
  }

  tell(name: Exclude<AuthEvent['name'], 'signed_out'>, session: Session): void {
    this.session = session
    this.#emit({ name, session })
  }

  end(reason: EndReason): void {
    this.session = Object.freeze({ ...out, ended: reason })
    this.#emit({ name: 'signed_out', session: this.session, reason })
  }

  #emit(event: AuthEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  ready = () => this.#ready

  async signIn(credentials: Credentials): Promise<Session> {
    const session = await this.onSignIn(credentials)
    this.tell('signed_in', session)
    return session
  }

  async signInWithPasskey(options: PasskeyOptions = {}): Promise<Session> {
    const session = await this.onPasskey(options)
    this.tell('signed_in', session)
    return session
  }

  async signOut(): Promise<void> {
    this.end('signed_out')
  }

  refresh(): Promise<Session> {
    return (this.#flight ??= this.#refresh().finally(() => {
      this.#flight = undefined
    }))
  }

  async #refresh(): Promise<Session> {
    this.refreshes++
    await this.refreshing()
    this.#token++
    this.tell('refreshed', this.session)
    return this.session
  }

  token = async () => this.current

  async sign({ url }: Outgoing): Promise<Signed> {
    this.asked.push(url)
    await this.#flight
    const mine = this.origins.length === 0 || this.origins.some((origin) => url.startsWith(origin))
    if (!mine) return { headers: {}, token: null }
    if (this.keep === 'cookie') return { headers: {}, token: null, session: 's_1' }
    return { headers: { Authorization: `Bearer ${this.current}` }, token: this.current, session: 's_1' }
  }

  async judge(_: Outgoing, signed: Signed, answer: Answer): Promise<boolean> {
    const healing = answer.code === 'token_expired' || /error="invalid_token"/.test(answer.header('www-authenticate') ?? '')
    if (answer.status !== 401 || signed.token === null || !healing) return false
    if (signed.token === this.current) await this.refresh()
    return true
  }

  on(_: 'change', listener: (event: AuthEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  fetch: typeof globalThis.fetch = () => Promise.reject(new Error('not for these tests'))
  eventSource = (): never => this.#absent()
  webSocket = (): never => this.#absent()
  dispose = () => this.#listeners.clear()
  #absent(): never {
    throw new Error('not for these tests')
  }
}
