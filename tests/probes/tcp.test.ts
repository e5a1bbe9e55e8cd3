import { once } from 'node:events';
import type { Socket } from 'node:net';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { Cancelled, DeadlineExceeded } from '../../src/core/probe.ts';
import { tcpProbe } from '../../src/probes/tcp.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { look, probeContext, probeRun, verdict } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { startTcp, startTls, type Upstream, unusedPort } from '../support/upstreams/tcp.ts';

type Options = Omit<MessageInitShape<typeof TcpProbeSchema>, 'send' | '$typeName'> & { send?: string | Uint8Array };

const files = createTemporaryFiles();
const started: Upstream[] = [];
let certificates: Certificates;

const options = ({ send = '', ...init }: Options) => create(TcpProbeSchema, { ...init, send: Buffer.from(send) });
const probe = (init: Options) => tcpProbe.create(options(init), probeContext());
const tcp = async (serve?: (socket: Socket) => void) => {
  const upstream = await startTcp(serve);
  started.push(upstream);
  return upstream;
};
const tls = async (...args: Parameters<typeof startTls>) => {
  const upstream = await startTls(...args);
  started.push(upstream);
  return upstream;
};
const trust = () => ({ caFile: files.write('ca.pem', certificates.ca) });

beforeAll(async () => {
  certificates = await createCertificates();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((upstream) => upstream.close()));
});
afterAll(() => files.remove());

describe('connecting', () => {
  it('is enough where nothing else is asked, and the connection ends with the run', async () => {
    const server = await tcp();
    const subject = probe({ target: server.target });
    for (let run = 1; run <= 2; run++) {
      expect(await subject.run(probeRun())).toMatchObject({
        outcome: 'HEALTHY',
        reason: { code: 'OK', message: 'connected' },
        latencyMs: expect.any(Number),
      });
      await server.acceptedAtLeast(run);
      await server.idle();
    }
    await subject.close();
  });

  it('fails where nobody listens', async () => {
    const port = await unusedPort();
    const { outcome, reason } = await look(probe({ target: `127.0.0.1:${port}` }));
    expect({ outcome, reason }).toEqual({
      outcome: 'UNHEALTHY',
      reason: { code: 'CONNECTION_REFUSED', message: `127.0.0.1:${port} refused the connection` },
    });
  });

  it('fails where a name has only addresses that refuse', async () => {
    expect(await verdict(probe({ target: `localhost:${await unusedPort()}` }))).toBe('UNHEALTHY CONNECTION_REFUSED');
  });

  it('leaves no handle behind', async () => {
    const server = await tcp();
    const before = process.getActiveResourcesInfo().length;
    await look(probe({ target: server.target }));
    await server.idle();
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  });
});

it.each(['localhost.', 'LOCALHOST', '[::ffff:127.0.0.1]'])('a target may be written %s', async (host) => {
  const server = await tcp();
  expect(await verdict(probe({ target: `${host}:${server.port}` }))).toBe('HEALTHY OK');
});

describe('send', () => {
  it('sends bytes as they are', async () => {
    const server = await tcp((socket) => socket.once('data', (bytes) => socket.end(bytes.toString('hex'))));
    const send = Buffer.from([0xd2, 0x00, 0xff, 0x41]);
    expect(await verdict(probe({ target: server.target, send, expect: '^d200ff41$' }))).toBe('HEALTHY OK');
  });

  it('reaches the target, also when no answer is asked for', async () => {
    let arrived: Promise<unknown[]> | undefined;
    const server = await tcp((socket) => {
      arrived = once(socket, 'data');
    });
    const subject = probe({ target: server.target, send: 'PING\r\n' });
    expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    await server.acceptedAtLeast(1);
    expect(String(await arrived)).toBe('PING\r\n');
    await subject.close();
  });

  it('fails when the target breaks off before it has it all', async () => {
    const server = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const subject = probe({ target: server.target, send: 'x'.repeat(10_000_000) });
    expect(await verdict(subject)).toBe('UNHEALTHY CONNECTION_RESET');
  });

  it('is not shown when the answer is wrong', async () => {
    const server = await tcp((socket) => socket.once('data', () => socket.write('-ERR secret\r\n'.repeat(400))));
    const { reason } = await look(probe({ target: server.target, send: 'AUTH secret\r\n', expect: '^\\+OK' }));
    expect(reason).toEqual({
      code: 'EXPECTATION_FAILED',
      message: 'the answer does not match ^\\+OK',
      evidence: expect.stringMatching(/^came: -ERR … -ERR … /),
    });
  });
});

