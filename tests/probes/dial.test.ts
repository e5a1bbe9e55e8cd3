import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { BlockList, createServer, type Server } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { Clock } from '../../src/core/clock.ts';
import { Cancelled, DeadlineExceeded, type Progress } from '../../src/core/probe.ts';
import { runProbe } from '../../src/engine/run-probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { AttemptsFailed, closed, createDialer, type Dialer, evidenceOf } from '../../src/probes/dial.ts';
import { type Address, createLookup, type Lookup } from '../../src/probes/lookup.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { failure } from '../../src/probes/reason.ts';
import { tcpProbe } from '../../src/probes/tcp.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { probeContext, TRACEPARENT } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { type DnsReply, type DnsUpstream, startDns } from '../support/upstreams/dns.ts';
import { startFullListener } from '../support/upstreams/full-listener.ts';
import { startTcp, startTls, type Upstream, unusedPort } from '../support/upstreams/tcp.ts';

const started: { close(): unknown }[] = [];
const files = createTemporaryFiles();
let certificates: Certificates;
const never = new AbortController().signal;

const keep = <T extends { close(): unknown }>(thing: T): T => {
  started.push(thing);
  return thing;
};
const nameServer = async (table: Readonly<Record<string, DnsReply>>) => keep(await startDns(table));
const lookupBy = (server: DnsUpstream, { hosts = '', resolvConf = '' } = {}): Lookup =>
  keep(
    createLookup({
      createResolver() {
        const resolver = new Resolver({ timeout: 1000, tries: 4 });
        resolver.setServers([server.address]);
        return resolver;
      },
      hostsFile: files.write('hosts', hosts),
      resolvConf: files.write('resolv.conf', resolvConf),
    }),
  );
const dialerBy = (lookup: Lookup, clock: Clock = systemClock): Dialer => createDialer({ clock, lookup });
const a = (name: string, address: string): DnsReply => [{ type: 'A', name, data: address }];
const aaaa = (name: string, address: string): DnsReply => [{ type: 'AAAA', name, data: address }];

/** Dials and closes; the address that it came to. */
async function reach(dialer: Dialer, host: string, port: number, signal = never): Promise<string> {
  const { socket } = await dialer.dial({ host, port }, signal);
  const { remoteAddress = '' } = socket;
  await closed(socket);
  return remoteAddress;
}
const codeOf = (error: unknown) => failure(error, 'target:1', 0).reason.code;
const failing = (promise: Promise<unknown>) => promise.then(() => 'connected', codeOf);

beforeAll(async () => {
  certificates = await createCertificates();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((thing) => thing.close()));
});
afterAll(() => files.remove());

