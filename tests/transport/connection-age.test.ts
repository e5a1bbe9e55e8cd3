// Connections that have reached their age: nothing that is open breaks before its grace is over, whatever is new goes over a
// new one, and nobody's calls fail.
import { once } from 'node:events';
import { Socket } from 'node:net';
import { credentials, Client as GrpcClient, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createConnections } from '../../src/transport/connections.ts';
import { DEFAULT_LISTENER_LIMITS, type ListenerLimits } from '../../src/transport/listener-limits.ts';
import { eventually } from '../support/eventually.ts';
import { FLAG, frame, headersFrame, opening, patternOf, requestFields, TYPE, u32 } from '../support/http2-frames.ts';
import { ask, openHttp2, readAnswer } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { WIRE_CLIENT_KINDS } from '../support/wire-clients.ts';
import { ECHO } from '../support/wire-service.ts';
import { noCalls, noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

/** Short where a case waits for it, long where it must not come. */
const SHORT_MS = 60;
const LONG_MS = 60_000;
const pathOf = (component: string) => `/v1/components/${component}/health`;

describe.each(TRANSPORTS)('over %s', (transport) => {
  let test: TestServer;
  const start = async (limits: Partial<ListenerLimits>) => {
    test = await startServer(transport, { limits: { connectionAgeMs: SHORT_MS, lookIntervalMs: 5, ...limits } });
  };
  const raw = () => openRawSocket(test.url, { ...(test.ca !== undefined && { ca: test.ca }) });
  const get = (component: string) => `GET ${pathOf(component)} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  afterEach(async () => {
    await noCalls(test);
    await noConnections(test);
    await test.server.close();
  });

  it('HTTP/2 gets GOAWAY; what is open is answered, and then it is closed', async () => {
    await start({ connectionAgeGraceMs: LONG_MS });
    const { component, call } = test.service.hang();
    const session = await openHttp2(test.url, test.ca);
    const answer = readAnswer(session.request({ ':path': pathOf(component) }));
    await call.started;
    const [code] = (await once(session, 'goaway')) as [number];
    expect(code).toBe(0);
    call.release();
    expect(await answer).toMatchObject({ status: 200 });
    await once(session, 'close');
    const next = await openHttp2(test.url, test.ca);
    expect(await ask(next, { ':path': pathOf(ECHO) })).toMatchObject({ status: 200 });
    next.destroy();
  });

  it('HTTP/2 without an open stream is closed', async () => {
    await start({ connectionAgeGraceMs: LONG_MS });
    await once(await openHttp2(test.url, test.ca), 'close');
  });

  it('HTTP/2 is closed at the end of the grace, whatever is open', async () => {
    await start({ connectionAgeGraceMs: SHORT_MS });
    const { component, call } = test.service.hang();
    const session = await openHttp2(test.url, test.ca);
    const stream = session.request({ ':path': pathOf(component) }).on('error', () => {});
    await call.started;
    await Promise.all([once(stream, 'close'), once(session, 'close'), call.aborted]);
  });

  it('HTTP/1.1 is answered, in the end with `connection: close`', async () => {
    await start({ connectionAgeGraceMs: LONG_MS });
    const client = await raw();
    let answers = 0;
    do {
      answers++;
      client.write(get(ECHO));
      await eventually(() => client.text().split('"component":"echo"').length > answers);
    } while (!/connection: close/i.test(client.text()));
    await client.closed();
    expect(answers).toBeGreaterThan(1);
    expect(client.text().match(/connection: close/gi)).toHaveLength(1);
  });

  it('HTTP/1.1 is closed at the end of the grace, whatever is open', async () => {
    await start({ connectionAgeGraceMs: SHORT_MS });
    const { component, call } = test.service.hang();
    const client = await raw();
    client.write(get(component));
    await call.started;
    expect(await client.closed()).toBe('');
    await call.aborted;
  });

  // Those that send a request again that has crossed GOAWAY: Node's own client refuses what it has not written yet.
  it.each(WIRE_CLIENT_KINDS.filter(({ name }) => /grpc-js|HTTP\/1\.1|raw/.test(name)))(
    '$name: no call fails, over however many connections',
    async (kind) => {
      await start({ connectionAgeGraceMs: LONG_MS });
      const client = kind.open(test.url, test.ca);
      const endMs = performance.now() + 8 * SHORT_MS;
      while (performance.now() < endMs) expect(await client.unary(ECHO)).toMatchObject({ code: 'OK', message: '' });
      await client.close();
    },
  );
});

it('in cleartext requests that cross GOAWAY are answered: it names none before they must have come', async () => {
  const test = await startServer('cleartext', {
    limits: { connectionAgeMs: SHORT_MS, connectionAgeGraceMs: LONG_MS, lookIntervalMs: 5 },
  });
  const get = (id: number) => headersFrame(id, requestFields('GET', pathOf(ECHO)), FLAG.endStream);
  const goaway = (lastId: number) => patternOf(frame(TYPE.goaway, 0, 0, Buffer.concat([u32(lastId), u32(0)])));
  const client = await openRawSocket(test.url);
  client.write(Buffer.concat([opening(), get(1)]));
  await client.received(goaway(2 ** 31 - 1));
  client.write(get(3));
  await client.received(/"component":"echo"[\s\S]*"component":"echo"/);
  expect(client.text()).not.toMatch(goaway(3));
  const pingHead = frame(TYPE.ping, 0, 0, Buffer.alloc(8)).toString('latin1', 0, 9);
  const ping = client.text().indexOf(pingHead) + pingHead.length;
  client.write(frame(TYPE.ping, FLAG.ack, 0, Buffer.from(client.text().slice(ping, ping + 8), 'latin1')));
  await client.received(goaway(3));
  await client.closed();
  await test.server.close();
});

it('a stream of grpc-js that is open at the end of the grace is UNAVAILABLE, and the next one has a new connection', async () => {
  const test = await startServer('cleartext', {
    limits: { connectionAgeMs: SHORT_MS, connectionAgeGraceMs: SHORT_MS, lookIntervalMs: 5 },
  });
  const client = new GrpcClient(new URL(test.url).host, credentials.createInsecure());
  const identity = (bytes: Buffer) => bytes;
  for (let n = 0; n < 3; n++) {
    const { component, call } = test.service.hang();
    // Field 1 of GetHealthRequest.
    const request = Buffer.concat([Buffer.of(0x0a, component.length), Buffer.from(component)]);
    const stream = client.makeServerStreamRequest(
      '/openk.health.v1.HealthService/WatchHealth',
      identity,
      identity,
      request,
    );
    stream.on('data', () => {});
    const [failure] = (await once(stream, 'error')) as [{ readonly code: number }];
    expect(failure.code).toBe(status.UNAVAILABLE);
    if (call.hasStarted()) await call.aborted;
  }
  client.close();
  await noConnections(test);
  await test.server.close();
});

describe('of many connections', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([
    [0, 90],
    [0.5, 100],
    [0.999, 110],
  ])('with chance at %d, each goes after %d looks, and they share one timer', async (chance, looks) => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const closed: number[] = [];
    let look = 0;
    const connections = createConnections({
      limits: { ...DEFAULT_LISTENER_LIMITS, lookIntervalMs: 10, connectionAgeMs: 1_000 },
      supervisor: { look: () => void look++ },
      onRefused() {},
      random: () => chance,
    });
    connections.start();
    for (let n = 0; n < 1_000; n++) {
      const connection = connections.add(new Socket());
      connections.decided(connection);
      const retire = () => void closed.push(look);
      connection.session = { openStreams: 1, unreadBytes: 0, acknowledgedBytes: 0, retire, destroy() {} };
    }
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime((looks - 1) * 10);
    expect(closed).toEqual([]);
    jest.advanceTimersByTime(10);
    await eventually(() => closed.length === 1_000);
    expect(new Set(closed)).toEqual(new Set([looks]));
    connections.stop();
  });
});
