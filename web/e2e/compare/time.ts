// The clocks of a client, and that of the server. Clients read Date.now and performance.now; the comparison moves both, so that hours pass at
// once. Timers are not moved: they run as those of a machine that slept.

const wall = Date.now.bind(Date)
const mono = performance.now.bind(performance)

export class Time {
  #passed = 0 // for all
  #slept = 0 // of it, not seen by the client's monotonic clock
  #skew = 0 // of the client's wall clock

  constructor() {
    Date.now = () => wall() + this.#passed + this.#skew
    performance.now = () => mono() + this.#passed - this.#slept
  }

  /** The server's clock: milliseconds since 1970. */
  now(): number { return wall() + this.#passed }

  pass(milliseconds: number): void { this.#passed += milliseconds }

  /** The client's machine sleeps. */
  sleep(milliseconds: number): void {
    this.#passed += milliseconds
    this.#slept += milliseconds
  }

  /** Somebody sets the client's wall clock off by so much. */
  skew(milliseconds: number): void { this.#skew = milliseconds }

  restore(): void {
    Date.now = wall
    performance.now = mono
  }
}

/** Real milliseconds: what a person would wait. */
export const stopwatch = (): (() => number) => {
  const start = process.hrtime.bigint()
  return () => Number((process.hrtime.bigint() - start) / 1_000_000n)
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
