// Verifies access tokens by key sets, as a stranger's Node service would: with the package jose and nothing of ours.
// A line of the input is {"token","jwks","issuer","algorithm","now"}, its answer a line {"subject"} or {"refused"} with the reason.
import { createInterface } from 'node:readline'
import { createLocalJWKSet, jwtVerify } from 'jose'

async function judge({ token, jwks, issuer, algorithm, now }) {
  const checks = { issuer, audience: issuer, typ: 'at+jwt', algorithms: [algorithm], currentDate: new Date(now) }
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(JSON.parse(jwks)), checks)
    return { subject: payload.sub }
  } catch (error) {
    return { refused: String(error.code ?? error) }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await judge(JSON.parse(line))) + '\n')
}
