// For tests of apps: a device with passkeys, and a person who takes one or does not.

import { base64url, binary, bytesOf } from './base64url.js'

/** What the server sends for a challenge. */
export const offered = (challenge: string): object =>
  ({ publicKey: { challenge: base64url(new TextEncoder().encode(challenge)), rpId: 'localhost', timeout: 300_000, userVerification: 'required' } })

/** What an answer says: to which challenge, and whose passkey it is by; `null` if it is none. */
export function answerOf(credential: any): { challenge: string; username: string } | null {
  try {
    const { clientDataJSON, userHandle } = credential.response
    return { challenge: binary(JSON.parse(binary(clientDataJSON)).challenge), username: new TextDecoder().decode(bytesOf(userHandle)) }
  } catch {
    return null
  }
}

export class FakeDevice implements Pick<CredentialsContainer, 'get'> {
  #owner: string | null = null
  /** Whether the next offer is taken at once. */
  #takes = false
  #offers = new Set<() => void>()

  get owner(): string | null { return this.#owner }

  set owner(owner: string | null) {
    this.#owner = owner
    this.#takes = owner !== null
    if (this.#takes) for (const take of this.#offers) take()
  }

  get = async ({ publicKey, mediation, signal }: CredentialRequestOptions = {}): Promise<Credential> => {
    signal?.throwIfAborted()
    if (mediation === 'conditional') {
      if (!this.#takes) await this.#taken(signal)
      this.#takes = false // Else a passkey that opens nothing would be taken again and again.
    }
    if (this.#owner === null) throw new DOMException('The operation either timed out or was not allowed.', 'NotAllowedError')
    return credentialOf(this.#owner, publicKey!.challenge)
  }

  /** Waits until the person takes what is offered. */
  async #taken(signal: AbortSignal | undefined): Promise<void> {
    let take = (): void => {}
    try {
      await new Promise<void>((resolve, reject) => {
        this.#offers.add(take = resolve)
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    } finally {
      this.#offers.delete(take)
    }
  }
}

function credentialOf(owner: string, challenge: BufferSource): Credential {
  const said = JSON.stringify({ type: 'webauthn.get', challenge: base64url(challenge as Uint8Array), origin: 'http://localhost', crossOrigin: false })
  const [rawId, clientDataJSON, userHandle] = [`passkey of ${owner}`, said, owner].map(text => new TextEncoder().encode(text).buffer)
  const response = { clientDataJSON, authenticatorData: new ArrayBuffer(37), signature: new ArrayBuffer(70), userHandle }
  return { id: base64url(rawId!), rawId, type: 'public-key', response, getClientExtensionResults: () => ({}) } as unknown as Credential
}
