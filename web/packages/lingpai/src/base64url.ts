// Bytes as text that fits into URLs and JSON (RFC 4648, section 5), without padding.

export const base64url = (data: ArrayBuffer | Uint8Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')

/** The bytes again, one a character. Throws for what is none. */
export const binary = (text: string): string => atob(text.replace(/-/g, '+').replace(/_/g, '/'))

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(binary(text), one => one.charCodeAt(0))
