// Time. A token's age is what the slower of two clocks cannot hide: the wall clock jumps, and the monotonic one sleeps with the machine.

import type { Clock } from './types.js'
import { AuthError } from './errors.js'

const longest = 2 ** 31 - 1 // what setTimeout takes; more fires at once

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(run, milliseconds) {
    const timer: unknown = setTimeout(run, milliseconds)
    ;(timer as { unref?(): void }).unref?.() // In Node, a timer of ours keeps no program alive.
    return timer
  },
  clearTimeout: timer => clearTimeout(timer as number),
}

/** Runs later, but within 24.8 days, and returns what calls it off. Who meant a later day has to look whether it has come. */
export function after(clock: Clock, milliseconds: number, run: () => void): () => void {
  const timer = clock.setTimeout(run, Math.min(milliseconds, longest))
  return () => clock.clearTimeout(timer)
}

/** What `work` comes to, or an error with the code `timeout`. The work goes on. */
export function within<T>(clock: Clock, milliseconds: number | undefined, work: Promise<T>): Promise<T> {
  if (milliseconds === undefined) return work
  return new Promise((resolve, reject) => {
    const cancel = after(clock, milliseconds, () => reject(new AuthError('timeout')))
    work.then(resolve, reject).finally(cancel)
  })
}

/** Whether somebody may be looking at this page. Hidden ones wait. */
export const visible = (): boolean => globalThis.document?.visibilityState !== 'hidden'
