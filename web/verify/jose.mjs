// Verifies an access token by a key set, as a stranger's Node service would: with the package jose and nothing of ours.
// Standard input: {"token","jwks","issuer","algorithm","now"}. Prints the subject; a token that is refused ends it with 1.
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, jwtVerify } from 'jose'

const { token, jwks, issuer, algorithm, now } = JSON.parse(readFileSync(0, 'utf8'))
const keys = createLocalJWKSet(JSON.parse(jwks))
const checks = { issuer, audience: issuer, typ: 'at+jwt', algorithms: [algorithm], currentDate: new Date(now) }

try {
  const { payload } = await jwtVerify(token, keys, checks)
  process.stdout.write(payload.sub)
} catch (error) {
  process.stderr.write(String(error.code ?? error))
  process.exitCode = 1
}