describe('a name', () => {
  it.each<[string, string, Readonly<Record<string, DnsReply>>, { hosts?: string; resolvConf?: string }, string]>([
    ['of the name server', 'db.test', { 'A db.test': a('db.test', '127.0.0.1') }, {}, '127.0.0.1'],
    ['with underscores', 'my_db.test', { 'A my_db.test': a('my_db.test', '127.0.0.1') }, {}, '127.0.0.1'],
    ['in capitals', 'DB.test', { 'A db.test': a('db.test', '127.0.0.1') }, {}, '127.0.0.1'],
    ['with a dot at its end', 'db.test.', { 'A db.test': a('db.test', '127.0.0.1') }, {}, '127.0.0.1'],
    [
      'behind an alias',
      'db.test',
      {
        'A db.test': [
          { type: 'CNAME', name: 'db.test', data: 'real.test' },
          { type: 'A', name: 'real.test', data: '127.0.0.1' },
        ],
      },
      {},
      '127.0.0.1',
    ],
    [
      'with IPv4 alone, of a server that fails for IPv6',
      'db.test',
      { 'A db.test': a('db.test', '127.0.0.1'), 'AAAA db.test': 'SERVFAIL' },
      {},
      '127.0.0.1',
    ],
    [
      'with IPv4, of a server that is silent about IPv6',
      'db.test',
      { 'A db.test': a('db.test', '127.0.0.1'), 'AAAA db.test': 'silence' },
      {},
      '127.0.0.1',
    ],
    ['in the hosts file', 'db', {}, { hosts: '# own\n127.0.0.2\tweb DB # both\n' }, '127.0.0.2'],
    [
      'in a search domain',
      'db',
      { 'A db.ns.svc': a('db.ns.svc', '127.0.0.1') },
      { resolvConf: 'search other.svc ns.svc\noptions ndots:5' },
      '127.0.0.1',
    ],
    [
      'with few dots, in a search domain',
      'db.ns',
      { 'A db.ns.svc': a('db.ns.svc', '127.0.0.1') },
      { resolvConf: 'search svc\noptions ndots:5' },
      '127.0.0.1',
    ],
    [
      'with many dots, as it is first',
      'db.ns.svc',
      { 'A db.ns.svc': a('db.ns.svc', '127.0.0.1'), 'A db.ns.svc.svc': a('db.ns.svc.svc', '127.0.0.9') },
      { resolvConf: 'search svc' },
      '127.0.0.1',
    ],
    ['localhost, never asked for', 'localhost', { 'A localhost': a('localhost', '192.0.2.1') }, {}, '127.0.0.1'],
    [
      'below localhost, never asked for',
      'app.LocalHost',
      { 'A app.localhost': a('app.localhost', '192.0.2.1') },
      {},
      '127.0.0.1',
    ],
    ['that is an address', '127.0.0.3', {}, {}, '127.0.0.3'],
  ])('%s', async (_what, host, table, config, expected) => {
    const target = keep(await startTcp());
    const any = await listenEverywhere();
    const lookup = lookupBy(await nameServer(table), config);
    expect(await reach(dialerBy(lookup), host, expected === '127.0.0.1' ? target.port : any)).toBe(expected);
  });

  it.each<[string, Readonly<Record<string, DnsReply>>, string]>([
    ['does not exist', {}, 'DNS_NOT_FOUND'],
    ['has no addresses', { 'A db.test': [], 'AAAA db.test': [] }, 'DNS_NOT_FOUND'],
    ['cannot be resolved', { 'A db.test': 'SERVFAIL', 'AAAA db.test': 'SERVFAIL' }, 'DNS_FAILED'],
    ['is refused', { 'A db.test': 'REFUSED', 'AAAA db.test': 'REFUSED' }, 'DNS_FAILED'],
  ])('that %s', async (_what, table, code) => {
    const lookup = lookupBy(await nameServer(table));
    expect(await failing(dialerBy(lookup).dial({ host: 'db.test', port: 1 }, never))).toBe(code);
  });

  it('is DNS_FAILED where no name server can be reached', async () => {
    const server = await nameServer({});
    const lookup = lookupBy(server);
    await started.splice(started.indexOf(server), 1)[0]?.close();
    expect(await failing(dialerBy(lookup).dial({ host: 'db.test', port: 1 }, never))).toBe('DNS_FAILED');
  });

  it('is looked up anew by every run, and once by those of the same time', async () => {
    const target = keep(await startTcp());
    const server = await nameServer({ 'A db.test': a('db.test', '127.0.0.1') });
    const dialer = dialerBy(lookupBy(server));
    await Promise.all(Array.from({ length: 10 }, () => reach(dialer, 'db.test', target.port)));
    expect(server.questions.toSorted()).toEqual(['A db.test', 'AAAA db.test']);
    await reach(dialer, 'db.test', target.port);
    expect(server.questions).toHaveLength(4);
  });

  it('that moves to another address is followed, also in the hosts file', async () => {
    const port = await listenEverywhere();
    const table: Record<string, DnsReply> = { 'A db.test': a('db.test', '127.0.0.1') };
    const hosts = files.write('moving', '127.0.0.4 web\n');
    const server = await nameServer(table);
    const createResolver = () => {
      const resolver = new Resolver();
      resolver.setServers([server.address]);
      return resolver;
    };
    const dialer = dialerBy(keep(createLookup({ createResolver, hostsFile: hosts, resolvConf: '/nowhere' })));
    expect([await reach(dialer, 'db.test', port), await reach(dialer, 'web', port)]).toEqual([
      '127.0.0.1',
      '127.0.0.4',
    ]);
    table['A db.test'] = a('db.test', '127.0.0.2');
    files.write('moving', '127.0.0.55 web\n');
    expect([await reach(dialer, 'db.test', port), await reach(dialer, 'web', port)]).toEqual([
      '127.0.0.2',
      '127.0.0.55',
    ]);
  });
});

