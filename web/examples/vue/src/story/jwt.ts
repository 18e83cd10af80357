// Reads a token without judging it: whether it is good is for servers to say.

export interface Opened {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
}

export function open(token: string): Opened | null {
  const [header, payload, signature, ...more] = token.split('.')
  if (!header || !payload || !signature || more.length > 0) return null
  try {
    return { header: json(header), payload: json(payload) }
  } catch {
    return null
  }
}

/** The three parts, each cut after `keep` letters. A token is never shown whole. */
export function cut(token: string, keep = 12): string[] {
  return token.split('.').map((part) => (part.length > keep ? part.slice(0, keep) + '…' : part))
}

/** The token with other roles in its payload. Anybody can write that; nobody can sign it. */
export function altered(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = json(payload)
  return [header, encode({ ...claims, roles: ['admin', 'everything'] }), signature].join('.')
}

function json(part: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(bytes(part))) as Record<string, unknown>
}

function bytes(part: string): Uint8Array {
  return Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
}

export function encode(value: unknown): string {
  return encodeBytes(new TextEncoder().encode(JSON.stringify(value)))
}

export function encodeBytes(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
