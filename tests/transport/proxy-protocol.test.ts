// The PROXY protocol: what is a header and what is none, in whatever pieces it comes, and what the port makes of connections
// that begin with one, in front of both HTTPs and of TLS.
import '../support/one-realm.ts';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createAnonymous } from '../../src/auth/principal.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { createAdmission } from '../../src/transport/admission.ts';
import type { Limit, ListenerLimits } from '../../src/transport/listener-limits.ts';
import { type ProxyHeader, parseProxyHeader, readProxyHeader } from '../../src/transport/proxy-protocol.ts';
import { eventually } from '../support/eventually.ts';
import { binaryHeader, COMMAND, FAMILY, SIGNATURE, tcp4, tcp6, tlv } from '../support/proxy-header.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1');
const CLIENT = [198, 51, 100, 4];
const CLIENT6 = [0x2001, 0xdb8, 0, 0, 0, 0, 0, 4];

describe('a header', () => {
  it.each<[string, Buffer, ProxyHeader['client']]>([
    ['of IPv4', tcp4(CLIENT), { address: '198.51.100.4' }],
    ['of IPv6', tcp6(CLIENT6), { address: '2001:db8::4' }],
    ['of IPv4 in IPv6', tcp6([0, 0, 0, 0, 0, 0xffff, 0xc633, 0x6404]), { address: '198.51.100.4' }],
    ['with extensions', tcp4(CLIENT, tlv(0x02, Buffer.from('openk.example'))), { address: '198.51.100.4' }],
    ['with bytes behind that are none', tcp4(CLIENT, Buffer.from('xx')), { address: '198.51.100.4' }],
    [
      'of datagrams',
      binaryHeader(COMMAND.proxy, FAMILY.udp4, Buffer.from([...CLIENT, ...Array(8).fill(1)])),
      { address: '198.51.100.4' },
    ],
    ['of a file', binaryHeader(COMMAND.proxy, FAMILY.unix, Buffer.alloc(216, 'x')), 'unnamed'],
    ['of no family', binaryHeader(COMMAND.proxy, FAMILY.unspec, Buffer.alloc(0)), 'unnamed'],
    ['of the proxy itself', binaryHeader(COMMAND.local, FAMILY.unspec, Buffer.alloc(0)), 'itself'],
    ['of the proxy itself, with what is to be ignored', binaryHeader(COMMAND.local, 0xff, Buffer.alloc(40)), 'itself'],
    ['as a line, of IPv4', line('PROXY TCP4 198.51.100.4 127.0.0.1 50123 8080'), { address: '198.51.100.4' }],
    ['as a line, of IPv6', line('PROXY TCP6 2001:DB8:0::4 ::1 50123 8080'), { address: '2001:db8::4' }],
    ['as a line, of nobody', line('PROXY UNKNOWN'), 'unnamed'],
    ['as a line, of nobody, with addresses', line('PROXY UNKNOWN ffff::1 ffff::2 1 2'), 'unnamed'],
  ])('%s', (_case, bytes, client) => {
    expect(parseProxyHeader(Buffer.concat([bytes, Buffer.from('GET')]))).toEqual({ length: bytes.length, client });
  });

  it.each<[string, Buffer]>([
    ['a request', Buffer.from('GET / HTTP/1.1\r\n')],
    ['the preface of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['a TLS handshake', Buffer.of(0x16, 3, 1)],
    ['another version', Buffer.concat([SIGNATURE, Buffer.of(0x11, 0x11, 0, 12), Buffer.alloc(12)])],
    ['another command', binaryHeader(0x22, FAMILY.tcp4, Buffer.alloc(12))],
    ['another family', binaryHeader(COMMAND.proxy, 0x41, Buffer.alloc(300))],
    ['another transport', binaryHeader(COMMAND.proxy, 0x13, Buffer.alloc(300))],
    ['addresses that are too short', binaryHeader(COMMAND.proxy, FAMILY.tcp4, Buffer.alloc(11))],
    ['addresses of IPv6 that are too short', binaryHeader(COMMAND.proxy, FAMILY.tcp6, Buffer.alloc(35))],
    ['more than anybody needs', Buffer.concat([SIGNATURE, Buffer.of(0x21, 0x11, 0xff, 0xff)])],
    ['a line of another family', line('PROXY TCP5 198.51.100.4 127.0.0.1 1 2')],
    ['a line of the wrong family', line('PROXY TCP6 198.51.100.4 127.0.0.1 1 2')],
    ['a line with a name', line('PROXY TCP4 localhost 127.0.0.1 1 2')],
    ['a line with octal', line('PROXY TCP4 198.051.100.4 127.0.0.1 1 2')],
    ['a line with a port that there is not', line('PROXY TCP4 198.51.100.4 127.0.0.1 1 65536')],
    ['a line without ports', line('PROXY TCP4 198.51.100.4 127.0.0.1')],
    ['a line with more blanks', line('PROXY  TCP4 198.51.100.4 127.0.0.1 1 2')],
    ['a line that ends with LF alone', Buffer.from('PROXY TCP4 198.51.100.4 127.0.0.1 1 2\n')],
    ['a line without an end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
  ])('is not %s', (_case, bytes) => {
    expect(parseProxyHeader(bytes)).toBe('invalid');
  });

  const octet = fc.nat(255);
  const extensions = fc
    .array(fc.tuple(octet, fc.uint8Array({ maxLength: 40 })), { maxLength: 4 })
    .map((list) => Buffer.concat(list.map(([type, value]) => tlv(type, Buffer.from(value)))));
  const header = fc.oneof(
    fc.tuple(fc.array(octet, { minLength: 4, maxLength: 4 }), extensions).map(([client, more]) => ({
      bytes: tcp4(client, more),
      client: { address: client.join('.') },
    })),
    fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([address, port]) => ({
      bytes: line(`PROXY TCP4 ${address} 127.0.0.1 ${port} 8080`),
      client: { address },
    })),
    extensions.map((more) => ({ bytes: binaryHeader(COMMAND.local, FAMILY.unspec, more), client: 'itself' as const })),
    extensions.map((more) => ({
      bytes: binaryHeader(COMMAND.proxy, FAMILY.unix, Buffer.concat([Buffer.alloc(216), more])),
      client: 'unnamed' as const,
    })),
  );

  it('is read in whatever pieces it comes, and nothing behind it is lost', async () => {
    const property = fc.asyncProperty(
      header,
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      async ({ bytes, client }, behind, sizes) => {
        const socket = new Duplex({ read() {}, write() {} });
        const read = new Promise((resolve) => readProxyHeader(socket as Socket, resolve));
        const all = Buffer.concat([bytes, behind]);
        for (let at = 0, piece = 0; at < all.length; piece++) {
          const size = sizes[piece % sizes.length] ?? 1;
          socket.push(all.subarray(at, at + size));
          at += size;
          await setImmediate();
        }
        expect(await read).toEqual({ length: bytes.length, client });
        socket.push(null);
        const rest: Buffer[] = [];
        for await (const chunk of socket) rest.push(chunk);
        expect(Buffer.concat(rest)).toEqual(Buffer.from(behind));
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  it('is not decided before it is there, and nothing makes the parser throw', () => {
    const damaged = fc
      .tuple(header, fc.array(fc.tuple(fc.nat(), octet), { maxLength: 3 }))
      .map(([{ bytes }, changes]) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array().map(Buffer.from)), (bytes) => {
        const whole = parseProxyHeader(bytes);
        for (let length = 0; length < bytes.length; length++) {
          const parsed = parseProxyHeader(bytes.subarray(0, length));
          if (parsed === 'invalid') expect(whole).toBe('invalid');
          else if ('wanted' in parsed) expect(parsed.wanted).toBeGreaterThan(length);
          else expect(parsed).toEqual(whole);
        }
      }),
    );
  });
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  let test: TestServer;
  let peers: unknown[];
  let refused: Limit[];
  let trusted: string;
  let limits: Partial<ListenerLimits>;
  const sockets: Socket[] = [];

  beforeEach(() => {
    trusted = '127.0.0.0/8';
    limits = {};
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await noConnections(test);
    await test.server.close();
  });

  async function start(): Promise<void> {
    peers = [];
    refused = [];
    const principal = createAnonymous({ allow: ['ADMIN'] });
    test = await startServer(transport, {
      limits,
      trustedProxies: blockListOf([trusted, '10.0.0.0/8']),
      proxyProtocol: true,
      onRefused: (limit) => void refused.push(limit),
      admission: createAdmission(
        ({ peer }) => {
          peers.push(peer);
          return { ok: true, principal };
        },
        () => 'READ',
      ),
    });
  }

  async function open(): Promise<Socket> {
    const { hostname: host, port } = new URL(test.url);
    const socket = connectTcp({ host, port: Number(port), noDelay: true }).on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** What speaks HTTP over it. */
  async function carrierOf(socket: Socket, protocol: 'h2' | 'http/1.1'): Promise<Socket> {
    if (test.ca === undefined) return socket;
    const carrier = connectTls({ socket, ca: test.ca, servername: 'localhost', ALPNProtocols: [protocol] });
    await once(
      carrier.on('error', () => {}),
      'secureConnect',
    );
    return carrier;
  }

  async function askBy(socket: Socket, protocol: 'h2' | 'http/1.1', forwarded?: string): Promise<number> {
    const carrier = await carrierOf(socket, protocol);
    const path = '/v1/components/echo/health';
    if (protocol === 'h2') {
      const session = await openHttp2(test.url, undefined, carrier);
      const headers = { ':path': path, ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) };
      const { status } = await ask(session, headers);
      session.destroy();
      return status;
    }
    const header = forwarded === undefined ? '' : `x-forwarded-for: ${forwarded}\r\n`;
    carrier.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${header}connection: close\r\n\r\n`);
    const [answer] = (await once(carrier, 'data')) as [Buffer];
    return Number(/^HTTP\/1.1 (\d+)/.exec(answer.toString('latin1'))?.[1]);
  }

  describe.each(['h2', 'http/1.1'] as const)('%s', (protocol) => {
    it.each([
      ['by its address', tcp4(CLIENT), '203.0.113.9', '198.51.100.4'],
      ['by its address of IPv6', tcp6(CLIENT6), undefined, '2001:db8::4'],
      ['by a line', line('PROXY TCP4 198.51.100.4 127.0.0.1 50123 8080'), undefined, '198.51.100.4'],
      ['as the proxy itself', binaryHeader(COMMAND.local, FAMILY.unspec, Buffer.alloc(0)), undefined, '127.0.0.1'],
      ['as nobody', binaryHeader(COMMAND.proxy, FAMILY.unix, Buffer.alloc(216)), '203.0.113.9', '127.0.0.1'],
      ['as another proxy, which names one', tcp4([10, 0, 0, 1]), '203.0.113.9', '203.0.113.9'],
    ])('a client is known %s', async (_case, header, forwarded, expected) => {
      await start();
      const socket = await open();
      socket.write(header);
      expect(await askBy(socket, protocol, forwarded)).toBe(200);
      expect(peers).toEqual([expected]);
      expect(refused).toEqual([]);
    });

    it('a header that comes byte by byte is read', async () => {
      await start();
      const socket = await open();
      for (const byte of tcp4(CLIENT, tlv(4, Buffer.alloc(200)))) {
        socket.write(Buffer.of(byte));
        await setImmediate();
      }
      expect(await askBy(socket, protocol)).toBe(200);
      expect(peers).toEqual(['198.51.100.4']);
    });

    it('others than proxies begin without one', async () => {
      trusted = '192.0.2.0/24';
      await start();
      expect(await askBy(await open(), protocol, '203.0.113.9')).toBe(200);
      expect(peers).toEqual(['127.0.0.1']);
    });
  });

  it('who is no proxy is not believed', async () => {
    trusted = '192.0.2.0/24';
    await start();
    const socket = await open();
    socket.write(Buffer.concat([tcp4(CLIENT), Buffer.from('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n')]));
    await once(socket.resume(), 'close');
    expect(peers).toEqual([]);
  });

  it.each([
    [
      'a proxy that says nothing of whom it speaks for',
      Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
      false,
    ],
    ['garbage', Buffer.from('00'.repeat(100), 'hex'), false],
    ['half a header, and the end', tcp4(CLIENT).subarray(0, 20), true],
  ])('%s is ended, and counted', async (_case, bytes, ends) => {
    await start();
    const socket = await open();
    if (ends) socket.end(bytes);
    else socket.write(bytes);
    await once(socket.resume(), 'close');
    expect(refused).toEqual(['proxy_protocol']);
    expect(test.log).toContainEqual(expect.objectContaining({ level: 50, limit: 'proxy_protocol' }));
  });

  it('a proxy that looks whether the port is open is no fault', async () => {
    await start();
    const socket = await open();
    socket.end();
    await once(socket.resume(), 'close');
    expect(refused).toEqual([]);
  });

  it.each([0, 20])('a header that does not come, after %d bytes, is given up when its time is up', async (bytes) => {
    limits = { pendingTimeoutMs: 40 };
    await start();
    const socket = await open();
    socket.write(tcp4(CLIENT).subarray(0, bytes));
    await once(socket.resume(), 'close');
    expect(peers).toEqual([]);
  });

  it('connections whose header does not come are pending: of too many the oldest goes', async () => {
    limits = { pendingConnections: 3 };
    await start();
    const first = await open();
    first.write(SIGNATURE);
    const closed = once(first.resume(), 'close');
    for (let index = 0; index < 3; index++) (await open()).write(SIGNATURE);
    await closed;
    await eventually(() => test.server.connections() === 3);
    expect(refused).toEqual(['pending_connections']);
  });
});
