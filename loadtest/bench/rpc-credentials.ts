// Credentials for the RPC benches: an API key, and an access token whose issuer is a server of the bench itself.
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const ISSUER = 'https://issuer.example.com';
const AUDIENCE = 'https://health.example.com';

export const API_KEY = 'openk_bench_0123456789abcdefghijklmnopqrstuv';

const { privateKey, publicKey } = await generateKeyPair('RS256');
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'bench' }] });

/** As large as those of many providers. */
export const TOKEN = await new SignJWT({ groups: Array.from({ length: 10 }, (_, n) => `group-${n}`) })
  .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'at+jwt' })
  .setIssuer(ISSUER)
  .setAudience(AUDIENCE)
  .setSubject('bench')
  .setIssuedAt()
  .setExpirationTime('2h')
  .sign(privateKey);

/** What `auth` says: whoever shows no credential may do all that the others may. */
export async function startIssuer(): Promise<{ readonly auth: string; readonly end: () => Promise<void> }> {
  const server = createServer((_request, response) => response.end(jwks)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const allow = 'allow: [ADMIN]';
  const roles = `roles: [ { when: "'group-3' in claims.groups", ${allow} } ]`;
  const keys = `keys: [ { id: bench, sha256: "${hash('sha256', API_KEY)}", ${allow} } ]`;
  const jwt = `jwt: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks_uri: "http://127.0.0.1:${port}/", ${roles} }`;
  return {
    auth: `auth: { anonymous: { ${allow} }, ${keys}, ${jwt} }`,
    async end() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