describe('expect', () => {
  it.each<[string, string, (socket: Socket) => void, string]>([
    ['a greeting', '^220 .*SMTP', (socket) => socket.write('220 mail ESMTP\r\n'), 'HEALTHY OK'],
    ['an answer', '^\\+PONG', (socket) => socket.once('data', () => socket.write('+PONG\r\n')), 'HEALTHY OK'],
    [
      'an answer in parts',
      'one two',
      (socket) => {
        socket.write('one ');
        setImmediate(() => socket.write('two'));
      },
      'HEALTHY OK',
    ],
    ['the last words before the end', 'bye$', (socket) => socket.end('good bye'), 'HEALTHY OK'],
    ['something else before the end', '^220', (socket) => socket.end('554 no'), 'UNHEALTHY EXPECTATION_FAILED'],
    ['nothing before the end', '^220', (socket) => socket.end(), 'UNHEALTHY CONNECTION_CLOSED'],
    ['a reset', '^220', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'UNHEALTHY CONNECTION_RESET'],
    ['a match at the end of 4 KiB', 'b', (socket) => socket.write(`${'a'.repeat(4095)}bc`), 'HEALTHY OK'],
    [
      'no end where the 4 KiB end',
      'b$',
      (socket) => socket.write(`${'a'.repeat(4095)}bc`),
      'UNHEALTHY EXPECTATION_FAILED',
    ],
    ['a match after 4 KiB', 'b', (socket) => socket.write(`${'a'.repeat(4096)}b`), 'UNHEALTHY EXPECTATION_FAILED'],
    ['10 MB', '^220', (socket) => socket.write(Buffer.alloc(10_000_000, 'a')), 'UNHEALTHY EXPECTATION_FAILED'],
    [
      'what drives other engines mad',
      '(a+)+$',
      (socket) => socket.write(`${'a'.repeat(4095)}b`),
      'UNHEALTHY EXPECTATION_FAILED',
    ],
  ])('%s', async (_what, pattern, serve, expected) => {
    const server = await tcp(serve);
    expect(await verdict(probe({ target: server.target, send: 'hello', expect: pattern }))).toBe(expected);
    await server.idle();
  });
});

describe('a server that speaks and stays open', () => {
  const LOADING = '-LOADING Redis is loading the dataset in memory\r\n';

  it.each<[string, string, string | Uint8Array, string]>([
    ['that can never match, at once', '^\\+PONG', LOADING, LOADING.trim()],
    ['that might yet match, shortly before the deadline', 'PONG', LOADING, LOADING.trim()],
    ['without an end of line', 'PONG$', 'PON', 'PON'],
    ['of bytes', '^\\x04\\xd2', Buffer.from([0xd2, 0x04]), 'Ò'],
  ])('with an answer %s, fails with what came', async (_when, pattern, answer, came) => {
    const clock = createFakeClock();
    const server = await tcp((socket) => socket.write(answer));
    const subject = tcpProbe.create(options({ target: server.target, expect: pattern }), probeContext({ clock }));
    const answered = subject.run({ ...probeRun(), timeoutMs: 2000 });
    const run = await advanceUntil(clock, answered);
    expect(run).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'EXPECTATION_FAILED', evidence: `came: ${came}` },
    });
    await server.idle();
  });

  it('is as expected where what came is, at the last look', async () => {
    const clock = createFakeClock();
    const server = await tcp((socket) => socket.write('login: '));
    const subject = tcpProbe.create(options({ target: server.target, expect: 'login: $' }), probeContext({ clock }));
    expect(await advanceUntil(clock, subject.run({ ...probeRun(), timeoutMs: 2000 }))).toMatchObject({
      outcome: 'HEALTHY',
    });
  });
});

it('what came before a reset is shown', async () => {
  const sockets: Socket[] = [];
  const server = await tcp((socket) => {
    sockets.push(socket);
    socket.write('one two');
  });
  const clock = createFakeClock();
  const subject = tcpProbe.create(options({ target: server.target, expect: 'three' }), probeContext({ clock }));
  const run = subject.run(probeRun());
  await server.acceptedAtLeast(1);
  // Once the bytes have been read the peer is free to reset.
  while (sockets[0]?.writableLength !== 0) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  sockets[0]?.resetAndDestroy();
  expect(await run).toMatchObject({ reason: { code: 'CONNECTION_RESET', evidence: 'came: one two' } });
});

