// Clients that end their half of the connection behind their request, as `nc` does: an answer goes out to them in full; of a stream
// it may mean that nobody waits for more, and so it is the end, as it is of a call that Connect's handlers have, which hear of no other.
import type { Interceptor } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { ECHO } from '../support/wire-service.ts';
import { noCalls, startServer, type TestServer, TRANSPORTS } from './harness.ts';

describe.each(TRANSPORTS)('%s', (transport) => {
  let test: TestServer;
  let asked = 0;
  let answer = Promise.withResolvers<void>();
  let isGated = false;
  /** An answer that takes a moment, whoever waits for it. */
  const gate: Interceptor = (next) => async (request) => {
    const response = await next(request);
    if (!isGated) return response;
    asked++;
    await answer.promise;
    return response;
  };
  beforeAll(async () => {
    test = await startServer(transport, {
      interceptors: [gate],
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

  const GET_HEALTH = '/openk.health.v1.HealthService/GetHealth';
  const post = (type: string, body: string, more = '') =>
    `POST ${GET_HEALTH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
  const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  const inEnvelope = (component: string) => {
    const message = `\n${String.fromCharCode(component.length)}${component}`;
    return `\0\0\0\0${String.fromCharCode(message.length)}${message}`;
  };
  it.each<[string, (component: string) => string]>([
    ['Connect', (component) => post('application/json', JSON.stringify({ component }))],
    [
      'Connect, compressed',
      (component) => post('application/json', JSON.stringify({ component }), 'Accept-Encoding: br\r\n'),
    ],
    ['Connect by GET', (component) => get(`${GET_HEALTH}?encoding=json&message={"component":"${component}"}`)],
    ['gRPC-Web', (component) => post('application/grpc-web+proto', inEnvelope(component))],
    ['REST', (component) => get(`/v1/components/${component}/health`)],
  ])('a unary call of %s is answered', async (_protocol, requestFor) => {
    answer = Promise.withResolvers();
    isGated = true;
    const before = asked;
    const client = await askAndEnd(requestFor(ECHO));
    await eventually(() => asked > before);
    isGated = false;
    answer.resolve();
    const received = await client.closed();
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).toContain(ECHO);
    await noCalls(test);
  });

  it('a handler that asks hears that its client may be gone', async () => {
    const { component, call } = test.service.hang();
    const client = await askAndEnd(post('application/json', JSON.stringify({ component })));
    await call.aborted;
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 499 /);
    await noCalls(test);
  });

  it.each([
    ['Connect', 'application/connect+json', '{"components":["echo"]}'],
    ['gRPC, by the handlers of Connect', 'application/grpc+proto', '\n\x04echo'],
  ])('a stream of %s ends with what has been sent', async (_protocol, type, body) => {
    const { component, call } = test.service.hang();
    const asked = body.replace('\x04', String.fromCharCode(component.length)).replace('echo', component);
    const client = await openRawSocket(test.url, { ...(test.ca !== undefined && { ca: test.ca }) });
    client.socket.allowHalfOpen = true;
    const head = 'POST /openk.health.v1.HealthService/WatchHealth HTTP/1.1\r\nHost: localhost\r\n';
    client.write(`${head}Content-Type: ${type}\r\nContent-Length: ${asked.length + 5}\r\n\r\n`);
    client.write(Buffer.concat([Buffer.from([0, 0, 0, 0, asked.length]), Buffer.from(asked)]));
    await client.received(/^HTTP\/1\.1 200 /);
    await call.started;
    client.socket.end();
    await client.closed();
    await noCalls(test);
  });
});