describe('a silent name server', () => {
  const silent = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`A dead${n}.test`, `AAAA dead${n}.test`])
        .flat()
        .map((question): [string, DnsReply] => [question, 'silence']),
    );

  it('hurts its own names only: a hundred of them leave a healthy one alone', async () => {
    const target = keep(await startTcp());
    const server = await nameServer({ ...silent(100), 'A db.test': a('db.test', '127.0.0.1') });
    const dialer = dialerBy(lookupBy(server));
    const deadline = new AbortController();
    const hanging = Array.from({ length: 100 }, (_, n) =>
      dialer.dial({ host: `dead${n}.test`, port: 1 }, deadline.signal),
    );
    const ends = Promise.allSettled(hanging);
    await server.asked();
    expect(await reach(dialer, 'db.test', target.port)).toBe('127.0.0.1');
    deadline.abort(new DeadlineExceeded('too late'));
    for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: deadline.signal.reason });
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'QueryReqWrap')).toEqual([]);
  });

  it('is waited for until the deadline of the run, and no longer; the others who wait are left alone', async () => {
    const table: Record<string, DnsReply> = silent(1);
    const server = await nameServer(table);
    const target = keep(await startTcp());
    const dialer = dialerBy(lookupBy(server));
    const first = new AbortController();
    const reason = new Cancelled('no longer wanted');
    const given = dialer.dial({ host: 'dead0.test', port: target.port }, first.signal);
    const patient = reach(dialer, 'dead0.test', target.port);
    await server.asked();
    first.abort(reason);
    await expect(given).rejects.toBe(reason);
    // The next try of the same question is answered.
    table['A dead0.test'] = a('dead0.test', '127.0.0.1');
    table['AAAA dead0.test'] = [];
    expect(await patient).toBe('127.0.0.1');
  });
});

