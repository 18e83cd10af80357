// Who gets the token: exact origins, and paths up to a slash.

/** The address that a request for `url` goes to, or `null` for what cannot be read. A page may say by `<base>` what relative means. */
export function addressOf(url: string, base = globalThis.document?.baseURI ?? pageOf()): URL | null {
  try {
    return new URL(url, base)
  } catch {
    return null
  }
}

/** Without a page (in Node), relative addresses have no origin of their own. */
const pageOf = (): string => globalThis.location?.href ?? 'http://localhost/'

/** Whether an address is of this page's origin. */
export const isOwn = (url: string): boolean => addressOf(url)?.origin === globalThis.location?.origin

/** Makes the judge of addresses. Throws a TypeError for an entry that is neither a path nor an origin: a slip here would send tokens astray. */
export function recipients(entries: readonly string[]): (url: string) => boolean {
  const allowed = entries.map(entry => {
    if (!/^(https?:\/\/[^@?#\s]+|\/(?![/\\])[^?#\s]*)$/.test(entry)) throw new TypeError(`lingpai: no path, no origin: ${entry}`)
    const { origin, pathname } = new URL(entry, pageOf())
    return [origin, pathname.replace(/\/*$/, '/')] as const
  })
  return address => {
    const url = addressOf(address)
    return !!url && /^http/.test(url.protocol) && allowed.some(([origin, path]) => url.origin === origin && `${url.pathname}/`.startsWith(path))
  }
}
