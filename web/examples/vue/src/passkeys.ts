// Whether a button for passkeys would be of use: where the browser has none, or the login server none for this host, nobody should see one.

export async function offersPasskeys(): Promise<boolean> {
  if (!('PublicKeyCredential' in window)) return false
  const asked = await fetch('/auth/api/passkey/options', { method: 'POST' }).catch(() => null)
  const { publicKey } = (await asked?.json().catch(() => null)) as { publicKey?: { rpId?: string } } ?? {}
  return publicKey?.rpId === location.hostname
}