describe('several addresses', () => {
  /** A lookup that knows, so that addresses are exactly these. */
  const knowing = (...addresses: readonly string[]): Lookup => ({
    known: () => addresses.map((address): Address => ({ address, family: address.includes(':') ? 6 : 4 })),
    ask: () => () => {},
    close: () => {},
  });

  it('are tried one after another at once where they fail, IPv6 first', async () => {
    const target = keep(await startTcp());
    const dialer = dialerBy(knowing('127.0.0.1', '::1'));
    // ::1 does not listen there.
    expect(await reach(dialer, 'db.test', target.port)).toBe('127.0.0.1');
  });

  it('overlap where one is silent: it keeps its chance, and the next begins after 250 ms', async () => {
    const clock = createFakeClock();
    const target = keep(await startTcp());
    const full = keep(await startFullListener('127.0.0.2'));
    const port = full.port;
    const live = keep(await listenOn('127.0.0.3', port));
    const dialer = dialerBy(knowing('127.0.0.2', '127.0.0.3'), clock);
    const reached = dialer.dial({ host: 'db.test', port }, never);
    await clock.advance(249);
    expect(live.accepted()).toBe(0);
    await clock.advance(1);
    const { socket, phases } = await reached;
    expect(socket.remoteAddress).toBe('127.0.0.3');
    expect(phases).toEqual({ connectMs: 250 });
    await closed(socket);
    expect(clock.pendingTimers).toBe(0);
    expect(target.accepted).toBe(0);
  });

  it('that are slower than any delay are waited for until the deadline', async () => {
    const clock = createFakeClock();
    const full = keep(await startFullListener('127.0.0.2'));
    const dialer = dialerBy(knowing('127.0.0.2', '127.0.0.2'), clock);
    const reached = dialer.dial({ host: 'db.test', port: full.port }, never);
    await clock.advance(4000);
    // The listener takes connections again: the attempt is still there.
    full.accept();
    const { socket } = await reached;
    await closed(socket);
  });

  it.each([
    ['the one that says most', ['127.255.255.255', '127.0.0.1'], 'CONNECTION_REFUSED'],
    ['no way for any', ['127.255.255.255', '127.255.255.255'], 'HOST_UNREACHABLE'],
  ])('that all fail give a reason: %s', async (_what, addresses, code) => {
    const port = await unusedPort();
    expect(await failing(dialerBy(knowing(...addresses)).dial({ host: 'db.test', port }, never))).toBe(code);
  });

  /** One run of a probe as the engine makes it. Its deadline comes as soon as `evidence` is known. */
  async function runUntil(evidence: string | undefined, lookup: Lookup, port: number) {
    const clock = createFakeClock();
    // Attempts begin by a clock of their own, so that all of them are there when the deadline comes.
    const attempts = createFakeClock();
    const context = probeContext({ clock: attempts, dialer: dialerBy(lookup, attempts) });
    const probe = tcpProbe.create(create(TcpProbeSchema, { target: `db.test:${port}` }), context);
    const known = Promise.withResolvers<void>();
    const run = runProbe(
      {
        ...probe,
        run: ({ onProgress, ...run }) =>
          probe.run({
            ...run,
            onProgress(progress) {
              onProgress(progress);
              if (evidence !== undefined && progress.evidence === evidence) known.resolve();
            },
          }),
      },
      { timeoutMs: 5000, clock, cancel: never, traceHeaders: { traceparent: TRACEPARENT }, onDefect: () => {} },
    );
    await attempts.advance(ATTEMPT_DELAYS_MS);
    void known.promise.then(() => clock.advance(5000));
    const result = await run;
    await result.settled;
    expect(attempts.pendingTimers).toBe(0);
    return result.kind === 'cancelled' ? undefined : result.observation;
  }
  const ATTEMPT_DELAYS_MS = 1000;
  const [silent, refusing] = ['127.0.0.2', '127.0.0.9'] as const;
  /** A broadcast, to which there is no connection: ENETUNREACH, as of a family that this machine does not have. */
  const nowhere = '127.255.255.255';

  it.each<[string, readonly string[], string, string, string | undefined]>([
    [
      'silent, then refusing',
      [silent, refusing],
      'TIMEOUT',
      'no answer within 5s',
      '127.0.0.2 has not answered, 127.0.0.9 refused the connection',
    ],
    [
      'refusing, then silent',
      [refusing, silent],
      'TIMEOUT',
      'no answer within 5s',
      '127.0.0.9 refused the connection, 127.0.0.2 has not answered',
    ],
    [
      'two of which say nothing, and one refuses',
      [silent, silent, refusing],
      'TIMEOUT',
      'no answer within 5s',
      '127.0.0.2 has not answered, 127.0.0.2 has not answered, 127.0.0.9 refused the connection',
    ],
    [
      'without a network for one of them',
      [nowhere, silent, refusing],
      'TIMEOUT',
      'no answer within 5s',
      '127.0.0.2 has not answered, 127.0.0.9 refused the connection',
    ],
    [
      'that all refuse',
      [refusing, '127.0.0.8'],
      'CONNECTION_REFUSED',
      'db.test:PORT refused the connection',
      undefined,
    ],
    [
      'without a network for one of them, the other of which refuses',
      [nowhere, refusing],
      'CONNECTION_REFUSED',
      'db.test:PORT refused the connection',
      undefined,
    ],
  ])('are named where each did something else: %s', async (_what, addresses, code, message, evidence) => {
    const { port } = keep(await startFullListener(silent));
    const observation = await runUntil(evidence, knowing(...addresses), port);
    expect(observation?.reason).toEqual({
      code,
      message: message.replace('PORT', String(port)),
      ...(evidence !== undefined && { evidence }),
    });
  });

  it.each<[string, readonly (string | undefined)[], unknown]>([
    ['one alone', ['ECONNREFUSED'], undefined],
    ['all the same', ['ECONNREFUSED', 'ECONNREFUSED'], undefined],
    ['all silent', [undefined, undefined], undefined],
    ['one silent', [undefined, 'ECONNREFUSED'], '10.0.0.1 has not answered, 10.0.0.2 refused the connection'],
    [
      'each in its own way',
      ['EHOSTUNREACH', 'ECONNREFUSED', 'ETIMEDOUT'],
      '10.0.0.1 cannot be reached, 10.0.0.2 refused the connection, 10.0.0.3 did not answer the attempt to connect',
    ],
    ['one of another network', ['ENETUNREACH', 'ECONNREFUSED'], undefined],
    ['one of a family that there is not', ['EAFNOSUPPORT', undefined], undefined],
    ['more than can be shown', [...Array(20).fill('ECONNREFUSED'), undefined], expect.stringMatching(/^.{199}…$/)],
  ])('that failed are told apart: %s', (_what, codes, expected) => {
    const attempts = codes.map((code, index) => ({
      address: `10.0.0.${index + 1}`,
      ...(code !== undefined && { error: Object.assign(new Error(code), { code, syscall: 'connect' }) }),
    }));
    expect(evidenceOf(attempts)).toEqual(expected);
  });

  it('that failed in different ways leave the reason that says most', () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
    expect(failure(new AttemptsFailed('what each did', refused), 'db:1', 0).reason).toEqual({
      code: 'CONNECTION_REFUSED',
      message: 'db:1 refused the connection',
      evidence: 'what each did',
    });
  });

  it('are no longer spoken of once one of them is connected to', async () => {
    const clock = createFakeClock();
    const full = keep(await startFullListener('127.0.0.2'));
    keep(await listenOn('127.0.0.3', full.port));
    const heard: Progress[] = [];
    const dialer = dialerBy(knowing('127.0.0.2', refusing, '127.0.0.3'), clock);
    const dialed = dialer.dial({ host: 'db.test', port: full.port }, never, (progress) => heard.push(progress));
    await clock.advance(ATTEMPT_DELAYS_MS);
    await closed((await dialed).socket);
    expect(heard.map(({ evidence }) => evidence)).toContain(
      '127.0.0.2 has not answered, 127.0.0.9 refused the connection, 127.0.0.3 has not answered',
    );
    expect(heard.at(-1)).toEqual({ phases: { connectMs: expect.any(Number) } });
  });

  it('leave nothing behind when the deadline comes', async () => {
    const clock = createFakeClock();
    const full = keep(await startFullListener('127.0.0.2'));
    const controller = new AbortController();
    const reason = new DeadlineExceeded('too late');
    const dialing = dialerBy(knowing('127.0.0.2', '127.0.0.2'), clock).dial(
      { host: 'db.test', port: full.port },
      controller.signal,
    );
    const rejected = expect(dialing).rejects.toBe(reason);
    await clock.advance(300);
    controller.abort(reason);
    await rejected;
    expect(clock.pendingTimers).toBe(0);
  });

  it('of which the family asked for first comes late are used too', async () => {
    const clock = createFakeClock();
    let listener: Parameters<Lookup['ask']>[1] | undefined;
    const late: Lookup = {
      known: () => undefined,
      ask(_host, asked) {
        listener = asked;
        return () => {};
      },
      close: () => {},
    };
    const target = keep(await startTcp());
    const refusing = '127.0.0.9';
    const reached = dialerBy(late, clock).dial({ host: 'db.test', port: target.port }, never);
    await clock.advance(10);
    listener?.onAddresses([{ address: refusing, family: 4 }], false);
    await clock.advance(50);
    listener?.onAddresses([{ address: '127.0.0.1', family: 4 }], true);
    const { socket, phases } = await reached;
    expect([socket.remoteAddress, phases.dnsMs]).toEqual(['127.0.0.1', 10]);
    await closed(socket);
  });
});

