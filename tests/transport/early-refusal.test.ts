// A message that is too large by its prefix: it is refused before it comes, but where the answer could get lost with a stream
// whose client ends short of the length that it announced.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openHttp2 } from '../support/raw-http2.ts';
import { startServer, type TestServer } from './harness.ts';

const REQUEST_BYTES = 1_000;
const PREFIX = Buffer.from([0, 0, 0, 0x10, 0]);
const REST = Buffer.alloc(0x1000);

let test: TestServer;
beforeAll(async () => {
  test = await startServer('cleartext', { requestBytes: REQUEST_BYTES });
});
afterAll(() => test.server.close());

it.each([
  ['without a length: on the prefix', undefined],
  ['with a length: when it is complete', String(PREFIX.length + REST.length)],
])('%s', async (_name, length) => {
  const session = await openHttp2(test.url, undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/openk.health.v1.HealthService/GetHealth',
    'content-type': 'application/grpc',
    ...(length !== undefined && { 'content-length': length }),
  });
  let isAnswered = false;
  const trailers = once(stream, 'trailers');
  stream.on('response', () => {
    isAnswered = true;
  });
  stream.resume().write(PREFIX);
  if (length === undefined) await once(stream, 'response');
  else {
    // The answer to a PING overtakes all others; when there are two, whatever came before them has been answered.
    for (let round = 0; round < 2; round++) await new Promise<void>((resolve) => session.ping(() => resolve()));
    expect(isAnswered).toBe(false);
  }
  stream.end(REST);
  const [{ 'grpc-status': status }] = (await trailers) as [Record<string, string>];
  expect(status).toBe('8');
  session.destroy();
});
