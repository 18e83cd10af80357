// What can go wrong, by name. A code of this table comes from the client; every other code is the server's own (docs/refusals.md).

/** What the client itself finds wrong. */
export type ClientCode =
  | 'offline'
  | 'timeout'
  | 'cors_suspected'
  | 'not_lingpai'
  | 'unavailable'
  | 'discarded'
  | 'still_unauthorized'
  | 'body_not_replayable'
  | 'storage_blocked'
  | 'dpop_unavailable'

/** The code of an {@link AuthError}: the client's own, or that of a refusal by the server, such as `credentials_invalid`. */
export type AuthErrorCode = ClientCode | (string & {})

const sentences: Record<ClientCode, readonly [message: string, advice: string]> = {
  offline: ['Lingpai cannot be reached.', 'Try again when there is a network. The session is kept.'],
  timeout: ['Lingpai did not answer in time.', 'Try again. The session is kept.'],
  cors_suspected: ['Lingpai may not answer pages of this origin.', 'Add the origin of this page to cors.origins of the server.'],
  not_lingpai: ['Something else than Lingpai answered.', 'Check the option base, and what stands between: a proxy, a hotspot, an old server.'],
  unavailable: ['Lingpai is not available.', 'Try again shortly. The session is kept.'],
  discarded: ['Somebody signed in or out meanwhile.', 'Look at session, and ask again.'],
  still_unauthorized: ['The API refused a token that was just issued.', 'Compare the issuer, the audience and the clock of the API with those of Lingpai.'],
  body_not_replayable: ['The token was refused, and the body was a stream that is used up.', 'Send the request again with a new body.'],
  storage_blocked: ['The browser did not keep the session.', 'Serve page and Lingpai from one site, and allow cookies; across sites use keep: storage.'],
  dpop_unavailable: ['This browser cannot keep a key for DPoP.', 'Serve the page by https or from localhost, with IndexedDB allowed; or leave dpop out.'],
}

const retryable: readonly string[] = ['offline', 'timeout', 'not_lingpai', 'unavailable']

/** More about an {@link AuthError}. */
export interface AuthErrorDetails {
  readonly message?: string
  /** The status of the answer, if there was one. */
  readonly status?: number
  /** Seconds after which to come back, if the server said so. */
  readonly retryAfter?: number
  /** What is wrong with single members of what was sent, by name. */
  readonly fields?: Readonly<Record<string, string>>
  /** The number under which the server's log has it. */
  readonly requestId?: string
  readonly cause?: unknown
}

/** The one error of the package. Switch on `code`; `message` and `advice` are for people and may be reworded. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly status: number | undefined
  readonly retryAfter: number | undefined
  readonly fields: Readonly<Record<string, string>> | undefined
  readonly requestId: string | undefined
  /** The same call can succeed later without anybody changing anything. */
  readonly retryable: boolean
  /** What to do about it. */
  readonly advice: string

  constructor(readonly code: AuthErrorCode, details: AuthErrorDetails = {}) {
    const [message, advice] = sentences[code as ClientCode] ?? [code, 'See docs/refusals.md.']
    super(details.message ?? message, { cause: details.cause })
    this.status = details.status
    this.retryAfter = details.retryAfter
    this.fields = details.fields
    this.requestId = details.requestId
    this.retryable = retryable.includes(code) || this.status === 429 || this.status! >= 500
    this.advice = advice
  }
}
