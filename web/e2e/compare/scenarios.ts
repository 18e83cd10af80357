// What is played to every client. A scenario brings the world into a state, lets the app send requests, and reports what it saw; it judges nothing.
import type { AxiosRequestConfig } from 'axios'
import { type Client, type Kind, newStorage, type Options, type Outcome } from './clients.ts'
import { type Fault, Server } from './server.ts'
import { pause, stopwatch, Time } from './time.ts'

/** What happened. */
export interface Facts {
  /** Requests of the app that should have come to 200. */
  asked: number
  /** Of these, how many did not. */
  lost: number
  /** Of the lost, how many were a 401, at which an app shows its login page. */
  told401: number
  refreshes: number
  signedOut: boolean
  /** Whether the server has ended the session. */
  ended: boolean
  /** What else is to be said. */
  more: string[]
}

export interface Scenario {
  pain: string
  title: string
  /** Left out for clients that have no part in it. */
  for?: (kind: Kind) => boolean
  legacyOrder?: boolean
  play(world: World): Promise<void>
}

const hour = 3_600_000

/** A browser with one client that is signed in, and its server. */
export class World {
  readonly more: string[] = []
  readonly time = new Time()
  server!: Server
  tab!: Client
  #tabs: Client[] = []
  #asked: Outcome[] = []
  #lost: Outcome[] = []
  readonly #kind: Kind
  readonly #options: Options

  constructor(kind: Kind, legacyOrder: boolean) {
    this.#kind = kind
    this.#options = { storage: newStorage(), legacyOrder }
  }

  async open(): Promise<void> {
    this.server = await Server.open(this.time)
    this.tab = this.openTab()
    await this.tab.signIn()
  }

  openTab(): Client {
    const tab = this.#kind.open(this.server, this.#options)
    this.#tabs.push(tab)
    return tab
  }

  /** Waits for requests that should come to 200, and counts those that do not. */
  readonly ask = async (...sending: Promise<Outcome>[]): Promise<void> => {
    const outcomes = await Promise.all(sending)
    this.#asked.push(...outcomes)
    this.#lost.push(...outcomes.filter((one) => one !== 200))
  }

  get(url = '/api/notes', tab = this.tab): Promise<Outcome> { return tab.send({ url }) }

  /** Lets the access token pass its end while the machine sleeps. */
  expire(): void { this.time.sleep(301_000) }

  /** Tries once a second, on the moved clocks, until a request works; tells how long that took. */
  async recover(): Promise<void> {
    for (let second = 0; second <= 120; second++) {
      if ((await this.get()) === 200) return void this.more.push(second ? `works again after ${second} s` : 'works again at once')
      if (!this.tab.signedIn()) return
      this.time.pass(1000)
    }
    this.more.push('does not work within 2 min')
  }

