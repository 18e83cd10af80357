// What can go wrong, by name. A few codes are the client's; every other is the server's own (docs/refusals.md). What only a part that is loaded
// later finds wrong is worded there.

const silent = 'Lingpai cannot be reached; try again'

/** What passes by itself, and so can be tried again. */
const passing: Partial<Record<string, string>> = {
  offline: silent,
  timeout: silent,
  unavailable: silent,
  not_lingpai: 'This is not Lingpai; check base and proxies',
}

/** What the client itself finds wrong. */
export type ClientCode =
  | 'offline' | 'timeout' | 'unavailable' | 'not_lingpai' | 'cors_suspected' | 'discarded'
  | 'still_unauthorized' | 'body_not_replayable' | 'storage_blocked' | 'dpop_unavailable'
  | 'passkey_cancelled' | 'passkey_unsupported'

/**
 * Why the server refuses a sign-in. With `code_required`, name and password are right: ask for a code, and send all three. With
 * `passkey_required` they are, too: ask for the passkey instead. `passkeys_unavailable`: this server has none.
 */
export type SignInCode =
  | 'credentials_invalid' | 'code_required' | 'code_invalid' | 'two_step_required' | 'account_disabled' | 'rate_limited' | 'too_busy'
  | 'passkey_required' | 'passkey_invalid' | 'challenge_void' | 'passkeys_unavailable'

/** The code of an {@link AuthError}: the client's own, or that of a refusal by the server, such as `credentials_invalid`. */
export type AuthErrorCode = ClientCode | SignInCode | (string & {})

/** More about an {@link AuthError}. */
export interface AuthErrorDetails {
  /** What happened, in a sentence. Default: what the server says in `detail`, else the advice. */
  readonly message?: string | undefined
  /** What to do about it. */
  readonly advice?: string | undefined
  /** The status of the answer, if there was one. */
  readonly status?: number | undefined
  /** Seconds after which to come back, if the server said so. */
  readonly retryAfter?: number | undefined
  /** The refusal as the server sent it: `errors` says what is wrong with single fields, `request_id` is the number in the server's log. */
  readonly problem?: { readonly detail?: string; readonly errors?: Readonly<Record<string, string>>; readonly request_id?: string } | undefined
  /** What was thrown beneath it: by `fetch`, say. */
  readonly cause?: unknown
}

/** The one error of the package. Switch on `code`; `message` and `advice` are for people and may be reworded. */
export class AuthError extends Error {
  /** What went wrong, to switch on. */
  declare readonly code: AuthErrorCode
  /** The status of the answer; `undefined` if there was none. */
  declare readonly status: number | undefined
  /** Seconds after which to come back, if the server said so. */
  declare readonly retryAfter: number | undefined
  /** The refusal as the server sent it, if it did. */
  declare readonly problem: AuthErrorDetails['problem']
  /** The same call can succeed later without anybody changing anything. */
  declare readonly retryable: boolean
  /** What happened, and what to do about it. */
  declare readonly advice: string

  constructor(code: AuthErrorCode, details: AuthErrorDetails = {}) {
    const advice = details.advice ?? passing[code] ?? `See ${code} in the docs`
    super(details.message ?? details.problem?.detail ?? advice)
    Object.assign(this, details, { name: 'AuthError', code, advice, retryable: code in passing || details.status! >= 500 || details.status === 429 })
  }
}
