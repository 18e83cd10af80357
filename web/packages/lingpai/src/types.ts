// The words of the package. Everything else in src/ stands on this file, and it imports nothing.

/**
 * Where the browser keeps what it was given.
 *
 * - `cookie`: one opaque HttpOnly cookie; the tokens stay on the server, and the gateway adds them to requests.
 * - `memory`: the refresh token in an HttpOnly cookie, the access token in the memory of the page. The default.
 * - `storage`: both tokens in `localStorage` or another store that scripts can read, and so can a script that was smuggled in.
 */
export type Keep = 'cookie' | 'memory' | 'storage'

/**
 * - `unknown`: not looked yet; {@link Auth.ready} waits for it to pass.
 * - `in`: signed in.
 * - `stale`: signed in when the server was last heard; now it cannot be reached. Only the server's word ends a session. After a reload nobody
 *   but the server may know who it is: then `user` is `null`.
 * - `out`: not signed in.
 */
export type Status = 'unknown' | 'in' | 'stale' | 'out'

/** Why a session ended. */
export type EndReason = 'signed_out' | 'expired' | 'revoked' | 'reused' | 'idle' | 'disabled'

/** Who is signed in, as the server last said it. */
export interface User {
  /** Stays what it is when the username changes; `sub` in tokens. */
  readonly id: string
  /** What they sign in with. */
  readonly username: string
  /** What they are called; may be empty. */
  readonly name: string
  /** What they may do, for showing and hiding. What may be read, the API decides by the token. */
  readonly roles: readonly string[]
  /** Missing when the account has none. */
  readonly email?: string
  /** Whether the address is known to be the person's; there when `email` is. */
  readonly email_verified?: boolean
}

/** What is known now. A snapshot: it is frozen, and a change makes a new one. */
export interface Session {
  /** Whether somebody is signed in, as far as is known. */
  readonly status: Status
  /** `null` when nobody is signed in, and after a reload without a network. */
  readonly user: User | null
  /** `sid` in tokens; `null` when signed out. */
  readonly id: string | null
  /** When the session ends whatever happens, in milliseconds since 1970 by the server's clock; `null` when signed out. */
  readonly expiresAt: number | null
  /** Why the last session ended; `null` while there is one, or when there was none. */
  readonly ended: EndReason | null
}

/** What somebody types to sign in. */
export interface Credentials {
  /** The username, or the email address of the account. */
  readonly username: string
  /** As typed; it goes to Lingpai, and nowhere else. */
  readonly password: string
  /** What the authenticator app shows, or a recovery code. Ask for it when signing in fails with `code_required`. */
  readonly code?: string | undefined
}

/** How to ask for a passkey. */
export interface PasskeyOptions {
  /**
   * `conditional`: no window opens. The browser offers passkeys where a name is typed, in a field with `autocomplete="username webauthn"`, and the
   * call waits until somebody takes one, however long. It stands aside for a call without it. Fails with `passkey_unsupported` where browsers
   * have no such thing.
   */
  readonly mediation?: 'conditional' | undefined
  /** Takes the question back; the call rejects with the code `passkey_cancelled`. What has gone to the server by then goes on. */
  readonly signal?: AbortSignal | undefined
}

/** Which sessions of the account to end: this one, those of other browsers and devices, or all. */
export type SignOutScope = 'this' | 'others' | 'all'

/**
 * One event type: `name` tells them apart. `session` is the snapshot after it. `restored` comes once, when it is known whether the session of
 * an earlier visit lives: somebody is `in` or `out`.
 */
export type AuthEvent =
  | { readonly name: 'restored'; readonly session: Session }
  | { readonly name: 'signed_in'; readonly session: Session }
  | { readonly name: 'signed_out'; readonly session: Session; readonly reason: EndReason }
  | { readonly name: 'refreshed'; readonly session: Session }
  | { readonly name: 'stale'; readonly session: Session }
  | { readonly name: 'storage_lost'; readonly session: Session }

/** A synchronous place for strings: `localStorage`, `sessionStorage`, or `cookieStorage()`. It may throw; then memory takes over. */
export interface TokenStorage {
  /** What was stored, `null` for nothing. */
  getItem(key: string): string | null
  /** Keeps a string, in place of the one before. */
  setItem(key: string, value: string): void
  /** Forgets it; nothing happens if there is none. */
  removeItem(key: string): void
}

/** Time, so that tests can hold it. */
export interface Clock {
  /** Wall time in milliseconds since 1970; somebody may set it forward or back. */
  now(): number
  /** Milliseconds since whenever; never goes back. */
  monotonic(): number
  /** Runs it once, after at least so long. */
  setTimeout(run: () => void, milliseconds: number): unknown
  /** Calls off what `setTimeout` returned. */
  clearTimeout(timer: unknown): void
}

