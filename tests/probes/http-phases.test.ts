// Where the time of an `http` run went: all of its phases where it succeeds, and those that were over where it fails,
// whichever way it fails and whatever version of HTTP it speaks.
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientTlsSchema, type HttpProbe, HttpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Probe, Progress } from '../../src/core/probe.ts';
import { runProbe } from '../../src/engine/run-probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { httpProbe } from '../../src/probes/http.ts';
import { type Address, type Lookup, LookupFailed, type LookupListener } from '../../src/probes/lookup.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { probeContext, TRACEPARENT } from '../support/probe-run.ts';
import { startFullListener } from '../support/upstreams/full-listener.ts';
import { listen, startTcp, startTls, type Upstream, unusedPort } from '../support/upstreams/tcp.ts';

type Options = Partial<Omit<HttpProbe, '$typeName' | '$unknown'>>;
type Serve = (socket: Socket) => void;

const TIMEOUT_MS = 2000;
const DNS = ['dnsMs'];
const CONNECTED = [...DNS, 'connectMs'];
const SECURED = [...CONNECTED, 'tlsMs'];
const ANSWERING = ['firstByteMs'];
const ANSWERED = [...ANSWERING, 'bodyMs'];
const ASKED_AGAIN = 'asked again, since the kept connection had been closed';
const WHOLE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf';

const started: { close(): unknown }[] = [];
let certificates: Certificates;

beforeAll(async () => {
  certificates = await createCertificates();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((thing) => thing.close()));
});

const keep = <T extends { close(): unknown }>(thing: T): T => {
  started.push(thing);
  return thing;
};
/** Names that a name server is asked for, and gives 127.0.0.1, nothing, or no answer. */
const lookup: Lookup = {
  known: (host) => (host === '127.0.0.1' ? LOOPBACK : undefined),
  ask(host, listener) {
    ANSWERS[host]?.(listener);
    return () => {};
  },
  close: () => {},
};
const LOOPBACK: readonly Address[] = [{ address: '127.0.0.1', family: 4 }];
const ANSWERS: Readonly<Record<string, (listener: LookupListener) => void>> = {
  'web.test': (listener) => setImmediate(() => listener.onAddresses(LOOPBACK, true)),
  'absent.test': (listener) => setImmediate(() => listener.onFailure(new LookupFailed('LOOKUP_NOT_FOUND'))),
  'silent.test': () => {},
};

function probe(init: Options, ...denied: readonly string[]): Probe {
  const list = blockListOf(denied);
  const dialer = createDialer({ clock: systemClock, lookup, denied: () => list });
  const trusting = create(ClientTlsSchema, { insecureSkipVerify: true });
  return keep(httpProbe.create(create(HttpProbeSchema, { tls: trusting, ...init }), probeContext({ dialer })));
}

/** One run as the engine makes it. Its deadline comes as soon as the phases `until` are known; left out: never. */
async function look(subject: Probe, until?: readonly string[]) {
  const clock = createFakeClock();
  const known = Promise.withResolvers<void>();
  const check = ({ phases: now = {} }: Progress) => {
    if (until?.every((name) => name in now)) known.resolve();
  };
  check({});
  const watched: Probe = {
    ...subject,
    run: ({ onProgress, ...run }) =>
      subject.run({
        ...run,
        onProgress(progress) {
          onProgress(progress);
          check(progress);
        },
      }),
  };
  const cancel = new AbortController().signal;
  const onDefect = (error: unknown) => void defects.push(error);
  const defects: unknown[] = [];
  const running = runProbe(watched, {
    timeoutMs: TIMEOUT_MS,
    clock,
    cancel,
    traceHeaders: { traceparent: TRACEPARENT },
    onDefect,
  });
  void known.promise.then(() => setImmediate(() => void clock.advance(TIMEOUT_MS)));
  const result = await running;
  await result.settled;
  expect(defects).toEqual([]);
  if (result.kind === 'cancelled') throw new Error('nobody cancelled');
  return result.observation;
}