describe('denied addresses', () => {
  const denying = (lookup: Lookup, ...networks: string[]) => {
    const list = blockListOf(networks);
    return createDialer({ clock: systemClock, lookup, denied: () => list });
  };

  it.each([
    ['169.254.169.254', ['169.254.0.0/16'], true],
    ['169.253.0.1', ['169.254.0.0/16'], false],
    ['::ffff:169.254.169.254', ['169.254.0.0/16'], true],
    ['::ffff:a9fe:a9fe', ['169.254.0.0/16'], true],
    ['fe80::1', ['fe80::/10'], true],
    ['fe80::1%eth0', ['fe80::/10'], true],
    ['febf::1', ['fe80::/10'], true],
    ['fec0::1', ['fe80::/10'], false],
    ['10.0.0.1', ['10.0.0.1'], true],
    ['10.0.0.2', ['10.0.0.1'], false],
    ['2001:db8::1', ['2001:db8::1'], true],
    ['169.254.169.254', [], false],
  ])('%s with %j: %s', (address, networks, expected) => {
    expect(denying(keep(createLookup()), ...networks).denies(address)).toBe(expected);
  });

  it('are never connected to, by whatever name, in cleartext and TLS', async () => {
    const target = keep(await startTcp());
    const names = { 'A db.test': a('db.test', '127.0.0.1'), 'AAAA db.test': aaaa('db.test', '::ffff:127.0.0.1') };
    const dialer = denying(lookupBy(await nameServer(names), { hosts: '127.0.0.1 web' }), '127.0.0.0/8', '::1');
    for (const host of ['127.0.0.1', '::ffff:127.0.0.1', 'localhost', 'web', 'db.test']) {
      expect([host, await failing(dialer.dial({ host, port: target.port }, never))]).toEqual([host, 'ADDRESS_DENIED']);
      expect(await failing(dialer.dialTls({ host, port: target.port }, {}, never))).toBe('ADDRESS_DENIED');
    }
    expect(target.accepted).toBe(0);
  });

  it('leave the other addresses of a name', async () => {
    const port = await listenEverywhere();
    const both: DnsReply = ['127.0.0.1', '127.0.0.2'].map((data) => ({ type: 'A', name: 'db.test', data }));
    const dialer = denying(lookupBy(await nameServer({ 'A db.test': both })), '127.0.0.1');
    expect(await reach(dialer, 'db.test', port)).toBe('127.0.0.2');
  });
});

