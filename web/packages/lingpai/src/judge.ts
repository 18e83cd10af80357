// What to do about an answer of an API. Loaded with the first that may be about the token.

import type { Answer, Outgoing, Signed } from './types.js'
import type { Core } from './core.js'
import { heals } from './replay.js'

/** Whether to sign the request again and send it once more. A late refusal, of a token that has been replaced meanwhile, refreshes nothing. */
export async function judge({ state, keep, refresher, dpop, prover }: Core, { url }: Outgoing, { headers, token, session }: Signed, answer: Answer): Promise<boolean> {
  const ours = (): boolean => state.session.id === session
  if (dpop && token && (await prover()).learn(url, answer.status, answer.header, headers['DPoP'] ?? '')) return ours()
  if (!session || !ours() || !heals(answer, keep)) return false
  if (token === (state.held!.access_token ?? null)) {
    state.refused = token
    await refresher.refresh().catch(error => { if (ours()) throw error })
  }
  return ours() && keep !== 'cookie'
}
