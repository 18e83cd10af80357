// The buttons of the story: each sends something real, so that a step can be seen without waiting for it.
import type { AxiosInstance } from 'axios'
import type { Auth } from 'lingpai'
import { altered } from './jwt'
import { watchedFetch, type Step } from './record'

interface Try {
  possible(signedIn: boolean): boolean
  run(): Promise<unknown>
}

// The last token, kept by the story alone, to show that it is worth nothing after the sign-out. An app would not keep it.
let last: string | null = null

export function tries(auth: Auth, http: AxiosInstance): Partial<Record<Step, Try>> {
  const tokens = auth.keep !== 'cookie'
  const look = async () => {
    last = (await auth.token().catch(() => null)) ?? last
    return last
  }
  auth.on('change', () => void (auth.session.status === 'in' && look()))
  void look()
  return {
    asked: { possible: () => true, run: () => send('/api/notes', null) },
    sent: { possible: (signedIn) => signedIn, run: () => http.get('/notes').catch(() => null) },
    altered: {
      possible: (signedIn) => signedIn && tokens,
      run: async () => {
        const token = await look()
        if (token) await send('/api/notes', altered(token))
      },
    },
    renewed: { possible: (signedIn) => signedIn && tokens, run: () => auth.refresh().catch(() => null) },
    refused: { possible: (signedIn) => !signedIn && tokens && last !== null, run: () => send('/api/notes', last) },
  }
}

function send(path: string, token: string | null): Promise<unknown> {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {}
  return watchedFetch(path, { headers, credentials: 'omit' }).catch(() => null)
}