describe('the end of a run', () => {
  const reasons = [new DeadlineExceeded('too late'), new Cancelled('no longer wanted')];

  it.each(reasons)('with no answer rejects with the reason of the signal, and leaves nothing: %s', async (reason) => {
    const controller = new AbortController();
    const server = await tcp((socket) => socket.once('data', () => controller.abort(reason)));
    const subject = probe({ target: server.target, send: 'hello', expect: 'x' });
    await expect(subject.run(probeRun(controller.signal))).rejects.toBe(reason);
    await server.idle();
    await subject.close();
  });

  it('with the wrong beginning of an answer', async () => {
    const controller = new AbortController();
    const reason = new DeadlineExceeded('too late');
    const server = await tcp((socket) => socket.write('nothing of the kind', () => controller.abort(reason)));
    const subject = probe({ target: server.target, expect: 'x' });
    await expect(subject.run(probeRun(controller.signal))).rejects.toBe(reason);
    await server.idle();
  });

  it.each(reasons)('with no handshake: %s', async (reason) => {
    const controller = new AbortController();
    const server = await tcp((socket) => socket.once('data', () => controller.abort(reason)));
    const subject = probe({ target: server.target, tls: {} });
    await expect(subject.run(probeRun(controller.signal))).rejects.toBe(reason);
    await server.idle();
  });

  it('before it began connects to nothing', async () => {
    const server = await tcp();
    const reason = new Cancelled('no longer wanted');
    for (const init of [{ target: server.target }, { target: server.target, tls: {} }]) {
      await expect(probe(init).run(probeRun(AbortSignal.abort(reason)))).rejects.toBe(reason);
    }
    expect(server.accepted).toBe(0);
  });
});

describe('TLS', () => {
  it('is spoken where it is asked for', async () => {
    const server = await tls(certificates.server, (socket) => socket.write('220 secure\r\n'));
    expect(await verdict(probe({ target: server.target, tls: trust(), expect: '^220' }))).toBe('HEALTHY OK');
    const byAddress = `127.0.0.1:${server.port}`;
    expect(await verdict(probe({ target: byAddress, tls: trust() }))).toBe('HEALTHY OK');
  });

  it.each([
    ['expiredServer', 'TLS_EXPIRED'],
    ['wrongNameServer', 'TLS_WRONG_NAME'],
    ['untrustedServer', 'TLS_UNTRUSTED'],
  ] as const)('%s is %s', async (identity, code) => {
    const server = await tls(certificates[identity]);
    expect(await verdict(probe({ target: server.target, tls: trust() }))).toBe(`UNHEALTHY ${code}`);
    await server.idle();
    const unverified = { target: server.target, tls: { insecureSkipVerify: true } };
    expect(await verdict(probe(unverified))).toBe('HEALTHY OK');
  });

  it('shows a client certificate', async () => {
    const server = await tls({ ...certificates.server, ca: certificates.ca, requestCert: true }, (socket) =>
      socket.write('220'),
    );
    const identity = {
      certFile: files.write('client.pem', certificates.client.cert),
      keyFile: files.write('client.key', certificates.client.key),
    };
    expect(await verdict(probe({ target: server.target, tls: { ...trust(), ...identity }, expect: '220' }))).toBe(
      'HEALTHY OK',
    );
    expect(await verdict(probe({ target: server.target, tls: trust(), expect: '220' }))).toMatch(
      /^UNHEALTHY (TLS_FAILED|CONNECTION_(CLOSED|RESET))$/,
    );
  });

  it('fails where something else is spoken', async () => {
    const server = await tcp((socket) => socket.write('220 this is SMTP, and not the kind that speaks TLS\r\n'));
    expect(await verdict(probe({ target: server.target, tls: {} }))).toBe('UNHEALTHY TLS_FAILED');
  });

  it('tells why the target refuses the handshake', async () => {
    // A cipher that needs an RSA key, which this server has not.
    const server = await tls({ ...certificates.server, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
    const { reason } = await look(probe({ target: server.target, tls: trust() }));
    expect(reason.code).toBe('TLS_FAILED');
    expect(reason.message).toMatch(/^the TLS handshake with localhost:\d+ failed: .*alert handshake failure$/);
  });

  it('fails where the connection is closed in the middle', async () => {
    const server = await tcp((socket) => socket.once('data', () => socket.end()));
    expect(await verdict(probe({ target: server.target, tls: {} }))).toBe('UNHEALTHY CONNECTION_CLOSED');
  });
});

describe('the options', () => {
  it('name the host', () => {
    expect(tcpProbe.host(options({ target: 'DB.example:5432' }))).toBe('db.example');
    expect(tcpProbe.host(options({ target: '[::1]:5432' }))).toBe('::1');
  });

  it('are checked', () => {
    const wrong = options({ target: 'db:1', expect: '(', tls: { caFile: files.path('none.pem') } });
    expect(tcpProbe.check(wrong)).toEqual([
      { path: ['expect'], message: 'is no RE2 expression: error parsing regexp: missing closing )' },
      { path: ['tls', 'ca_file'], message: 'does not exist' },
    ]);
    expect(() => tcpProbe.create(wrong, probeContext())).toThrow('tcp.expect is no RE2 expression');
    expect(tcpProbe.check(options({ target: 'db:1', expect: '^a' }))).toEqual([]);
  });
});

/** Lets bytes arrive and time pass, a little of each at a time. */
async function advanceUntil<T>(clock: FakeClock, run: Promise<T>): Promise<T> {
  let done = false;
  const settle = () => {
    done = true;
  };
  run.then(settle, settle);
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!done) await clock.advance(1);
  }
  return run;
}
