// An authority of our own: the certificate of a server, those of its clients, and a fetch that goes by them. It stands on the openssl of the machine.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type RequestOptions, request as send } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key: files, and what they hold. */
export interface Certificate {
  certFile: string
  keyFile: string
  cert: string
  key: string
}

export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lingpai-ca-'))
  readonly own: Certificate
  #issued = 0

  constructor() {
    this.own = this.#make('authority', ['-subj', '/CN=Authority of a test', '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'])
  }

  /** A certificate for a server on this machine. */
  server(): Certificate {
    return this.#issue(['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'extendedKeyUsage=serverAuth'])
  }

  /** A certificate for a client, by its name. */
  client(name: string): Certificate {
    return this.#issue(['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-addext', 'extendedKeyUsage=clientAuth'])
  }

  /** A certificate that signs itself: this authority has nothing to do with it. */
  selfSigned(): Certificate {
    return this.#make(`own-${++this.#issued}`, ['-subj', '/CN=myself'])
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #issue(flags: string[]): Certificate {
    return this.#make(`issued-${++this.#issued}`, ['-CA', this.own.certFile, '-CAkey', this.own.keyFile, '-addext', 'basicConstraints=critical,CA:FALSE', ...flags])
  }

  #make(name: string, flags: string[]): Certificate {
    const [certFile, keyFile] = [join(this.#folder, `${name}.pem`), join(this.#folder, `${name}.key`)]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, '-out', certFile, '-keyout', keyFile, ...flags], { stdio: 'pipe' })
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  }

  /** A fetch that believes this authority, and shows a certificate where it is asked for one. */
  fetch(shown?: Certificate): typeof fetch {
    const tls = { ca: this.own.cert, ...(shown && { cert: shown.cert, key: shown.key }) }
    return async (input, init) => {
      const wanted = new Request(input, init)
      const options: RequestOptions = { ...tls, method: wanted.method, headers: Object.fromEntries(wanted.headers), agent: false }
      return exchange(wanted.url, options, Buffer.from(await wanted.arrayBuffer()))
    }
  }
}

function exchange(url: string, options: RequestOptions, body: Buffer): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = send(url, options, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const headers = Object.entries(answer.headersDistinct).flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value]))
        const status = answer.statusCode ?? 0
        resolve(new Response(status === 204 || status === 304 ? null : Buffer.concat(parts), { status, headers }))
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}