describe('TLS', () => {
  const trusting = () => ({ ca: certificates.ca, servername: 'localhost' });

  it('is timed apart', async () => {
    const target = keep(await startTls(certificates.server));
    const names = { 'A db.test': a('db.test', '127.0.0.1') };
    const dialer = dialerBy(lookupBy(await nameServer(names)));
    const { socket, phases } = await dialer.dialTls({ host: 'db.test', port: target.port }, trusting(), never);
    expect(phases).toEqual({ dnsMs: expect.any(Number), connectMs: expect.any(Number), tlsMs: expect.any(Number) });
    await closed(socket);
    await target.idle();
  });

  it.each<[string, () => Promise<Upstream>, string]>([
    ['closes in the handshake', () => startTcp((socket) => socket.end()), 'CONNECTION_CLOSED'],
    [
      'resets in the handshake',
      () => startTcp((socket) => socket.once('data', () => socket.resetAndDestroy())),
      'CONNECTION_RESET',
    ],
    ['speaks something else', () => startTcp((socket) => socket.end('220 mail\r\n')), 'TLS_FAILED'],
    ['has a certificate of another', () => startTls(certificates.untrustedServer), 'TLS_UNTRUSTED'],
  ])('of a target that %s', async (_what, start, code) => {
    const target = keep(await start());
    const dialer = dialerBy(keep(createLookup()));
    expect(await failing(dialer.dialTls({ host: '127.0.0.1', port: target.port }, trusting(), never))).toBe(code);
    await target.idle();
  });

  it('with options that cannot be leaves no connection', async () => {
    const target = keep(await startTcp());
    const dialer = dialerBy(keep(createLookup()));
    const tls = { ...trusting(), minVersion: 'TLSv9' as never };
    await expect(dialer.dialTls({ host: '127.0.0.1', port: target.port }, tls, never)).rejects.toThrow();
    await target.acceptedAtLeast(1);
    await target.idle();
  });
});

