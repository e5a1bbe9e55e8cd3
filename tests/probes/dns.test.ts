import { BlockList } from 'node:net';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DnsProbeSchema, DnsProbe_Rcode as Rcode, DnsProbe_Type as Type } from '../../gen/openk/config/v1/config_pb.ts';
import { Cancelled, DeadlineExceeded } from '../../src/core/probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { dnsProbe } from '../../src/probes/dns.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { look, probeContext, probeRun, verdict } from '../support/probe-run.ts';
import { type DnsUpstream, startDns } from '../support/upstreams/dns.ts';
import { unusedPort } from '../support/upstreams/tcp.ts';

type Options = MessageInitShape<typeof DnsProbeSchema>;

const options = (init: Options) => create(DnsProbeSchema, init);
const probe = (init: Options) => dnsProbe.create(options(init), probeContext());

let server: DnsUpstream;
const ask = (init: Options) => look(probe({ resolver: server.address, ...init }));

beforeAll(async () => {
  const ttl = 300;
  server = await startDns({
    'A web.example': [
      { type: 'A', name: 'web.example', ttl, data: '10.0.0.1' },
      { type: 'A', name: 'web.example', ttl, data: '10.0.0.2' },
    ],
    'A alias.example': [
      { type: 'CNAME', name: 'alias.example', ttl, data: 'web.example' },
      { type: 'A', name: 'web.example', ttl, data: '10.0.0.1' },
    ],
    'AAAA web.example': [{ type: 'AAAA', name: 'web.example', ttl, data: '2001:db8::1' }],
    'CNAME alias.example': [{ type: 'CNAME', name: 'alias.example', ttl, data: 'web.example' }],
    'MX example': [{ type: 'MX', name: 'example', ttl, data: { preference: 10, exchange: 'mail.example' } }],
    'NS example': [{ type: 'NS', name: 'example', ttl, data: 'ns1.example' }],
    'TXT example': [{ type: 'TXT', name: 'example', ttl, data: ['v=spf1 ', 'Include:a -all'] }],
    'TXT names.example': [{ type: 'TXT', name: 'names.example', ttl, data: 'city=Zürich' }],
    'SRV _x._tcp.example': [
      { type: 'SRV', name: '_x._tcp.example', ttl, data: { priority: 1, weight: 2, port: 443, target: 'web.example' } },
    ],
    'PTR 1.0.0.10.in-addr.arpa': [{ type: 'PTR', name: '1.0.0.10.in-addr.arpa', ttl, data: 'web.example' }],
    'CAA example': [
      {
        type: 'CAA',
        name: 'example',
        ttl,
        data: { flags: 0, tag: 'issue', value: 'letsencrypt.org', issuerCritical: false },
      },
      {
        type: 'CAA',
        name: 'example',
        ttl,
        data: { flags: 128, tag: 'iodef', value: 'mailto:a@example', issuerCritical: true },
      },
    ],
    'SOA example': [
      {
        ...{ type: 'SOA', name: 'example', ttl },
        data: { mname: 'ns1.example', rname: 'admin.example', serial: 7, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
    ],
    'A empty.example': [],
    'A failing.example': 'SERVFAIL',
    'A refused.example': 'REFUSED',
    'A garbage.example': 'garbage',
    'A silent.example': 'silence',
  });
});
afterAll(() => server.close());

it('asks no name server at an address that is denied', async () => {
  const denied = new BlockList();
  denied.addAddress('127.0.0.1');
  const lookup = createLookup();
  const dialer = createDialer({ clock: systemClock, lookup, denied: () => denied });
  const options = create(DnsProbeSchema, { name: 'web.example', resolver: server.address });
  const before = server.questions.length;
  expect(await verdict(dnsProbe.create(options, probeContext({ dialer })))).toBe('UNHEALTHY ADDRESS_DENIED');
  expect(server.questions).toHaveLength(before);
  lookup.close();
});

it('says how long the look-up took, and what came', async () => {
  expect(await ask({ name: 'web.example' })).toMatchObject({
    phases: { dnsMs: expect.any(Number) },
    reason: { evidence: 'came: 10.0.0.1, 10.0.0.2' },
  });
  const { reason } = await ask({ name: 'web.example', type: Type.AAAA });
  expect(reason.evidence).toBe('came: 2001:db8::1');
});

describe('answers', () => {
  it.each<[string, Options]>([
    ['A, by default', { name: 'web.example', expect: ['10.0.0.2', '10.0.0.1'] }],
    ['A, over an alias', { name: 'alias.example', type: Type.A, expect: ['10.0.0.1'] }],
    ['AAAA, however it is written', { name: 'web.example', type: Type.AAAA, expect: ['2001:DB8:0::0001'] }],
    ['CNAME', { name: 'alias.example', type: Type.CNAME, expect: ['Web.Example.'] }],
    ['MX', { name: 'example', type: Type.MX, expect: ['10 mail.example'] }],
    ['NS', { name: 'example', type: Type.NS, expect: ['ns1.example'] }],
    ['TXT, in parts', { name: 'example', type: Type.TXT, expect: ['v=spf1 Include:a -all'] }],
    ['TXT, in UTF-8', { name: 'names.example', type: Type.TXT, expect: ['city=Zürich'] }],
    ['SRV', { name: '_x._tcp.example', type: Type.SRV, expect: ['1 2 443 web.example'] }],
    ['CAA', { name: 'example', type: Type.CAA, expect: ['0 issue letsencrypt.org', '128 iodef mailto:a@example'] }],
    ['SOA, whole', { name: 'example', type: Type.SOA, expect: ['ns1.example admin.example 7 2 3 4 5'] }],
    ['SOA, its beginning', { name: 'example', type: Type.SOA, expect: ['NS1.example. admin.example'] }],
    ['an expected NXDOMAIN', { name: 'none.example', rcode: Rcode.NXDOMAIN }],
    ['an expected SERVFAIL', { name: 'failing.example', rcode: Rcode.SERVFAIL }],
    ['an expected REFUSED', { name: 'refused.example', rcode: Rcode.REFUSED }],
    ['an expected NOERROR', { name: 'web.example', rcode: Rcode.NOERROR }],
    ['PTR, of an address', { name: '10.0.0.1', type: Type.PTR, expect: ['web.example'] }],
    ['PTR, of a name', { name: '1.0.0.10.in-addr.arpa', type: Type.PTR, expect: ['web.example'] }],
  ])('%s', async (_what, init) => {
    expect(await ask(init)).toMatchObject({
      outcome: 'HEALTHY',
      reason: { code: 'OK' },
      latencyMs: expect.any(Number),
    });
  });

  it('are asked for anew in every run', async () => {
    const own = await startDns({ 'A a.example': [{ type: 'A', name: 'a.example', ttl: 300, data: '10.0.0.1' }] });
    const subject = probe({ name: 'a.example', resolver: own.address });
    for (let run = 0; run < 3; run++) expect((await subject.run(probeRun())).outcome).toBe('HEALTHY');
    expect(own.questions).toEqual(['A a.example', 'A a.example', 'A a.example']);
    await subject.close();
    await own.close();
  });

  it.each<[string, Options, string, string]>([
    [
      'lack an expected one',
      { name: 'web.example', expect: ['10.0.0.1', '10.0.0.9'] },
      'EXPECTATION_FAILED',
      'no A record of web.example is 10.0.0.9',
    ],
    ...(
      [
        ['web.example', 'NOERROR, expected NXDOMAIN', 'EXPECTATION_FAILED'],
        ['empty.example', 'NOERROR, expected NXDOMAIN', 'EXPECTATION_FAILED'],
      ] as const
    ).map(([name, what, code]): [string, Options, string, string] => [
      `exist (${name}), though they should not`,
      { name, rcode: Rcode.NXDOMAIN },
      code,
      `the name server answers ${what}`,
    ]),
    [
      'fail, where NXDOMAIN is expected',
      { name: 'failing.example', rcode: Rcode.NXDOMAIN },
      'DNS_FAILED',
      'the name server gives no answer (SERVFAIL)',
    ],
    [
      'lack a beginning of an SOA',
      { name: 'example', type: Type.SOA, expect: ['ns1.example admin.exampl'] },
      'EXPECTATION_FAILED',
      'no SOA record of example is ns1.example admin.exampl',
    ],
    ['do not exist', { name: 'none.example' }, 'DNS_NOT_FOUND', 'the name none.example does not exist'],
    ['are none of that type', { name: 'empty.example' }, 'DNS_NOT_FOUND', 'there is no A record of empty.example'],
    ['fail', { name: 'failing.example' }, 'DNS_FAILED', 'the name server gives no answer (SERVFAIL)'],
    ['are refused', { name: 'refused.example' }, 'DNS_FAILED', 'the name server gives no answer (REFUSED)'],
  ])('%s', async (_what, init, code, message) => {
    const { outcome, reason } = await ask(init);
    expect({ outcome, reason }).toMatchObject({ outcome: 'UNHEALTHY', reason: { code, message } });
  });
});

describe('the end of a run', () => {
  it.each(['silent.example', 'garbage.example'])(
    'with no answer about %s rejects with the reason of the signal',
    async (name) => {
      const own = await startDns({ [`A ${name}`]: name.startsWith('silent') ? 'silence' : 'garbage' });
      const subject = probe({ name, resolver: own.address });
      const before = process.getActiveResourcesInfo().length;
      const controller = new AbortController();
      const run = subject.run(probeRun(controller.signal));
      await own.asked();
      const reason = new DeadlineExceeded('too late');
      controller.abort(reason);
      await expect(run).rejects.toBe(reason);
      await subject.close();
      expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
      await own.close();
    },
  );

  it('before it began asks nothing', async () => {
    const reason = new Cancelled('no longer wanted');
    const asked = server.questions.length;
    const subject = probe({ name: 'web.example', resolver: server.address });
    await expect(subject.run(probeRun(AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(server.questions.length).toBe(asked);
    await subject.close();
  });
});

it('a name server that is not there', async () => {
  expect(await verdict(probe({ name: 'web.example', resolver: `127.0.0.1:${await unusedPort()}` }))).toBe(
    'UNHEALTHY DNS_FAILED',
  );
});

describe('the options', () => {
  it.each([
    ['10.0.0.53', '10.0.0.53'],
    ['10.0.0.53:5353', '10.0.0.53'],
    ['2001:DB8::53', '2001:db8::53'],
    ['[2001:DB8::53]:5353', '2001:db8::53'],
    ['', 'system-resolver'],
  ])('name the host: %j', (resolver, host) => {
    expect(dnsProbe.host(options({ name: 'a', resolver }))).toBe(host);
    if (resolver !== '') expect(() => probe({ name: 'a', resolver })).not.toThrow();
  });

  it.each<[Type, string, string]>([
    [Type.UNSPECIFIED, '::1', 'is no IPv4 address'],
    [Type.A, 'web.example', 'is no IPv4 address'],
    [Type.AAAA, '10.0.0.1', 'is no IPv6 address'],
    [Type.AAAA, 'fe80::1%eth0', 'is no IPv6 address'],
    [Type.MX, 'mail.example', 'is not of the form PRIORITY HOST'],
    [Type.SRV, '1 443 web.example', 'is not of the form PRIORITY WEIGHT PORT HOST'],
  ])('are checked: type %i, expected %s', (type, record, message) => {
    const wrong = options({ name: 'a', type, expect: [record] });
    expect(dnsProbe.check(wrong)).toEqual([{ path: ['expect', 0], message }]);
    expect(() => dnsProbe.create(wrong, probeContext())).toThrow(`dns.expect.0 ${message}`);
  });
});