const told = ({ reason, phases }: Observation) => [reason.code, Object.keys(phases ?? {}).sort()];
const sorted = (...names: readonly string[]) => names.toSorted();
const asked = (serve: Serve): Serve => {
  return (socket) => socket.once('data', () => serve(socket));
};

/** A server that speaks HTTP/2 alone. */
async function http2(serve: (stream: ServerHttp2Stream, nth: number) => void): Promise<Upstream> {
  const server = createSecureServer(certificates.server);
  let streams = 0;
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    serve(stream as ServerHttp2Stream, ++streams);
  });
  server.on('session', (session) => session.on('error', () => {}));
  return keep(await listen(server));
}
const tcp = async (serve?: Serve) => keep(await startTcp(serve));
const tls = async (serve?: Serve, protocols = ['http/1.1']) =>
  keep(await startTls({ ...certificates.server, ALPNProtocols: protocols }, serve));
const plain = async (serve: Serve) => `http://web.test:${(await tcp(serve)).port}/`;
const secure = async (serve?: Serve, protocols?: string[]) => `https://web.test:${(await tls(serve, protocols)).port}/`;
const overHttp2 = async (serve: (stream: ServerHttp2Stream) => void) =>
  `https://web.test:${(await http2(serve)).port}/`;

describe('a run that succeeds', () => {
  const answer = asked((socket) => socket.end(WHOLE));
  const answer2 = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 });
    stream.end('ok');
  };

  it.each<[string, () => Promise<string>, readonly string[]]>([
    ['HTTP/1.1', () => plain(answer), [...CONNECTED, ...ANSWERED]],
    ['HTTP/1.1 over TLS', () => secure(answer), [...SECURED, ...ANSWERED]],
    ['HTTP/2', () => overHttp2(answer2), [...SECURED, ...ANSWERED]],
    [
      'an address, which is not looked up',
      async () => `http://127.0.0.1:${(await tcp(answer)).port}/`,
      ['connectMs', ...ANSWERED],
    ],
  ])('has each of its phases: %s', async (_what, start, phases) => {
    const observation = await look(probe({ url: await start() }));
    expect(told(observation)).toEqual(['OK', sorted(...phases)]);
  });

  it.each<[string, () => Promise<string>]>([
    ['HTTP/1.1', () => plain((socket) => socket.on('data', () => socket.write(WHOLE)))],
    ['HTTP/2', () => overHttp2(answer2)],
  ])('over a kept connection has those of the answer: %s', async (_what, start) => {
    const subject = probe({ url: await start(), keepAlive: true });
    await look(subject);
    expect(told(await look(subject))).toEqual(['OK', sorted(...ANSWERED)]);
  });
});

