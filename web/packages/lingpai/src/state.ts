// What is known now, and who is told.

import type { AuthEvent, EndReason, Session, Status } from './types.js'
import type { Holding } from './holding.js'

export interface State {
  session: Session
  held: Holding | null
  /** An access token that an API refused. Whoever begins now waits for the next one. */
  refused?: string | null
  /** Grows with every sign-in and sign-out. Who asked in one epoch does not act in another: a late answer cannot undo a sign-out. */
  epoch: number
  /** How often this page has signed out. A sign-in that was under way then comes too late; the end of the session before it does it no harm. */
  outs: number
  on(listener: (event: AuthEvent) => void): () => void
  /** Takes a session, or the next token of the one that is held. One that is over never comes back, whatever arrives late. */
  hold(next: Holding): void
  /** The server cannot be reached; nothing is over. */
  stale(): void
  /** Nobody is signed in any more; `null` if nobody was. */
  end(reason: EndReason | null): void
  storageLost(): void
}

export function stateOf(onEnd?: (reason: EndReason) => void): State {
  const listeners = new Set<(event: AuthEvent) => void>()
  const show = (status: Status, ended: EndReason | null = null): void => {
    const { held } = state
    state.session = Object.freeze({
      status, user: held && held.user, id: held && held.session.id, expiresAt: held && Date.parse(held.session.expires_at), ended,
    })
  }
  const tell = (name: AuthEvent['name'], reason?: EndReason): void => {
    const event = { name, session: state.session, reason } as AuthEvent
    listeners.forEach(listener => call(listener, event))
  }
  let over: string | null = null
  const state: State = {
    session: null!, held: null, epoch: 0, outs: 0,
    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    hold(next) {
      const { status, id } = state.session
      if (next.session.id === over) return
      const same = id === next.session.id
      if (!same) state.epoch++
      state.held = next
      show('in')
      tell(same ? 'refreshed' : id || status === 'out' ? 'signed_in' : 'restored')
    },
    stale() {
      if (state.session.status === 'stale') return
      show('stale')
      tell('stale')
    },
    end(reason) {
      const { status, id } = state.session
      if (status === 'out') return
      state.epoch++
      over = id ?? over
      state.held = null
      show('out', reason)
      if (status === 'unknown' || !reason) return tell('restored')
      tell('signed_out', reason)
      if (onEnd) call(onEnd, reason)
    },
    storageLost: () => tell('storage_lost'),
  }
  show('unknown')
  return state
}

/** An error of a listener is the page's, reported as such, and stops nothing here. */
function call<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value)
  } catch (error) {
    queueMicrotask(() => { throw error })
  }
}
