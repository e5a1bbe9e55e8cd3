import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TlsProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { DeadlineExceeded } from '../../src/core/probe.ts';
import { tlsProbe } from '../../src/probes/tls.ts';
import { type Certificates, createCertificates, type Identity } from '../support/certs.ts';
import { look, probeContext, probeRun, verdict } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { startTcp, startTls, type Upstream, unusedPort } from '../support/upstreams/tcp.ts';

type Options = MessageInitShape<typeof TlsProbeSchema>;

const DAY_MS = 86_400_000;
const files = createTemporaryFiles();
const started: Upstream[] = [];
let certificates: Certificates;
let caFile: string;

const options = (init: Options) => create(TlsProbeSchema, init);
const probe = (init: Options) => tlsProbe.create(options({ caFile, ...init }), probeContext());
const serving = async (identity: Identity) => {
  const upstream = await startTls(identity);
  started.push(upstream);
  return upstream;
};
const day = (date: Date) => date.toISOString().slice(0, 10);
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

beforeAll(async () => {
  certificates = await createCertificates();
  caFile = files.write('ca.pem', certificates.ca);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((upstream) => upstream.close()));
});
afterAll(() => files.remove());

describe('a valid certificate', () => {
  it('tells its day, not the time that is left', async () => {
    const notAfter = inDays(40);
    const server = await serving(await certificates.issueServer({ notAfter }));
    const subject = probe({ target: server.target });
    expect(await subject.run(probeRun())).toEqual({
      outcome: 'HEALTHY',
      reason: { code: 'OK', message: `the certificate expires on ${day(notAfter)}` },
      latencyMs: expect.any(Number),
      phases: { connectMs: expect.any(Number), tlsMs: expect.any(Number) },
      certificateExpiresMs: Math.floor(notAfter.getTime() / 1000) * 1000,
    });
    await server.idle();
    await subject.close();
  });

  const asked = (days: number): Options => ({ degradedBefore: durationFromMs(days * DAY_MS) });
  it.each<[string, number, number, Options, string]>([
    ['15 days left of 90, by default', 15, 90, {}, 'HEALTHY OK'],
    ['13 days left of 90, by default', 13, 90, {}, 'DEGRADED EXPIRES_SOON'],
    ['3 days left of 6, by default', 3, 6, {}, 'HEALTHY OK'],
    ['1 day left of 6, by default', 1, 6, {}, 'DEGRADED EXPIRES_SOON'],
    ['13 days left, 10 asked for', 13, 90, asked(10), 'HEALTHY OK'],
    ['13 days left, 20 asked for', 13, 90, asked(20), 'DEGRADED EXPIRES_SOON'],
    ['one day left, 0 asked for', 1, 90, asked(0), 'HEALTHY OK'],
    ['23 days left of 90, a quarter asked for', 23, 90, { degradedBeforeShare: 0.25 }, 'HEALTHY OK'],
    ['22 days left of 90, a quarter asked for', 22, 90, { degradedBeforeShare: 0.25 }, 'DEGRADED EXPIRES_SOON'],
  ])('with %s', async (_what, daysLeft, lifetimeDays, options, expected) => {
    const notBefore = inDays(daysLeft - lifetimeDays);
    const server = await serving(await certificates.issueServer({ notBefore, notAfter: inDays(daysLeft) }));
    expect(await verdict(probe({ target: server.target, ...options }))).toBe(expected);
  });

  it('counts its whole chain, whose authority may be the first to expire', async () => {
    const server = await serving(await certificates.issueServer({ notAfter: inDays(5000) }));
    const { outcome, reason } = await look(
      probe({ target: server.target, degradedBefore: durationFromMs(4000 * DAY_MS) }),
    );
    expect(`${outcome} ${reason.code}`).toBe('DEGRADED EXPIRES_SOON');
    expect(reason.message).toMatch(/^the issuer's certificate OpenK Test CA expires on \d{4}-\d\d-\d\d$/);
  });

  it('fits the address as well as the name', async () => {
    const server = await serving(certificates.server);
    expect(await verdict(probe({ target: `127.0.0.1:${server.port}` }))).toBe('HEALTHY OK');
  });

  it('fits server_name where that is given', async () => {
    const server = await serving(certificates.wrongNameServer);
    expect(await verdict(probe({ target: server.target, serverName: 'wrong.example' }))).toBe('HEALTHY OK');
  });
});

describe('a certificate that is not valid', () => {
  it('has expired', async () => {
    const server = await serving(certificates.expiredServer);
    const { outcome, reason } = await look(probe({ target: server.target }));
    expect({ outcome, reason }).toEqual({
      outcome: 'UNHEALTHY',
      reason: {
        code: 'TLS_EXPIRED',
        message: `the certificate expired on ${day(inDays(-1))}`,
        evidence: expect.stringMatching(/^for DNS:localhost, .*, by OpenK Test CA, valid from \S+Z to \S+Z$/),
      },
    });
  });

  it('is not for servers, or has something in it that nobody can judge', async () => {
    const alternativeNames = [{ type: 'dns' as const, value: 'localhost' }];
    const client = await serving(await certificates.issueClient({ alternativeNames }));
    const critical = await serving(await certificates.issueServer({ criticalExtension: '1.2.3.4' }));
    const short = async ({ target }: { readonly target: string }) => {
      const { outcome, reason } = await look(probe({ target }));
      return [outcome, reason.code, reason.message];
    };
    expect(await short(client)).toEqual([
      'UNHEALTHY',
      'TLS_UNTRUSTED',
      `a certificate of ${client.target} is not for servers`,
    ]);
    expect(await short(critical)).toEqual([
      'UNHEALTHY',
      'TLS_UNTRUSTED',
      `a certificate of ${critical.target} cannot be verified`,
    ]);
  });

  it('is ahead of its time', async () => {
    const server = await serving(await certificates.issueServer({ notBefore: inDays(2) }));
    expect(await verdict(probe({ target: server.target }))).toBe('UNHEALTHY TLS_NOT_YET_VALID');
  });

  it('is for other names', async () => {
    const server = await serving(certificates.wrongNameServer);
    const { outcome, reason } = await look(probe({ target: server.target }));
    expect({ outcome, reason }).toEqual({
      outcome: 'UNHEALTHY',
      reason: {
        code: 'TLS_WRONG_NAME',
        message: 'the certificate is for DNS:wrong.example, not for localhost',
        evidence: expect.stringMatching(/^for DNS:wrong.example, by OpenK Test CA, /),
      },
    });
  });

  it('is for other addresses', async () => {
    const server = await serving(await certificates.issueServer({ addresses: ['10.0.0.1'] }));
    expect(await verdict(probe({ target: `127.0.0.1:${server.port}` }))).toBe('UNHEALTHY TLS_WRONG_NAME');
  });

  it('comes from an authority that is not trusted', async () => {
    const server = await serving(certificates.untrustedServer);
    expect(await verdict(probe({ target: server.target }))).toBe('UNHEALTHY TLS_UNTRUSTED');
  });

  it('comes from an authority that the system does not know', async () => {
    const server = await serving(certificates.server);
    expect(await verdict(probe({ target: server.target, caFile: '' }))).toBe('UNHEALTHY TLS_UNTRUSTED');
  });
});

describe('a target without certificate', () => {
  const failing = async (serve?: Parameters<typeof startTcp>[0]) => {
    const upstream = await startTcp(serve);
    started.push(upstream);
    return upstream;
  };

  it('refuses', async () => {
    expect(await verdict(probe({ target: `127.0.0.1:${await unusedPort()}` }))).toBe('UNHEALTHY CONNECTION_REFUSED');
  });

  it.each<[string, Parameters<typeof startTcp>[0], string]>([
    ['speaks something else', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'TLS_FAILED'],
    ['closes', (socket) => socket.once('data', () => socket.end()), 'CONNECTION_CLOSED'],
    ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'CONNECTION_RESET'],
  ])('%s', async (_what, serve, code) => {
    const server = await failing(serve);
    expect(await verdict(probe({ target: server.target }))).toBe(`UNHEALTHY ${code}`);
    await server.idle();
  });

  it('is silent: the run rejects with the reason of the signal, and leaves nothing', async () => {
    const server = await failing();
    const controller = new AbortController();
    const subject = probe({ target: server.target });
    const run = subject.run(probeRun(controller.signal));
    await server.acceptedAtLeast(1);
    const reason = new DeadlineExceeded('too late');
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await server.idle();
    await subject.close();
  });
});

describe('the options', () => {
  it('name the host', () => {
    expect(tlsProbe.host(options({ target: 'WWW.example:443' }))).toBe('www.example');
  });

  it.each([
    ['does not exist', () => files.path('none.pem'), /^does not exist$/],
    ['is no PEM file', () => files.write('no.pem', 'hello'), /^is no PEM file/],
    [
      'holds a broken certificate',
      () => files.write('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      /^holds something that cannot be read$/,
    ],
  ])('are checked: ca_file %s', (_what, path, message) => {
    const wrong = options({ target: 'a:1', caFile: path() });
    expect(tlsProbe.check(wrong)).toEqual([{ path: ['ca_file'], message: expect.stringMatching(message) }]);
    expect(() => tlsProbe.create(wrong, probeContext())).toThrow(/^tls\.ca_file /);
  });
});
