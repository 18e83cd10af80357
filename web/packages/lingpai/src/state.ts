// What is known now, and who is told.

import type { AuthEvent, EndReason, Session } from './types.js'
import { snapshot, type Holding } from './holding.js'

export class State {
  session: Session = snapshot('unknown', null)
  held: Holding | null = null
  /** Grows with every sign-in and sign-out. Who asked in one epoch does not act in another: a late answer cannot undo a sign-out. */
  epoch = 0
  readonly #listeners = new Set<(event: AuthEvent) => void>()

  constructor(readonly onEnd: ((reason: EndReason) => void) | undefined) {}

  on(listener: (event: AuthEvent) => void): () => void {
    const own = (event: AuthEvent): void => listener(event) // The same function may listen twice.
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  /** Takes a session, or the next token of the one that is held. */
  hold(next: Holding): void {
    const same = this.held?.session.id === next.session.id
    if (!same) this.epoch++
    const first = this.session.status === 'unknown' || !this.held && this.session.status === 'stale'
    this.held = next
    this.session = snapshot('in', next)
    this.#tell(first ? 'restored' : same ? 'refreshed' : 'signed_in')
  }

  /** The server cannot be reached; nothing is over. */
  stale(): void {
    if (this.session.status === 'stale') return
    this.session = snapshot('stale', this.held)
    this.#tell('stale')
  }

  /** Nobody is signed in any more; `null` if nobody was. */
  end(reason: EndReason | null): void {
    if (this.session.status === 'out') return
    const first = this.session.status === 'unknown'
    this.epoch++
    this.held = null
    this.session = snapshot('out', null, reason)
    if (first || !reason) return this.#tell('restored')
    this.#emit({ name: 'signed_out', session: this.session, reason })
    this.#call(() => this.onEnd?.(reason))
  }

  storageLost(): void {
    this.#tell('storage_lost')
  }

  #tell(name: Exclude<AuthEvent['name'], 'signed_out'>): void {
    this.#emit({ name, session: this.session })
  }

  #emit(event: AuthEvent): void {
    for (const listener of [...this.#listeners]) this.#call(() => listener(event))
  }

  /** An error of a listener is the page's, reported as such, and stops nothing here. */
  #call(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      queueMicrotask(() => { throw error })
    }
  }
}
