// oidc-provider with the in-memory adapter that it comes with, set up for the jobs that the benchmark gives: ES256 for all tokens, JWT access
// tokens, an interaction that signs in without asking, and no consent, as for an app of one's own.
//
//     node server.js PORT SECRET
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

// Introspection refuses JWTs here (a resource server checks them itself), so what is introspected is opaque and kept in memory.
const formats = { 'urn:api': 'jwt', 'urn:api:opaque': 'opaque' };

const provider = new Provider('http://localhost', {
  jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })] },
  cookies: { keys: ['a key that signs the cookies of one run'] },
  scopes: ['openid', 'a'],
  clients: [
    {
      client_id: 'service', client_secret: process.argv[3], grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: 'app', client_secret: process.argv[3], grant_types: ['authorization_code'], redirect_uris: ['https://app.example/cb'],
      token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:api',
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => ({ scope: 'a', accessTokenFormat: formats[resource], jwt: { sign: { alg: 'ES256' } } }),
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  // A grant of its own for each authorization: the adapter walks over all tokens of a grant at each write.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid');
    grant.addResourceScope('urn:api', 'a');
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer((req, res) => {
  if (!req.url.startsWith('/interaction/')) return answer(req, res);
  return provider.interactionFinished(req, res, { login: { accountId: 'u0' } }, { mergeWithLastSubmission: false });
}).listen(Number(process.argv[2]), '127.0.0.1');
