// What went wrong with a request to our API, as a code for the catalogue and a sentence of the server's.
import { isAxiosError } from 'axios'

export interface Trouble {
  /** The code of the problem document (RFC 9457), `offline` when no answer came, else `unknown`. */
  readonly code: string
  readonly status: number
  readonly detail: string
}

export function troubleOf(error: unknown): Trouble {
  if (isAxiosError<{ code?: unknown; detail?: unknown }>(error)) {
    const problem = error.response?.data
    if (!error.response) return { code: 'offline', status: 0, detail: '' }
    return { code: text(problem?.code) || 'unknown', status: error.response.status, detail: text(problem?.detail) }
  }
  const code = error instanceof Error && 'code' in error ? text(error.code) : ''
  return { code: code || 'unknown', status: 0, detail: error instanceof Error ? error.message : '' }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