  facts(): Facts {
    const { refreshes } = this.server
    const told401 = this.#lost.filter((one) => one === 401).length
    return { asked: this.#asked.length, lost: this.#lost.length, told401, refreshes, signedOut: !this.tab.signedIn(), ended: !this.server.alive, more: this.more }
  }

  async close(): Promise<void> {
    for (const tab of this.#tabs) tab.close()
    this.time.restore()
    await this.server.close()
  }
}

const delays = [5, 20, 50, 75, 100]
const late = (ms: number): AxiosRequestConfig => ({ url: `/api/notes?ms=${ms}` })

async function refusedWhileRefreshing({ server, tab, ask }: World): Promise<void> {
  server.latency = 200
  server.expireTokens()
  await ask(...delays.map((ms) => tab.send(late(ms))))
}

/** Nobody has to be refused: whoever begins while a refresh is under way can wait for the new token. */
async function beginWhileRefreshing({ server, tab, ask, more }: World): Promise<void> {
  server.latency = 200
  server.expireTokens()
  const first = tab.send(late(0))
  while (server.refreshes === 0) await pause(1)
  const began = server.calls
  await ask(first, ...[20, 50, 80, 110, 150].map(async (ms) => (await pause(ms), tab.send(late(0)))))
  more.push(`the API was asked ${server.calls - began} × after that (6 are enough)`)
}

const afterFault = (fault: Fault): Scenario => ({
  pain: 'P21', title: `A refresh meets ${typeof fault === 'number' ? `the status ${fault}` : fault === 'cut' ? 'a dead network' : 'a page with status 200 (a hotspot)'}, once`,
  async play(world) {
    world.expire()
    world.server.upset(fault)
    await world.ask(world.get())
    await world.recover()
  },
})

const lostAnswer = (name: string, wait: number, strict: boolean): Scenario => ({
  pain: 'P19', title: `The answer to a refresh is lost; the next request comes ${name} later${strict ? '; the server knows no overlap' : ''}`,
  async play(world) {
    world.server.strict = strict
    world.expire()
    world.server.upset('lose')
    await world.ask(world.get())
    world.time.pass(wait)
    await world.recover()
  },
})

const clockOff = (title: string, before: number, during: number): Scenario => ({
  pain: 'P24', title,
  async play(world) {
    world.time.skew(before)
    await world.tab.signIn()
    for (let n = 0; n < 6; n++) await world.ask(world.get())
    if (during) world.time.skew(during)
    for (let n = 0; n < 6; n++) await world.ask(world.get())
    world.time.pass(hour / 6)
    for (let n = 0; n < 6; n++) await world.ask(world.get())
  },
})

export const scenarios: readonly Scenario[] = [
  { pain: 'P1', title: `The API refuses 5 requests, after ${delays.join(', ')} ms; a refresh takes 200 ms`, play: refusedWhileRefreshing },
  {
    pain: 'P2', title: 'The API refuses 2 requests, one of them 120 ms after the refresh for the other is over',
    async play({ server, tab, ask }) {
      server.expireTokens()
      await ask(tab.send(late(5)), tab.send(late(5 + server.latency + 120)))
    },
  },
  { pain: 'P3', title: "P1 with axios' new order of interceptors", for: (kind) => kind.axios, legacyOrder: false, play: refusedWhileRefreshing },
  ...[true, false].map((legacyOrder): Scenario => ({
    pain: 'P3', title: `A refresh of 200 ms is under way, and 5 requests begin after it has, 20 to 150 ms later; axios' ${legacyOrder ? 'usual' : 'new'} order of interceptors`,
    for: (kind) => kind.axios, legacyOrder, play: beginWhileRefreshing,
  })),
  {
    pain: 'P4', title: 'Two instances of axios, each refused at once',
    for: (kind) => kind.axios,
    async play({ server, tab, ask }) {
      server.expireTokens()
      await ask(tab.send(late(5)), tab.sendBySecond!(late(5)))
    },
  },
  ...[false, true].map((strict): Scenario => ({
    pain: 'P5', title: `10 requests at once, in each of 2 tabs, with a token that has expired${strict ? '; the server knows no overlap' : ''}`,
    async play(world) {
      const second = world.openTab()
      await pause(100)
      world.server.strict = strict
      world.expire()
      await world.ask(...Array.from({ length: 20 }, (_, n) => world.get('/api/notes', n % 2 ? second : world.tab)))
    },
  })),
  {
    pain: 'P10', title: "The API says 401 for its own reason (a wrong PIN), to one request; the app should see it",
    async play(world) {
      const seen = await world.get('/api/own-401')
      world.more.push(`the app sees ${seen}`, `the API was asked ${world.server.calls} ×`)
    },
  },
  {
    pain: 'P10', title: 'The API refuses every token, also a new one; one request',
    async play(world) {
      const seen = await world.get('/api/always-401')
      world.more.push(`the app sees ${seen}`, `the API was asked ${world.server.calls} ×`)
    },
  },
  {
    pain: 'P17', title: 'A POST with an Idempotency-Key is refused after its deed was done',
    async play({ server, tab, ask, more }) {
      await ask(tab.send({ url: '/api/effect', method: 'POST', data: { text: 'hello' }, headers: { 'Idempotency-Key': 'k1' } }))
      more.push(`${server.effects.size} key, sent ${server.effects.get('k1')} ×`)
    },
  },
  {
    pain: 'P18', title: 'The API refuses 2 requests, and the refresh meets a dead network',
    async play(world) {
      world.server.expireTokens()
      world.server.refreshCut = true
      const seen = await Promise.all([world.tab.send(late(5)), world.tab.send(late(40))])
      world.more.push(`the app sees ${seen.join(', ')}`)
      world.server.refreshCut = false
    },
  },
  lostAnswer('1 s', 1000, false),
  lostAnswer('45 s', 45_000, false),
  lostAnswer('30 min', hour / 2, false),
  lostAnswer('45 s', 45_000, true),
  {
    pain: 'P20', title: 'Somebody else has refreshed with the token, and used the successor, 31 s ago; the session must end',
    async play(world) {
      world.expire()
      world.server.steal()
      world.time.pass(31_000)
      for (let n = 0; n < 2; n++) world.more.push(`the app sees ${await world.get()}`)
    },
  },
  afterFault('cut'), afterFault(500), afterFault(502), afterFault(429), afterFault('html'),
  {
    pain: 'P22', title: 'The machine sleeps 8 h, and has no network for 3 s after that, in which one request is made',
    async play(world) {
      world.time.sleep(8 * hour)
      world.server.offline = true
      const asked = world.ask(world.get())
      await pause(3000)
      world.server.offline = false
      dispatchEvent(new Event('online'))
      await asked
      await world.recover()
    },
  },
  {
    pain: 'P23', title: 'No network for 30 s, with a token that has expired; the app asks who is signed in, and sends a request, again and again',
    async play(world) {
      world.expire()
      world.server.offline = true
      const all = stopwatch()
      const asked = stopwatch()
      await world.tab.who()
      world.more.push(`who is signed in was known after ${seconds(asked())}`)
      let longest = 0
      while (all() < 30_000) {
        const one = stopwatch()
        await world.get()
        longest = Math.max(longest, one())
        await pause(1000)
      }
      world.more.push(`longest wait for a request: ${seconds(longest)}`)
    },
  },
  clockOff("The client's clock is 1 h ahead; 12 requests, and 6 more after 10 min", hour, 0),
  clockOff("The client's clock is 1 h behind; the same", -hour, 0),
  clockOff("The client's clock is set 1 h ahead after the first 6; the same", 0, hour),
  clockOff("The client's clock is set 1 h back after the first 6; the same", 0, -hour),
]

const seconds = (milliseconds: number): string => (milliseconds < 1000 ? 'less than 1 s' : `${Math.round(milliseconds / 1000)} s`)
