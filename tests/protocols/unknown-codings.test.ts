// A request in a coding that we lack: a client that sends one reads which ones we have, in the header that its protocol has for it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { startServer, type TestServer } from '../transport/harness.ts';

const SERVICE = '/openk.health.v1.HealthService';
let servers: readonly TestServer[];
beforeAll(async () => {
  servers = [await startServer('cleartext'), await startServer('cleartext', { pipeline: false })];
});
afterAll(async () => {
  for (const { server } of servers) await server.close();
});

it.each([
  ['application/grpc', 'grpc-encoding', 'grpc-accept-encoding', 'GetHealth'],
  ['application/grpc', 'grpc-encoding', 'grpc-accept-encoding', 'WatchHealth'],
  ['application/grpc-web+json', 'grpc-encoding', 'grpc-accept-encoding', 'GetHealth'],
  ['application/connect+proto', 'connect-content-encoding', 'connect-accept-encoding', 'WatchHealth'],
  ['application/json', 'content-encoding', 'accept-encoding', 'GetHealth'],
])('%s, %s: %s of %s', async (contentType, field, accepted, method) => {
  for (const { url } of servers) {
    const session = await openHttp2(url, undefined);
    const head = { ':method': 'POST', ':path': `${SERVICE}/${method}`, 'content-type': contentType };
    expect((await ask(session, { ...head, [field]: 'deflate' }, '')).headers[accepted]).toBe('gzip,br');
    expect((await ask(session, { ...head, [field]: 'gzip' }, '')).headers[accepted]).toBeUndefined();
    session.destroy();
  }
});

it('a GET of Connect: accept-encoding', async () => {
  for (const { url } of servers) {
    const codings = async (compression: string) => {
      const query = `encoding=json&message=%7B%7D&compression=${compression}`;
      return (await fetch(`${url}${SERVICE}/GetHealth?${query}`)).headers.get('accept-encoding');
    };
    expect([await codings('deflate'), await codings('identity')]).toEqual(['gzip,br', null]);
  }
});
