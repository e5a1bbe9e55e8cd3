// Answers that are given before their requests have come in full, and that arrive. A message that is too large by its prefix is
// refused before it comes, but where the answer could get lost with a stream whose client ends short of the length that it announced.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { grpcStatusOf, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { startServer, type TestServer, TRANSPORTS } from './harness.ts';

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
  const answered = grpcStatusOf(stream);
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
  expect(await answered).toBe('8');
  session.destroy();
});

it('an answer is out before its stream is reset, whose client goes on sending', async () => {
  const body = Buffer.alloc(4_000_000);
  PREFIX.copy(body);
  const statuses: unknown[] = [];
  for (let call = 0; call < 5; call++) {
    // Each by its own: a session of Node's goes on counting the bytes of a stream that was reset.
    const session = await openHttp2(test.url, undefined);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/openk.health.v1.HealthService/GetHealth',
      'content-type': 'application/grpc',
      'content-length': String(body.length),
    });
    const answered = grpcStatusOf(stream);
    stream
      .on('error', () => {})
      .resume()
      .end(body);
    await once(stream, 'close');
    statuses.push(await answered);
    session.destroy();
  }
  expect(statuses).toEqual(Array(5).fill('8'));
});

const REFUSED: Readonly<Record<string, readonly [path: string, contentType: string, status: number]>> = {
  Connect: ['/openk.health.v1.HealthService/GetHealth', 'application/json', 429],
  'gRPC-Web': ['/openk.health.v1.HealthService/GetHealth', 'application/grpc-web+proto', 200],
  'what is not there': ['/nothing', 'text/plain', 404],
  'a page': ['/livez', 'text/plain', 405],
};
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe.each(TRANSPORTS)('HTTP/1.1, %s', (transport) => {
  let limited: TestServer;
  beforeAll(async () => {
    limited = await startServer(transport, { requestBytes: REQUEST_BYTES, limits: { writeTimeoutMs: 300 } });
  });
  afterAll(() => limited.server.close());
  const open = () => openRawSocket(limited.url, limited.ca === undefined ? {} : { ca: limited.ca });
  const head = (path: string, contentType: string, length: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\n${length}\r\n\r\n`;

  describe.each(Object.entries(REFUSED))('%s', (_name, [path, contentType, status]) => {
    it('behind a body of megabytes that is refused, the next request is answered', async () => {
      const client = await open();
      const body = Buffer.alloc(3_000_000, 0xff);
      client.write(head(path, contentType, `Content-Length: ${body.length}`));
      client.write(body);
      client.write(LIVEZ);
      const text = await client.received(/ok\n$/);
      expect(text.match(/HTTP\/1\.1 \d+|connection: close/gi)).toEqual([`HTTP/1.1 ${status}`, 'HTTP/1.1 200']);
      client.destroy();
    });

    it.each(['Content-Length: 1000000000', 'Transfer-Encoding: chunked'])(
      'an answer before the end of %s is the last of its connection, and no reset overtakes it',
      async (length) => {
        const client = await open();
        client.socket.allowHalfOpen = true;
        const errors: Error[] = [];
        client.socket.on('error', (error) => errors.push(error));
        client.write(head(path, contentType, length));
        // A prefix that refuses the message, and bytes of it.
        client.write(length.startsWith('T') ? `1000\r\n${'\xff'.repeat(0x1000)}\r\n` : '\xff'.repeat(0x1000));
        await once(client.socket, 'end');
        expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*connection: close`, 'i'));
        client.write(length.startsWith('T') ? '5\r\nabcde\r\n' : 'abcde');
        client.socket.end();
        await client.closed();
        expect(errors).toEqual([]);
      },
    );
  });

  it('a client that does not end its half of the connection is given up', async () => {
    const client = await open();
    client.socket.allowHalfOpen = true;
    client.write(head('/nothing', 'text/plain', 'Content-Length: 1000000000'));
    await client.received(/^HTTP\/1\.1 404 /);
    await eventually(() => limited.server.connections() === 0);
    client.destroy();
  });
});
