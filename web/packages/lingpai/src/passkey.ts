// Signing in with a passkey: the server says what to ask, the browser asks the device, and the server judges what it answers. Loaded when
// somebody does.

import type { AuthOptions, PasskeyOptions, Session } from './types.js'
import type { Core } from './core.js'
import { base64url, bytesOf } from './base64url.js'
import { after, visible } from './clock.js'
import { AuthError, type AuthErrorDetails } from './errors.js'
import { begin, suspect } from './seldom.js'
import { listen } from './tabs.js'

type Device = NonNullable<AuthOptions['passkeys']>
type Mediation = PasskeyOptions['mediation']

/** What the server is asked for is good for ten minutes. An offer renews it before, in milliseconds. */
const renewed = 480_000

/**
 * It is also good in one window, the one that asked last, so a page that is looked at again renews it; but not what is younger than this, in
 * milliseconds: somebody may just be choosing a passkey in an app that stands before the page.
 */
const young = 60_000

export async function signInWithPasskey(core: Core, { mediation, signal }: PasskeyOptions = {}, { passkeys }: AuthOptions = {}): Promise<Session> {
  const { state } = core
  const { outs, session: { id } } = state
  const gone = (): boolean => state.outs !== outs || !!state.held && state.session.id !== id
  const device = passkeys ?? await deviceOf(mediation)
  const stop = linked(signal, cancelled)
  const unwatch = state.on(() => { if (gone()) stop.abort(new AuthError('discarded')) })
  const signedIn = (mediation ? offer : ask)(core, device, stop.signal, mediation)
    .finally(() => { unwatch(); stop.abort() })
    .then(credential => {
      if (gone()) throw new AuthError('discarded')
      return begin(core, 'passkey', { credential })
    })
    .catch(explain)
  if (!mediation) prompting = signedIn.catch(() => {})
  return signedIn
}

/** A browser asks for one passkey at a time. This is who asks now. */
let turn: AbortController | undefined

/** The sign-in by a prompt that is under way. An offer that asked the server meanwhile would take its challenge away. */
let prompting: Promise<unknown> | undefined

/** Has the browser offer passkeys where the name is typed, until somebody takes one. It stands aside for prompts, and comes back after them. */
async function offer(core: Core, device: Device, stop: AbortSignal, mediation: Mediation): Promise<object> {
  for (;;) {
    await prompting
    try {
      return await ask(core, device, stop, mediation)
    } catch (error) {
      if (error !== anew) throw error
    }
  }
}

/** Asks the device, in place of whoever asked before. */
async function ask(core: Core, device: Device, stop: AbortSignal, mediation: Mediation): Promise<object> {
  const mine = linked(stop)
  turn?.abort(mediation ? cancelled() : anew)
  turn = mine
  try {
    mine.signal.throwIfAborted()
    const publicKey = await request(core)
    mine.signal.throwIfAborted()
    if (mediation) keepFresh(core, mine)
    const credential = await device.get({ publicKey, signal: mine.signal, ...mediation && { mediation } })
    if (!credential) throw cancelled()
    return inJSON(credential as PublicKeyCredential)
  } catch (cause) {
    throw mine.signal.aborted ? mine.signal.reason : cause instanceof AuthError ? cause : refusal(cause)
  } finally {
    mine.abort()
  }
}

/** A controller that is aborted with another signal. Once it is aborted, whatever it was for is over, and nothing listens any more. */
function linked(to: AbortSignal | undefined, reason = (given: unknown) => given): AbortController {
  const mine = new AbortController()
  const stop = (): void => mine.abort(reason(to!.reason))
  to?.addEventListener('abort', stop, { signal: mine.signal })
  if (to?.aborted) stop()
  return mine
}

/** Has an offer made anew that has become old, when somebody may look at the page. */
function keepFresh({ clock }: Core, mine: AbortController): void {
  const since = clock.monotonic()
  const renew = (age: number) => (): void => { if (visible() && clock.monotonic() - since >= age) mine.abort(anew) }
  const ends = [after(clock, renewed, renew(renewed)), listen('visibilitychange', renew(young))]
  mine.signal.addEventListener('abort', () => ends.forEach(end => end()))
}

/** What the server wants to be asked, in the form that the browser takes. Older browsers read no JSON. */
async function request(core: Core): Promise<PublicKeyCredentialRequestOptions> {
  const asked = await core.call('POST', 'passkey/options').catch(async error => { throw await suspect(core, error) })
  const { publicKey: wanted } = asked as { publicKey: PublicKeyCredentialRequestOptionsJSON }
  try {
    return globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON?.(wanted) ?? {
      ...wanted as object, challenge: bytesOf(wanted.challenge), allowCredentials: (wanted.allowCredentials ?? []).map(one => ({ type: 'public-key', id: bytesOf(one.id) })),
    }
  } catch (cause) {
    throw new AuthError('not_lingpai', { cause })
  }
}

/** The answer in the form that the server takes. Older browsers write no JSON, nor do password managers that stand in for the browser. */
function inJSON(credential: PublicKeyCredential): object {
  try {
    return credential.toJSON()
  } catch {
    const { id, rawId, type, response } = credential
    const { clientDataJSON, authenticatorData, signature, userHandle } = response as AuthenticatorAssertionResponse
    return {
      id, rawId: base64url(rawId), type, clientExtensionResults: {}, response: {
        clientDataJSON: base64url(clientDataJSON), authenticatorData: base64url(authenticatorData), signature: base64url(signature),
        ...userHandle && { userHandle: base64url(userHandle) },
      },
    }
  }
}

/** Who asks the device. Throws `passkey_unsupported`. */
async function deviceOf(mediation: Mediation): Promise<Device> {
  const { PublicKeyCredential: passkeys, navigator, isSecureContext } = globalThis
  if (!passkeys || !navigator.credentials) {
    throw unsupported(isSecureContext === false ? 'A page of plain http has no passkeys; use https or localhost' : 'This browser has no passkeys; sign in another way')
  }
  if (mediation && !await passkeys.isConditionalMediationAvailable?.()) throw unsupported('This browser offers no passkeys where the name is typed; show a button')
  return navigator.credentials
}

/** What a browser's refusal means. That nobody was there, that nobody wanted to, and that there is no such passkey, it does not tell apart. */
function refusal(cause: unknown): AuthError {
  const { name } = cause as Error
  if (name === 'SecurityError') return unsupported('Passkeys are bound to the host of Lingpai; open this page there', cause)
  return name === 'NotSupportedError' ? unsupported('This browser has no such passkeys; sign in another way', cause) : cancelled(cause)
}

const unsupported = (advice: string, cause?: unknown): AuthError => new AuthError('passkey_unsupported', { advice, cause })

const cancelled = (cause?: unknown): AuthError => new AuthError('passkey_cancelled', { advice: 'No passkey was used; try again, or sign in another way', cause })

/** Why an offer is aborted that is to be made again. For a prompt, it is the end. */
const anew = cancelled()

/** The server does not say what is wrong with an answer; what a developer would look for long, this does. */
function explain(error: AuthError): never {
  if (error.code !== 'passkey_invalid') throw error
  const { status, problem } = error satisfies AuthErrorDetails
  throw new AuthError(error.code, { status, problem, advice: 'Sign in another way; if no passkey works here, this page is not at the origin of the issuer' })
}