/** What {@link createAuth} takes. With none of it: Lingpai is at `/auth` of this origin, and `keep` is `memory`. */
export interface AuthOptions {
  /** The address of Lingpai's `/auth`: a path on this origin or an absolute address. Default `/auth`. */
  readonly base?: string
  /** Where the browser keeps what it was given. Default `memory`. */
  readonly keep?: Keep
  /** Binds the session to a key of this browser that no script can copy (RFC 9449). Nothing to bind with `keep: 'cookie'`. Default false. */
  readonly dpop?: boolean
  /** Who gets the token: path prefixes of this origin and other origins. Default: this origin. */
  readonly origins?: readonly string[]
  /** Signs out after so many seconds without input in any tab. Default: never; the server has an idle limit of its own. */
  readonly idle?: number
  /** For `keep: 'storage'`. Default `localStorage`. */
  readonly storage?: TokenStorage
  /** How long one call to Lingpai may take, in milliseconds. Default 10,000. */
  readonly timeout?: number
  /** Keeps a stream open through which the server ends the session in this tab at once. Default true in a browser. */
  readonly events?: boolean
  /** Called when a session ends, in whichever tab that was decided. */
  readonly onEnd?: (reason: EndReason) => void
  /** What requests go through. For tests and servers. */
  readonly fetch?: typeof globalThis.fetch
  /** For tests: see `fakeClock` of `lingpai/testing`. */
  readonly clock?: Clock
  /** Who asks for passkeys. Default `navigator.credentials`. */
  readonly passkeys?: Pick<CredentialsContainer, 'get'>
}

/** A request that is about to be sent. */
export interface Outgoing {
  /** Absolute, or relative to the page. */
  readonly url: string
  /** As it will be sent; a proof of DPoP is for it. */
  readonly method: string
  /** For how many seconds the token must be good at least, as in {@link Auth.token}. */
  readonly minValidity?: number | undefined
}

/** What a request was given: its headers, and the token by which a later 401 is judged. */
export interface Signed {
  /** To be set on the request. None when it gets no token. */
  readonly headers: Readonly<Record<string, string>>
  /** `null` when the request gets no token: its address is not among `origins`, or nobody is signed in. */
  readonly token: string | null
  /** Whose it is: a request of one session is never sent again as another's. */
  readonly session?: string | null
}

/** What a client library needs of an answer. */
export interface Answer {
  /** Of HTTP: 401 and the like. */
  readonly status: number
  /** A header by its name, in any case; `null` if the answer has none. */
  header(name: string): string | null
  /** The `code` of a problem document, when the body was read. */
  readonly code?: string | undefined
}

/** The session of a page: see {@link createAuth}. Its functions may be taken off it (`const { signIn } = auth`). */
export interface Auth {
  /** As {@link AuthOptions.keep} said. */
  readonly keep: Keep
  /** The snapshot of now. The same object until something changes. */
  readonly session: Session
  /** Waits until the session of an earlier visit is restored, or known to be over. Never rejects. */
  ready(): Promise<Session>
  /**
   * Signs in with a password, and takes the place of a session that there was. Rejects with an {@link AuthError}: by the server's code, such as
   * `credentials_invalid`, `code_required` or `account_disabled`; with `storage_blocked` when the browser did not keep the cookie; with `discarded` when
   * somebody signs in or out meanwhile; or with a retryable one when the server was not heard.
   */
  signIn(credentials: Credentials): Promise<Session>
  /**
   * Signs in with a passkey of this device, which the person chooses. Besides the codes of {@link Auth.signIn} it rejects with `passkey_cancelled`
   * (the prompt was closed or took too long, or there is no passkey; browsers do not tell which), `passkey_unsupported` (this browser or this page
   * cannot ask), `passkeys_unavailable` (this server has none), `passkey_invalid` and `challenge_void`; and with `discarded` once somebody signs in
   * or out meanwhile. A browser asks for one passkey at a time: a later call takes the place of an earlier one.
   */
  signInWithPasskey(options?: PasskeyOptions): Promise<Session>
  /**
   * Ends it here at once, and on the server as soon as that can be reached. Never rejects for want of a network. With `others` nothing changes
   * here, and it rejects when the server did not do it: with `step_up_required` when the sign-in is older than ten minutes.
   */
  signOut(options?: { readonly scope?: SignOutScope }): Promise<void>
  /** Refreshes now; for stores and tests. Apps need not call it. */
  refresh(): Promise<Session>
  /**
   * An access token that is good for `minValidity` seconds more (default 30; half of its life at most), or `null` when nobody is signed in (and
   * with `keep: 'cookie'`). Rejects with a retryable {@link AuthError} when the token has expired and the server cannot be reached, or after
   * `timeout` milliseconds.
   */
  token(options?: { readonly minValidity?: number; readonly timeout?: number }): Promise<string | null>
  /** `fetch` with the token: refreshed before it expires, replayed once after a refusal that a refresh can heal. */
  readonly fetch: typeof globalThis.fetch
  /** The first half of `fetch`, for other HTTP clients: the headers of a request that is about to be sent. */
  sign(request: Outgoing): Promise<Signed>
  /** The second half: judges its answer, and refreshes where that heals it. `true` says: sign again, and send it once more. */
  judge(request: Outgoing, signed: Signed, answer: Answer): Promise<boolean>
  /** Tells of every change of the session, in this tab and in others, until the function is called that it returns. */
  on(event: 'change', listener: (event: AuthEvent) => void): () => void
  /** Server-sent events with the token; reconnects with a fresh one; closed on sign-out. */
  eventSource(url: string, options?: { readonly withCredentials?: boolean }): EventSource
  /**
   * A WebSocket whose token travels as a subprotocol, `lingpai.token.` and the token, beside `lingpai`, which the server should select; with DPoP,
   * `lingpai.proof.` and the proof for a GET of its http address come along.
   * Reconnects with a fresh one after it broke off, and after the close code 4401, which says that the token is no longer good; `error` is told
   * of each break, `open` of each connection. Closed on sign-out.
   */
  webSocket(url: string, protocols?: string | readonly string[]): WebSocket
  /** Stops timers, channels and streams; the session stays. */
  dispose(): void
}
