// A cookie that scripts write, as a storage.

import type { TokenStorage } from './types.js'

/**
 * Keeps tokens in a cookie of this host: every script of the page can read it, as with `localStorage`, and the browser sends it to the server
 * with each request, besides. Safari forgets it after seven days. It takes about 4,000 bytes; what does not fit falls back to memory.
 */
export function cookieStorage(options: { /** Seconds; default 90 days. */ readonly maxAge?: number } = {}): TokenStorage {
  const secure = (): boolean => location.protocol === 'https:'
  const nameOf = (key: string): string => `${secure() ? '__Host-' : ''}${encodeURIComponent(key)}` // No other host of the domain can set such a cookie.
  const write = (key: string, value: string, age: number): void => {
    document.cookie = `${nameOf(key)}=${encodeURIComponent(value)}; Path=/; SameSite=Strict; Max-Age=${age}${secure() ? '; Secure' : ''}`
  }
  return {
    getItem(key) {
      const start = `${nameOf(key)}=`
      const found = document.cookie.split('; ').find(cookie => cookie.startsWith(start))
      return found === undefined ? null : decodeURIComponent(found.slice(start.length))
    },
    setItem: (key, value) => write(key, value, options.maxAge ?? 90 * 86_400),
    removeItem: key => write(key, '', 0),
  }
}