describe('a run that fails has the phases that were over', () => {
  const half2 = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-length': 100 });
    stream.write('half');
  };
  const cutAfterHalf2 = (stream: ServerHttp2Stream) => {
    half2(stream);
    // Behind what was written.
    setImmediate(() => stream.session?.destroy());
  };

  it.each<[string, () => Promise<string>, string, readonly string[]]>([
    ['the name does not exist', async () => 'http://absent.test/', 'DNS_NOT_FOUND', []],
    ['refused', async () => `http://web.test:${await unusedPort()}/`, 'CONNECTION_REFUSED', DNS],
    ['refused, over TLS', async () => `https://web.test:${await unusedPort()}/`, 'CONNECTION_REFUSED', DNS],
    [
      'closed in the handshake',
      async () => `https://web.test:${(await tcp((s) => s.end())).port}/`,
      'CONNECTION_CLOSED',
      CONNECTED,
    ],
    [
      'no TLS',
      async () => `https://web.test:${(await tcp(asked((s) => s.end(WHOLE)))).port}/`,
      'TLS_FAILED',
      CONNECTED,
    ],
    ['closed before the first byte', () => plain(asked((s) => s.end())), 'CONNECTION_CLOSED', CONNECTED],
    ['reset before the first byte', () => plain(asked((s) => s.resetAndDestroy())), 'CONNECTION_RESET', CONNECTED],
    ['no HTTP', () => plain(asked((s) => s.write('220 mail\r\n'))), 'PROTOCOL_ERROR', [...CONNECTED, ...ANSWERING]],
    [
      'cut in the head',
      () => plain(asked((s) => s.end('HTTP/1.1 2'))),
      'CONNECTION_CLOSED',
      [...CONNECTED, ...ANSWERING],
    ],
    ['cut in the body', () => plain(asked((s) => s.end(HALF))), 'CONNECTION_CLOSED', [...CONNECTED, ...ANSWERING]],
    [
      'malformed in the body',
      () => plain(asked((s) => s.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'))),
      'PROTOCOL_ERROR',
      [...CONNECTED, ...ANSWERING],
    ],
    [
      'another status',
      () => plain(asked((s) => s.end(WHOLE.replace('200', '503')))),
      'UNEXPECTED_STATUS',
      [...CONNECTED, ...ANSWERED],
    ],
    ['over TLS, closed before the first byte', () => secure(asked((s) => s.end())), 'CONNECTION_CLOSED', SECURED],
    [
      'over TLS, cut in the body',
      () => secure(asked((s) => s.end(HALF))),
      'CONNECTION_CLOSED',
      [...SECURED, ...ANSWERING],
    ],
    ['HTTP/2, no such thing', () => secure((s) => s.write(WHOLE), ['h2']), 'PROTOCOL_ERROR', SECURED],
    [
      'HTTP/2, closed before the first byte',
      () => overHttp2((s) => s.session?.destroy()),
      'CONNECTION_CLOSED',
      SECURED,
    ],
    ['HTTP/2, reset before the first byte', () => overHttp2((s) => s.close(2)), 'PROTOCOL_ERROR', SECURED],
    ['HTTP/2, cut in the body', () => overHttp2(cutAfterHalf2), 'CONNECTION_CLOSED', [...SECURED, ...ANSWERING]],
  ])('%s', async (_what, start, code, phases) => {
    const observation = await look(probe({ url: await start() }));
    expect(told(observation)).toEqual([code, sorted(...phases)]);
  });

  it('and no empty ones where none was', async () => {
    expect(await look(probe({ url: 'http://absent.test/' }))).not.toHaveProperty('phases');
    expect(await look(probe({ url: 'http://silent.test/' }), [])).not.toHaveProperty('phases');
  });

  it('a certificate that nobody trusts', async () => {
    const observation = await look(probe({ url: await secure(), tls: create(ClientTlsSchema) }));
    expect(told(observation)).toEqual(['TLS_UNTRUSTED', sorted(...CONNECTED)]);
  });

  it('an address that is denied', async () => {
    const observation = await look(probe({ url: 'http://web.test/' }, '127.0.0.0/8'));
    expect(told(observation)).toEqual(['ADDRESS_DENIED', DNS]);
  });

  it.each<[string, () => Promise<string>, readonly string[]]>([
    ['the name server', async () => 'http://silent.test/', []],
    ['the connection', async () => `http://web.test:${keep(await startFullListener('127.0.0.1')).port}/`, DNS],
    ['the handshake', async () => `https://web.test:${(await tcp()).port}/`, CONNECTED],
    ['the first byte', () => plain(() => {}), CONNECTED],
    ['the rest of the head', () => plain(asked((s) => s.write('HTTP/1.1 2'))), [...CONNECTED, ...ANSWERING]],
    ['the rest of the body', () => plain(asked((s) => s.write(HALF))), [...CONNECTED, ...ANSWERING]],
    ['the first byte over TLS', () => secure(), SECURED],
    ['the rest of the body over TLS', () => secure(asked((s) => s.write(HALF))), [...SECURED, ...ANSWERING]],
    ['the first byte of HTTP/2', () => overHttp2(() => {}), SECURED],
    ['the rest of the body of HTTP/2', () => overHttp2(half2), [...SECURED, ...ANSWERING]],
  ])('at its deadline, in wait for %s', async (_what, start, phases) => {
    const observation = await look(probe({ url: await start() }), phases);
    expect(told(observation)).toEqual(['TIMEOUT', sorted(...phases)]);
  });

  it('behind a redirect, with those of the request before', async () => {
    const gone = await unusedPort();
    const moved = `HTTP/1.1 302 Found\r\nLocation: http://web.test:${gone}/\r\nContent-Length: 0\r\n\r\n`;
    const subject = probe({ url: await plain(asked((socket) => socket.end(moved))), followRedirects: 1 });
    const observation = await look(subject);
    expect(told(observation)).toEqual(['CONNECTION_REFUSED', sorted(...CONNECTED, ...ANSWERED)]);
  });
});

describe('a run that fails over a kept connection', () => {
  /** The first request is answered, the second is dealt with by `second`. */
  const twice = (second: Serve) => {
    let requests = 0;
    return (socket: Socket) => {
      socket.on('data', () => {
        if (++requests === 1) socket.write(WHOLE);
        else second(socket);
      });
    };
  };
  const twice2 = (second: (stream: ServerHttp2Stream) => void) =>
    http2((stream, nth) => {
      if (nth > 1) return second(stream);
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });

  it.each<[string, () => Promise<Upstream>, 'http' | 'https', string, readonly string[]]>([
    ['cut in the body', () => tcp(twice((s) => s.end(HALF))), 'http', 'CONNECTION_CLOSED', ANSWERING],
    ['no HTTP', () => tcp(twice((s) => s.write('220 mail\r\n'))), 'http', 'PROTOCOL_ERROR', ANSWERING],
    ['no first byte in time', () => tcp(twice(() => {})), 'http', 'TIMEOUT', []],
    ['no end of the body in time', () => tcp(twice((s) => s.write(HALF))), 'http', 'TIMEOUT', ANSWERING],
    ['HTTP/2, no first byte in time', () => twice2(() => {}), 'https', 'TIMEOUT', []],
    [
      'HTTP/2, cut in the body',
      () =>
        twice2((stream) => {
          stream.respond({ ':status': 200, 'content-length': 100 });
          stream.write('half');
          setImmediate(() => stream.session?.destroy());
        }),
      'https',
      'CONNECTION_CLOSED',
      ANSWERING,
    ],
  ])('has the phases of that request alone: %s', async (_what, start, scheme, code, phases) => {
    const server = await start();
    const subject = probe({ url: `${scheme}://web.test:${server.port}/`, keepAlive: true });
    expect((await look(subject)).outcome).toBe('HEALTHY');
    const observation = await look(subject, code === 'TIMEOUT' ? phases : undefined);
    expect(told(observation)).toEqual([code, sorted(...phases)]);
    expect(observation.reason.evidence ?? '').not.toContain(ASKED_AGAIN);
  });

  it.each<[string, Serve, boolean, string, readonly string[], string]>([
    ['is refused', (s) => s.destroy(), true, 'CONNECTION_REFUSED', DNS, ASKED_AGAIN],
    [
      'is cut',
      (s) => s.end(HALF),
      false,
      'CONNECTION_CLOSED',
      [...CONNECTED, ...ANSWERING],
      `${ASKED_AGAIN}; after 4 of 100 bytes of the body`,
    ],
    ['gets no answer in time', () => {}, false, 'TIMEOUT', CONNECTED, ASKED_AGAIN],
    [
      'gets another status',
      (s) => s.write(WHOLE.replace('200', '503')),
      false,
      'UNEXPECTED_STATUS',
      [...CONNECTED, ...ANSWERED],
      ASKED_AGAIN,
    ],
  ])('says that it asked again, where that %s', async (_what, third, refuses, code, phases, evidence) => {
    let requests = 0;
    const server = await tcp((socket) => {
      socket.on('data', async () => {
        requests++;
        if (requests === 1) return socket.write(WHOLE);
        if (requests > 2) return third(socket);
        if (refuses) await server.refuse();
        socket.destroy();
      });
    });
    const subject = probe({ url: `http://web.test:${server.port}/`, keepAlive: true });
    expect((await look(subject)).outcome).toBe('HEALTHY');
    const observation = await look(subject, code === 'TIMEOUT' ? phases : undefined);
    expect([...told(observation), observation.reason.evidence]).toEqual([code, sorted(...phases), evidence]);
  });
});