/** A port that is open on every IPv4 address of loopback. */
async function listenEverywhere(): Promise<number> {
  const { port } = await listenOn('0.0.0.0', 0);
  return port;
}

async function listenOn(host: string, port: number) {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    socket.on('error', () => {});
    socket.destroy();
  });
  server.listen(port, host);
  await once(server, 'listening');
  keep({ close: () => closeServer(server) });
  return {
    port: (server.address() as { port: number }).port,
    accepted: () => accepted,
    close: () => {},
  };
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

describe('what is left of a connection that is closed', () => {
  it.each(['cleartext', 'TLS'])('holds nothing of its run: %s', async (kind) => {
    const upstream = keep(await (kind === 'TLS' ? startTls(certificates.server) : startTcp()));
    const target = { host: '127.0.0.1', port: upstream.port };
    const dialer = dialerBy(createLookup());
    const dialing =
      kind === 'TLS'
        ? dialer.dialTls(target, { rejectUnauthorized: false, servername: 'localhost' }, never)
        : dialer.dial(target, never);
    const { socket } = await dialing;
    const owners = { data: () => {}, end: () => {}, close: () => {} };
    let closes = 0;
    socket.on('data', owners.data).on('end', owners.end).on('close', owners.close);
    socket.on('close', () => closes++);
    await closed(socket);
    // Whoever waited for the end heard of it.
    expect(closes).toBe(1);
    expect(socket.eventNames()).toEqual(['error']);
  });

  it('is one that takes an error for nothing', async () => {
    const upstream = keep(await startTcp());
    const { socket } = await dialerBy(createLookup()).dial({ host: '127.0.0.1', port: upstream.port }, never);
    await closed(socket);
    expect(socket.emit('error', new Error('late'))).toBe(true);
  });
});

it('asks once for each address whether it is denied, and of each list anew', async () => {
  const asked: string[] = [];
  let denied = new BlockList();
  const check = denied.check.bind(denied);
  const counted = (address: string, family?: 'ipv4' | 'ipv6') => {
    asked.push(address);
    return check(address, family);
  };
  Object.assign(denied, { check: counted });
  const dialer = createDialer({ clock: systemClock, lookup: createLookup(), denied: () => denied });
  expect([dialer.denies('10.0.0.1'), dialer.denies('10.0.0.1'), dialer.denies('fe80::1%lo')]).toEqual([
    false,
    false,
    false,
  ]);
  expect(asked).toEqual(['10.0.0.1', 'fe80::1']);
  denied = new BlockList();
  denied.addAddress('10.0.0.1');
  expect(dialer.denies('10.0.0.1')).toBe(true);
});
