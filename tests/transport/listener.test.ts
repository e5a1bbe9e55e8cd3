// One table of clients, good and bad, run in cleartext and over TLS: whatever they do, the port answers or ends them, and
// no connection is left.
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ListenerLimits } from '../../src/transport/listener-limits.ts';
import { createCertificates, type Identity } from '../support/certs.ts';
import { ask, grpcStatusOf, oneFlight, openByteByByte, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { noCalls, noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

/** Short where a case waits for the limit, long where it must not matter. */
const SHORT_MS = 40;

interface Case {
  readonly name: string;
  readonly limits?: Partial<ListenerLimits>;
  run(test: TestServer): Promise<void>;
}

const raw = (test: TestServer, options: { withoutHandshake?: boolean; protocol?: 'h2' } = {}) =>
  openRawSocket(test.url, { ...(test.ca !== undefined && { ca: test.ca }), ...options });
const http2 = (test: TestServer) => openHttp2(test.url, test.ca);
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
const OK = /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok\n/;
const GET_HEALTH = '/openk.health.v1.HealthService/GetHealth';
const POST_HEAD = `POST ${GET_HEALTH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;

/** The server has read what was sent to it before: it has answered somebody who came later. */
async function serverTurn(test: TestServer): Promise<void> {
  const other = await raw(test);
  other.write(LIVEZ);
  await other.received(OK);
  other.destroy();
}

const cases: readonly Case[] = [
  {
    name: 'a silent socket is closed when its time is up',
    limits: { pendingTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test, { withoutHandshake: true });
      expect(await client.closed()).toBe('');
    },
  },
  {
    name: 'a client that is silent once HTTP/1.1 is agreed is closed when its time is up',
    limits: { pendingTimeoutMs: SHORT_MS, headersTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test);
      expect(await client.closed()).toMatch(/^$|^HTTP\/1\.1 408 /);
    },
  },
  {
    name: 'a client that stops after the HTTP/2 preface is closed when its time is up',
    limits: { pendingTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test, { protocol: 'h2' });
      client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      await client.closed();
    },
  },
  {
    name: 'HTTP/2 that comes byte by byte is served',
    async run(test) {
      const session = await openHttp2(test.url, undefined, await openByteByByte(test.url, test.ca, 'h2'));
      expect(await ask(session, { ':path': '/livez' })).toMatchObject({ status: 200, body: 'ok\n' });
      session.close();
    },
  },
  {
    name: 'HTTP/1.1 that comes byte by byte is served',
    async run(test) {
      const io = await openByteByByte(test.url, test.ca, 'http/1.1');
      io.write(LIVEZ);
      const [chunk] = (await once(io, 'data')) as [Buffer];
      expect(chunk.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
      io.destroy();
    },
  },
  {
    name: 'PR and then HTTP/1.1 (PROPFIND) is HTTP/1.1',
    async run(test) {
      const client = await raw(test);
      client.write('PR');
      await serverTurn(test);
      client.write('OPFIND /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n');
      expect(await client.received(/PROPFIND \/nothing/)).toMatch(/^HTTP\/1\.1 404 /);
      client.destroy();
    },
  },
  {
    name: 'all of the preface but its last byte, and then silence, is closed when its time is up',
    limits: { pendingTimeoutMs: SHORT_MS, headersTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test);
      client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r');
      await client.closed();
    },
  },
  {
    name: 'slow headers are given up',
    limits: { headersTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test);
      client.write('GET /livez HTTP/1.1\r\nHost: loc');
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 [\s\S]*the request was not complete in time/);
    },
  },
  {
    name: 'a slow body is given up',
    limits: { requestTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test);
      client.write(`${POST_HEAD}Content-Length: 100\r\n\r\n{"component":`);
      await client.closed();
    },
  },
  {
    name: 'HTTP/2 HEADERS without DATA are given up, the connection is not',
    limits: { requestTimeoutMs: SHORT_MS },
    async run(test) {
      const session = await http2(test);
      const stream = session.request({
        ':method': 'POST',
        ':path': GET_HEALTH,
        'content-type': 'application/grpc',
      });
      stream.on('error', () => {});
      await once(stream, 'close');
      expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
      expect(await ask(session, { ':path': '/livez' })).toMatchObject({ status: 200 });
      session.close();
    },
  },
  {
    name: 'a complete HTTP/2 request waits for its answer beyond every limit of requests',
    limits: { requestTimeoutMs: SHORT_MS, idleSessionTimeoutMs: SHORT_MS, headersTimeoutMs: SHORT_MS },
    async run(test) {
      const { component, call } = test.service.hang();
      const session = await http2(test);
      const headers = { ':method': 'POST', ':path': GET_HEALTH, 'content-type': 'application/json' };
      const answer = ask(session, headers, JSON.stringify({ component }));
      await call.started;
      // Another client that came later has been through both limits.
      const late = await http2(test);
      const stream = late.request({ ':method': 'POST', ':path': GET_HEALTH, 'content-type': 'application/grpc' });
      stream.on('error', () => {});
      await once(late, 'close');
      call.release();
      expect(await answer).toMatchObject({ status: 200, body: JSON.stringify({ health: { component } }) });
      await once(session, 'close');
    },
  },
  {
    name: 'an HTTP/2 request that comes in one flight, preface, headers and body, is read whole',
    async run(test) {
      for (const size of [10, 16_384, 40_000]) {
        const client = await raw(test, { protocol: 'h2' });
        const component = 'x'.repeat(size);
        client.write(oneFlight(GET_HEALTH, 'application/json', Buffer.from(JSON.stringify({ component }))));
        await client.received(/\{"health":\{"component":"x/);
        client.destroy();
      }
    },
  },
  {
    name: 'an HTTP/2 client is told that its message is too large, though it has not sent all of it',
    async run(test) {
      const session = await http2(test);
      const stream = session.request({ ':method': 'POST', ':path': GET_HEALTH, 'content-type': 'application/grpc' });
      stream.on('error', () => {});
      const answered = grpcStatusOf(stream);
      const prefix = Buffer.from([0, 0, 0, 0, 0]);
      prefix.writeUInt32BE(2 ** 30, 1);
      stream.write(prefix);
      // Until it is refused: more would be read than anybody has to.
      const more = () => {
        while (!stream.destroyed && stream.write(Buffer.alloc(65_536)));
      };
      stream.on('drain', more);
      more();
      stream.resume();
      expect(await answered).toBe('8');
      session.destroy();
    },
  },
  {
    name: 'half an HTTP/2 request that is reset reaches no handler',
    async run(test) {
      const { component, call } = test.service.hang();
      const session = await http2(test);
      const headers = { ':method': 'POST', ':path': GET_HEALTH, 'content-type': 'application/json' };
      const stream = session.request(headers).on('error', () => {});
      // A whole message, and more could come.
      stream.write(JSON.stringify({ component }));
      await ask(session, { ':path': '/livez' });
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
      await ask(session, { ':path': '/livez' });
      await serverTurn(test);
      expect(call.hasStarted()).toBe(false);
      session.close();
    },
  },
  {
    name: 'HTTP/2 requests that are reset in one flight with the preface and their headers leave nothing',
    async run(test) {
      const session = connectHttp2(test.url, { ...(test.ca !== undefined && { ca: test.ca }) });
      session.on('error', () => {});
      for (const path of ['/nope', GET_HEALTH, '/livez']) {
        const stream = session.request({ ':method': 'POST', ':path': path }).on('error', () => {});
        stream.close(constants.NGHTTP2_NO_ERROR);
      }
      await once(session, 'remoteSettings');
      await ask(session, { ':path': '/livez' });
      session.destroy();
    },
  },
  {
    name: 'garbage is refused',
    async run(test) {
      const client = await raw(test);
      client.write(Buffer.from('00ff17a4c3\r\n\r\n', 'latin1'));
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 [\s\S]*not a valid HTTP request/);
    },
  },
  {
    name: 'garbage while an answer is sent ends the connection, and is not answered within it',
    async run(test) {
      const client = await raw(test);
      const { component } = test.service.hang();
      const body = Buffer.from(JSON.stringify({ components: [component] }));
      const envelope = Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]);
      client.write('POST /openk.health.v1.HealthService/WatchHealth HTTP/1.1\r\nhost: localhost\r\n');
      client.write(`content-type: application/connect+json\r\ncontent-length: ${envelope.length}\r\n\r\n`);
      client.write(envelope);
      await client.received(/^HTTP\/1\.1 200 /);
      client.write(Buffer.from('00ff17a4c3\r\n\r\n', 'latin1'));
      expect(await client.closed()).not.toContain('Bad Request');
    },
  },
  {
    name: 'garbage in place of a TLS handshake, or as the first bytes of cleartext, is refused',
    async run(test) {
      const client = await raw(test, { withoutHandshake: true });
      client.write(Buffer.alloc(512, 0xfe));
      await client.closed();
    },
  },
  {
    name: 'garbage after the HTTP/2 preface ends the session',
    async run(test) {
      const client = await raw(test, { protocol: 'h2' });
      client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      client.write(Buffer.alloc(64, 0xee));
      await client.closed();
    },
  },
  {
    name: 'pipelined requests are answered in their order',
    async run(test) {
      const client = await raw(test);
      client.write(`${LIVEZ}${LIVEZ.replace('livez', 'nothing')}${LIVEZ}`);
      const text = await client.received(/(?:HTTP[\s\S]*){3}ok\n$/);
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
      client.destroy();
    },
  },
  {
    name: 'pipelined requests whose client goes leave no open call',
    async run(test) {
      const { component, call } = test.service.hang();
      const client = await raw(test);
      const body = JSON.stringify({ component });
      client.write(`${POST_HEAD}Content-Length: ${body.length}\r\n\r\n${body}${LIVEZ}${LIVEZ}`);
      await call.started;
      client.destroy();
      await call.aborted;
    },
  },
  {
    name: 'a half-close with nothing, or half a request, said ends the connection',
    async run(test) {
      const silent = await raw(test);
      silent.socket.end();
      await silent.closed();
      const halfway = await raw(test);
      halfway.socket.end('GET /livez HT');
      await halfway.closed();
    },
  },
  {
    name: 'a half-close after a request ends the connection',
    async run(test) {
      const client = await raw(test);
      client.socket.end(LIVEZ);
      await client.closed();
    },
  },
  {
    name: 'a half-close of HTTP/2 ends the connection',
    async run(test) {
      const client = await raw(test, { protocol: 'h2' });
      client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      // SETTINGS without a setting.
      client.write(Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0));
      await client.received(/./s);
      client.socket.end();
      await client.closed();
    },
  },
  {
    name: 'an idle HTTP/2 session is closed, PINGs or not',
    limits: { idleSessionTimeoutMs: SHORT_MS },
    async run(test) {
      const session = await http2(test);
      expect(await ask(session, { ':path': '/livez' })).toMatchObject({ status: 200 });
      session.ping(() => {});
      const [code] = (await once(session, 'goaway')) as [number];
      expect(code).toBe(constants.NGHTTP2_NO_ERROR);
      await once(session, 'close');
    },
  },
  {
    name: 'an idle HTTP/1.1 connection is closed',
    limits: { keepAliveTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test);
      client.write(LIVEZ);
      expect(await client.closed()).toMatch(OK);
    },
  },
  {
    name: 'an HTTP/2 session takes no more streams than it may have',
    limits: { streamsPerConnection: 7 },
    async run(test) {
      const session = await http2(test);
      expect(session.remoteSettings.maxConcurrentStreams).toBe(7);
      session.close();
    },
  },
  {
    name: 'a bad Host is 400 and says so, on HTTP/1.1',
    async run(test) {
      for (const host of ['bad host^', 'a@b', '[::1', 'a/b', '', 'host:99999']) {
        const client = await raw(test);
        client.write(`${POST_HEAD.replace('localhost', host)}Content-Length: 2\r\n\r\n{}`);
        expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 [\s\S]*Host is [\s\S]*which is not a host/);
      }
    },
  },
  {
    name: 'a bad :authority is 400 and says so, on HTTP/2',
    async run(test) {
      const session = await http2(test);
      for (const authority of ['host:99999', '[::1', 'a%zz']) {
        const answer = await ask(session, { ':path': '/livez', ':authority': authority });
        expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('which is not a host') });
      }
      // With a character that no authority has, Node's own HTTP/2 resets the stream.
      await expect(ask(session, { ':path': '/livez', ':authority': 'bad host^' })).rejects.toThrow('PROTOCOL_ERROR');
      session.close();
    },
  },
  {
    name: 'a target that is no URL is 400',
    async run(test) {
      const client = await raw(test);
      client.write('GET //[ HTTP/1.1\r\nHost: localhost\r\n\r\n');
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 [\s\S]*not a path of a URL/);
    },
  },
  {
    name: 'HTTP/1.0 needs no Host',
    async run(test) {
      const client = await raw(test);
      client.write('GET /livez HTTP/1.0\r\n\r\n');
      expect(await client.closed()).toMatch(OK);
    },
  },
  {
    name: 'an offer to upgrade to h2c is ignored',
    async run(test) {
      const client = await raw(test);
      const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n';
      client.write(LIVEZ.replace('\r\n\r\n', `\r\n${upgrade}`));
      await client.received(OK);
      client.destroy();
    },
  },
  {
    name: '200 resets while undecided leave nothing',
    async run(test) {
      const clients = await Promise.all(Array.from({ length: 200 }, () => raw(test, { withoutHandshake: true })));
      // Half of them have begun to speak.
      for (const [index, { socket }] of clients.entries()) {
        if (index % 2 === 0) socket.write(test.ca === undefined ? 'P' : Buffer.of(0x16, 3));
        socket.resetAndDestroy();
      }
      await Promise.all(clients.map((client) => client.closed()));
      await serverTurn(test);
    },
  },
  {
    name: 'of too many undecided connections the oldest go',
    limits: { pendingConnections: 3 },
    async run(test) {
      const oldest = await raw(test, { withoutHandshake: true });
      const younger = [];
      for (let count = 0; count < 3; count++) younger.push(await raw(test, { withoutHandshake: true }));
      await oldest.closed();
      expect(younger.map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
      expect(test.log).toContainEqual(
        expect.objectContaining({ limit: 'pending_connections', count: 1, connections: 3 }),
      );
      for (const client of younger) client.destroy();
    },
  },
  {
    name: 'a body that nobody reads is answered at once, and given up when it does not end',
    limits: { requestTimeoutMs: SHORT_MS },
    async run(test) {
      const client = await raw(test);
      const head = 'POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n';
      client.write(`${head}Content-Length: 1000000000\r\n\r\nthe first bytes of a gigabyte`);
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 404 /);
    },
  },
  {
    name: 'a body that nobody reads is cut when it is too long, on both HTTP versions',
    async run(test) {
      const client = await raw(test);
      const head = 'POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n';
      client.write(`${head}Content-Length: 1000000000\r\n\r\n`);
      await client.received(/^HTTP\/1\.1 404 /);
      client.write(Buffer.alloc(4 * 1024 * 1024));
      await client.closed();
      const session = await http2(test);
      const stream = session.request({ ':method': 'POST', ':path': '/nothing', 'content-type': 'text/plain' });
      stream.on('error', () => {}).resume();
      await once(stream, 'response');
      stream.write(Buffer.alloc(4 * 1024 * 1024), () => {});
      await once(stream, 'close');
      session.close();
    },
  },
  {
    name: 'behind a body that nobody reads, the next request is answered',
    async run(test) {
      const client = await raw(test);
      const body = 'x'.repeat(500_000);
      const head = `POST ${GET_HEALTH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
      client.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}${LIVEZ}`);
      const text = await client.received(/(?:HTTP\/1[\s\S]*){2}ok\n$/);
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 429', 'HTTP/1.1 200']);
      client.destroy();
    },
  },
  {
    name: 'HTTP/1.1 and HTTP/2 are served side by side',
    async run(test) {
      const session = await http2(test);
      await serverTurn(test);
      expect(await ask(session, { ':path': '/livez' })).toMatchObject({ status: 200 });
      await serverTurn(test);
      session.destroy();
    },
  },
];

describe.each(TRANSPORTS)('the port in %s', (transport) => {
  let test: TestServer | undefined;
  afterEach(async () => {
    await test?.server.close();
    test = undefined;
  });

  it.each(cases)('$name', async ({ limits, run }) => {
    test = await startServer(transport, { limits: { sweepIntervalMs: 10, lookIntervalMs: 10, ...limits } });
    await run(test);
    await noConnections(test);
    await noCalls(test);
  });

  it('closes at once with clients of every kind that say nothing', async () => {
    test = await startServer(transport);
    const { url, ca } = test;
    const silent = await raw(test, { withoutHandshake: true });
    const agreed = await raw(test);
    const preface = await raw(test, { protocol: 'h2' });
    preface.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const slowHeaders = await raw(test);
    slowHeaders.write('GET /livez HTTP/1.1\r\nHost: loc');
    const keepAlive = await raw(test);
    keepAlive.write(LIVEZ);
    await keepAlive.received(OK);
    const session = await openHttp2(url, ca);
    const unused = connectHttp2(url, ca === undefined ? {} : { ca });
    unused.on('error', () => {});
    await once(unused, 'connect');
    const ends: Promise<unknown>[] = [silent, agreed, preface, slowHeaders, keepAlive].map((client) => client.closed());
    ends.push(once(session, 'close'), once(unused, 'close'));

    await test.server.close();
    expect(test.server.connections()).toBe(0);
    await Promise.all(ends);
    await expect(raw(test)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('may be closed before it listens, and twice', async () => {
    test = await startServer(transport);
    const [first, second] = [test.server.close(), test.server.close()];
    await Promise.all([first, second]);
    expect(test.server.connections()).toBe(0);
  });
});

describe('the port with a client authority', () => {
  it('refuses clients without a certificate, or with one of another authority', async () => {
    const certificates = await createCertificates();
    const test = await startServer('tls', { tls: { ...certificates.server, clientCa: certificates.ca } });
    const greet = async (identity?: Identity): Promise<string> => {
      const client = await openRawSocket(test.url, { ca: certificates.ca, ...(identity && { identity }) });
      client.write(LIVEZ.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      return client.closed();
    };
    expect(await greet()).toBe('');
    expect(await greet(certificates.untrustedClient)).toBe('');
    expect(await greet(certificates.client)).toMatch(OK);
    await noConnections(test);
    await test.server.close();
  });
});
