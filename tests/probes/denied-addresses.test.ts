// The link-local networks that no probe connects to unless the configuration says otherwise: exactly those, in whatever form
// an address is written, and whether a target names it or its name leads there.
import { Resolver } from 'node:dns/promises';
import { create } from '@bufbuild/protobuf';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { HttpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { DEFAULT_DENY_ADDRESSES } from '../../src/config/compile/defaults.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { AddressDenied } from '../../src/probes/addresses.ts';
import { createDialer, type Dialer } from '../../src/probes/dial.ts';
import { httpProbe } from '../../src/probes/http.ts';
import { createLookup, type Lookup } from '../../src/probes/lookup.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { probeContext, verdict } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { type DnsReply, startDns } from '../support/upstreams/dns.ts';

const started: { close(): unknown }[] = [];
const files = createTemporaryFiles();
const never = new AbortController().signal;

afterEach(async () => {
  await Promise.all(started.splice(0).map((thing) => thing.close()));
});
afterAll(() => files.remove());

/** Whom no name server helps, unless `table` has names. */
async function dialerOf({
  table = {},
  hosts = '',
}: {
  table?: Record<string, DnsReply>;
  hosts?: string;
} = {}): Promise<Dialer> {
  const server = await startDns(table);
  const createResolver = () => {
    const resolver = new Resolver({ timeout: 1000, tries: 4 });
    resolver.setServers([server.address]);
    return resolver;
  };
  const hostsFile = files.write('hosts', hosts);
  const lookup: Lookup = createLookup({ createResolver, hostsFile, resolvConf: '/nowhere' });
  started.push(server, lookup);
  const list = blockListOf(DEFAULT_DENY_ADDRESSES);
  return createDialer({ clock: systemClock, lookup, denied: () => list });
}

const DENIED = [
  // The whole of 169.254.0.0/16, from its first address to its last.
  '169.254.0.0',
  '169.254.0.1',
  '169.254.169.254',
  '169.254.255.255',
  // As IPv6 has them.
  '::ffff:169.254.0.0',
  '::ffff:169.254.169.254',
  '::ffff:169.254.255.255',
  '::ffff:a9fe:0',
  '::ffff:a9fe:a9fe',
  '::FFFF:A9FE:FFFF',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '0000:0000:0000:0000:0000:ffff:169.254.169.254',
  // The whole of fe80::/10.
  'fe80::',
  'fe80::1',
  'FE80::A',
  'fe80::1%eth0',
  'fe80::1%2',
  'fe90::1',
  'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];
const ALLOWED = [
  '169.253.255.255',
  '169.255.0.0',
  '168.254.169.254',
  '::ffff:169.253.255.255',
  '::ffff:a9fd:ffff',
  '::ffff:169.255.0.0',
  '::ffff:a9ff:0',
  'fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  'fec0::',
  'ff02::1',
  'a9fe::1',
  '::1',
  '127.0.0.1',
];

it.each([...DENIED.map((address) => [address, true] as const), ...ALLOWED.map((address) => [address, false] as const)])(
  '%s is denied: %s',
  async (address, expected) => {
    expect((await dialerOf()).denies(address)).toBe(expected);
  },
);

describe.each(DENIED)('%s is not connected to', (address) => {
  const plain = address.replace(/%.*/, '');
  const type = address.includes(':') ? 'AAAA' : 'A';

  it.each<[string, string, Parameters<typeof dialerOf>[0]]>([
    ['as a target', address, {}],
    [
      'by a name of the name server',
      'db.test',
      { table: { [`${type} db.test`]: [{ type, name: 'db.test', data: plain }] } },
    ],
    ['by a name of the hosts file', 'db', { hosts: `${address} db\n` }],
  ])('%s', async (_how, host, names) => {
    const dialer = await dialerOf(names);
    const target = { host, port: 80 };
    await expect(dialer.dial(target, never)).rejects.toBeInstanceOf(AddressDenied);
    await expect(dialer.dialTls(target, {}, never)).rejects.toBeInstanceOf(AddressDenied);
  });
});

it.each([
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[fe80::1]',
  // Numbers that URLs take for an IPv4 address.
  '2852039166',
  '0xa9fea9fe',
  '0xA9.0376.43518',
  '169.254.43518',
  '１６９。２５４。１６９。２５４',
])('a URL with the host %s is not asked', async (host) => {
  const url = `http://${host}/latest/meta-data/`;
  const context = probeContext({ dialer: await dialerOf() });
  const probe = httpProbe.create(create(HttpProbeSchema, { url }), context);
  expect(await verdict(probe)).toBe('UNHEALTHY ADDRESS_DENIED');
});
