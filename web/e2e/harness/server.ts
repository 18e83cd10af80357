// The real server, in a process and a data folder of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { Authority } from './authority.ts'

/** What a server is told beside its place: `LINGPAI_…` without the prefix. */
export type Settings = Record<string, string>

export const password = 'correct horse battery staple'

/** What an operator hands to whoever writes an app. */
export interface Registered {
  client_id: string
  client_secret?: string
}

/** Cheap to hash and free to guess at: neither is what is tested here. */
const quick: Settings = { THROTTLE_ADDRESS_BURST: '1000', THROTTLE_ACCOUNT_BURST: '100', THROTTLE_SUSTAINED_BURST: '1000', LOG_LEVEL: 'warn' }

export class Server {
  readonly data = mkdtempSync(join(tmpdir(), 'lingpai-data-'))
  readonly complaints: string[] = []
  port = 0
  #process: ChildProcess | undefined
  #clients = 0
  #fetch: typeof fetch = fetch

  constructor(
    readonly issuer: string,
    readonly settings: Settings = {},
  ) {}

  /** A server at an address of its own, with nothing between it and whoever asks. */
  static async open(settings: Settings = {}): Promise<Server> {
    const port = await freePort()
    const server = new Server(`http://localhost:${port}`, settings)
    server.port = port
    await server.start()
    return server
  }

  /** The same by https, with a certificate of an authority, which signs those of clients as well. */
  static async secure(authority: Authority, settings: Settings = {}): Promise<Server> {
    const [{ certFile, keyFile }, port, asking] = [authority.server(), await freePort(), await freePort()]
    const tls = { TLS_CERTIFICATE: certFile, TLS_KEY: keyFile, MTLS_LISTEN: `127.0.0.1:${asking}`, MTLS_AUTHORITIES: authority.own.certFile }
    const server = new Server(`https://localhost:${port}`, { ...tls, ...settings })
    server.#fetch = authority.fetch()
    server.port = port
    await server.start()
    return server
  }

  get #environment(): NodeJS.ProcessEnv {
    const own = Object.entries({ ...quick, ...this.settings }).map(([name, value]) => [`LINGPAI_${name}`, value])
    return { PATH: process.env.PATH, HOME: this.data, LINGPAI_DATA: this.data, LINGPAI_ISSUER: this.issuer, ...Object.fromEntries(own) }
  }

  /**
   * Starts, or starts again on the same port and data. It answers when this is done. Nobody keeps the port free until then, and connections
   * of others get ports as well; one that is taken is free again soon.
   */
  async start(): Promise<void> {
    this.port ||= await freePort()
    for (let tries = 100; !(await this.#serve()); tries--) {
      if (tries === 0 || !this.complaints.some((text) => text.includes('address already in use'))) throw new Error(`the server ended: ${this.complaints.join('')}`)
      this.complaints.length = 0
      await pause(300)
    }
  }

  /** Whether it serves, once that is known. */
  async #serve(): Promise<boolean> {
    const child = spawn(inject('binary'), ['serve', '--listen', `127.0.0.1:${this.port}`], { env: this.#environment, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process = child
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.complaints.push(text))
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve())) // when all that it wrote is here
    while (!(await this.#answers())) {
      if (child.exitCode !== null) return closed.then(() => false)
      await pause(10)
    }
    return true
  }

  async #answers(): Promise<boolean> {
    return this.#fetch(`${this.settings.TLS_KEY ? 'https' : 'http'}://127.0.0.1:${this.port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    )
  }

  /** Ends it, as an operator does, or as a power cut does. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async dispose(): Promise<void> {
    await this.stop()
    rmSync(this.data, { recursive: true, force: true })
  }

  /** Runs a command of the program beside the server. */
  run(args: string[], input = ''): string {
    return execFileSync(inject('binary'), args, { env: this.#environment, input, encoding: 'utf8' })
  }

  addUser(name: string, ...flags: string[]): void {
    this.run(['user', 'add', name, '--password-stdin', ...flags], password)
  }

  addClient(profile: string, ...flags: string[]): Registered {
    return JSON.parse(this.run(['client', 'add', `An app of the profile ${profile}`, '--id', `app-${++this.#clients}`, '--profile', profile, '--json', ...flags])) as Registered
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
