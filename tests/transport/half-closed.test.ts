// Clients that end their half of the connection behind their request, as `nc` does: a page goes out to them in full; of a call it
// may mean that nobody waits for it any more, and so it is the end of a stream.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRawSocket } from '../support/raw-socket.ts';
import { eventually, noCalls, startServer, type TestServer, TRANSPORTS } from './harness.ts';

describe.each(TRANSPORTS)('%s', (transport) => {
  let test: TestServer;
  let asked = 0;
  let answer = Promise.withResolvers<void>();
  beforeAll(async () => {
    test = await startServer(transport, {
      async *metricsText() {
        asked++;
        await answer.promise;
        yield 'up 1\n';
      },
    });
  });
  afterAll(() => test.server.close());

  /** @returns once the server has seen the end of the request */
  async function askAndEnd(request: string) {
    const client = await openRawSocket(test.url, { ...(test.ca !== undefined && { ca: test.ca }) });
    client.socket.allowHalfOpen = true;
    client.socket.end(request);
    // Whatever came before is read by then.
    const other = await openRawSocket(test.url, { ...(test.ca !== undefined && { ca: test.ca }) });
    other.write('GET /livez HTTP/1.0\r\n\r\n');
    await other.closed();
    return client;
  }

  it.each(['GET /metrics HTTP/1.0\r\n\r\n', 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'])(
    '%j is answered',
    async (request) => {
      answer = Promise.withResolvers();
      const before = asked;
      const client = await askAndEnd(request);
      await eventually(() => asked > before);
      answer.resolve();
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 [\s\S]*up 1\n/);
      await noCalls(test);
    },
  );

  it('what was asked for before is answered too, and nothing is left', async () => {
    const client = await askAndEnd('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    expect((await client.closed()).match(/^ok$/gm)).toHaveLength(3);
  });

  it('a stream ends with what has been sent', async () => {
    const client = await openRawSocket(test.url, { ...(test.ca !== undefined && { ca: test.ca }) });
    client.socket.allowHalfOpen = true;
    const body = '{"components":["echo"]}';
    const head = 'POST /openk.health.v1.HealthService/WatchHealth HTTP/1.1\r\nHost: localhost\r\n';
    client.write(`${head}Content-Type: application/connect+json\r\nContent-Length: ${body.length + 5}\r\n\r\n`);
    client.write(Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), Buffer.from(body)]));
    await client.received(/^HTTP\/1\.1 200 /);
    client.socket.end();
    await client.closed();
    await noCalls(test);
  });
});
