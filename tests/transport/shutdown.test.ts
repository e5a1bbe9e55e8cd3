// The shutdown in its order: unready, streams end, calls finish, and what does not finish is aborted; in cleartext and over
// TLS, with clients of both HTTP versions.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { WIRE_CLIENT_KINDS } from '../support/wire-clients.ts';
import { ECHO } from '../support/wire-service.ts';
import { startServer, type TestServer, TRANSPORTS } from './harness.ts';

/** One kind of client for each way on the wire. */
const kinds = WIRE_CLIENT_KINDS.filter(({ name }) => !/JSON, HTTP/.test(name));
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const connect = (test: TestServer) => openRawSocket(test.url, test.ca === undefined ? {} : { ca: test.ca });

describe.each(TRANSPORTS)('shutdown in %s', (transport) => {
  it('ends streams with UNAVAILABLE and lets calls in flight finish, for every kind of client', async () => {
    const test = await startServer(transport);
    const clients = kinds.map((kind) => kind.open(test.url, test.ca));
    const calls = clients.map((client) => {
      const [stream, unary] = [test.service.hang(), test.service.hang()];
      const answers = Promise.all([client.stream(stream.component), client.unary(unary.component)]);
      return { stream, unary, answers };
    });
    await Promise.all(calls.flatMap(({ stream, unary }) => [stream.call.started, unary.call.started]));

    const closed = test.server.close();
    // All streams are gone, all other calls are still there.
    await eventually(() => test.server.openCalls() === kinds.length);
    for (const { unary } of calls) unary.call.release();
    for (const { unary, answers } of calls) {
      const [stream, answer] = await answers;
      expect(stream).toMatchObject({ code: 'Unavailable', reason: 'SHUTTING_DOWN', messages: ['1', '2'] });
      expect(answer).toMatchObject({ code: 'OK', messages: [unary.component] });
    }
    await closed;
    expect([test.server.connections(), test.server.openCalls()]).toEqual([0, 0]);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('aborts with UNAVAILABLE what has not finished when the time is up, for every kind of client', async () => {
    const test = await startServer(transport, { drainTimeoutMs: 1 });
    const clients = kinds.map((kind) => kind.open(test.url, test.ca));
    const calls = clients.map((client) => {
      const { component, call } = test.service.hang();
      return { call, answer: client.unary(component) };
    });
    await Promise.all(calls.map(({ call }) => call.started));
    await test.server.close();
    for (const { call, answer } of calls) {
      expect(await answer).toMatchObject({ code: 'Unavailable', reason: 'SHUTTING_DOWN' });
      await call.aborted;
    }
    expect([test.server.connections(), test.server.openCalls()]).toEqual([0, 0]);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('while it drains: not ready, alive, and no new calls', async () => {
    const test = await startServer(transport);
    const { component, call } = test.service.hang();
    const [busy, asking, late] = [0, 1, 2].map(() => kinds[0]!.open(test.url, test.ca));
    const running = busy!.unary(component);
    await call.started;
    expect(await asking!.unary(ECHO)).toMatchObject({ code: 'OK' });
    const closed = test.server.close();

    const client = await connect(test);
    client.write(get('/readyz'));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 503 [\s\S]*connection: close[\s\S]*not ready: shutdown\n$/i);
    const live = await connect(test);
    live.write(get('/livez'));
    expect(await live.closed()).toMatch(/^HTTP\/1\.1 200 /);
    expect(await late!.unary(ECHO)).toMatchObject({ code: 'Unavailable', reason: 'SHUTTING_DOWN' });

    call.release();
    expect(await running).toMatchObject({ code: 'OK' });
    await closed;
    for (const each of [busy, asking, late]) await each!.close();
  });

  it('does not wait for clients that are stuck in the middle of a request', async () => {
    const test = await startServer(transport, { drainTimeoutMs: 1 });
    const halfway = await connect(test);
    halfway.write(
      'POST /openk.health.v1.HealthService/GetHealth HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n',
    );
    halfway.write('Content-Length: 10\r\n\r\n{');
    const session = await openHttp2(test.url, test.ca);
    const headers = { ':method': 'POST', ':path': '/openk.health.v1.HealthService/GetHealth' };
    const stream = session.request({ ...headers, 'content-type': 'application/grpc' });
    stream.on('error', () => {});
    await eventually(() => test.server.openCalls() === 2);
    await test.server.close();
    expect([test.server.connections(), test.server.openCalls()]).toEqual([0, 0]);
    await halfway.closed();
    session.destroy();
  });

  it('does not wait for clients that read nothing', async () => {
    const test = await startServer(transport, { drainTimeoutMs: 1 });
    const session = await openHttp2(test.url, test.ca);
    expect(await ask(session, { ':path': '/livez' })).toMatchObject({ status: 200 });
    const client = await connect(test);
    client.socket.pause();
    for (let count = 0; count < 200; count++) client.write(get(`/readyz?verbose&${'x'.repeat(5_000)}`));
    await eventually(() => test.server.openCalls() === 0);
    await test.server.close();
    expect([test.server.connections(), test.server.openCalls()]).toEqual([0, 0]);
    client.destroy();
    session.destroy();
  });
});
