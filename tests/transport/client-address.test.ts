// Whose address a call has: the other end's, and whom trusted proxies speak for; the same one in logs, for limits and for
// admission, whatever way the call takes.
import '../support/one-realm.ts';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createAnonymous } from '../../src/auth/principal.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { createAdmission } from '../../src/transport/admission.ts';
import { createClientAddressOf, type PeerSocket } from '../../src/transport/client-address.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { startServer, type TestServer, TRANSPORTS } from './harness.ts';

const PROXY = '10.0.0.1';
const TRUSTED = blockListOf(['10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.7']);
const from = (remoteAddress: string | undefined): PeerSocket => ({ remoteAddress });

describe('over a connection from a trusted proxy', () => {
  const addressOf = createClientAddressOf(TRUSTED);
  it.each([
    ['one client', '198.51.100.4', '198.51.100.4'],
    ['the last of several: what came before anybody may have sent', '192.0.2.1, 198.51.100.4', '198.51.100.4'],
    ['no blanks', '192.0.2.1,198.51.100.4', '198.51.100.4'],
    ['behind two proxies', '198.51.100.4, 10.1.1.1', '198.51.100.4'],
    ['behind proxies of both families', '198.51.100.4, 2001:db8:ffff::5, 192.0.2.7', '198.51.100.4'],
    ['nobody but proxies: the first', '10.1.1.3, 10.1.1.2', '10.1.1.3'],
    ['a port', '198.51.100.4:50123', '198.51.100.4'],
    ['IPv6', '2001:db8::4', '2001:db8::4'],
    ['IPv6 in another spelling', '2001:DB8:0:0::0004', '2001:db8::4'],
    ['brackets', '[2001:db8::4]', '2001:db8::4'],
    ['brackets and a port', '[2001:db8::4]:443', '2001:db8::4'],
    ['a zone', 'fe80::1%eth7', 'fe80::1'],
    ['IPv4 in IPv6', '::ffff:198.51.100.4', '198.51.100.4'],
    ['IPv4 in IPv6, as hexadecimal', '::ffff:c633:6404', '198.51.100.4'],
    ['a proxy as IPv4 in IPv6', '198.51.100.4, ::ffff:10.1.1.1', '198.51.100.4'],
    ['nothing', '', PROXY],
    ['no header', undefined, PROXY],
    ['a comma', ',', PROXY],
    ['a word', 'unknown', PROXY],
    ['a name of RFC 7239', '_hidden', PROXY],
    ['IPv4 in brackets', '[198.51.100.4]', PROXY],
    ['octal', '0306.51.100.4', PROXY],
    ['a number', '3325256708', PROXY],
    ['a port of letters', '198.51.100.4:http', PROXY],
    ['what follows a word', '198.51.100.4, unknown', PROXY],
    ['a proxy behind a word', 'unknown, 10.1.1.1', '10.1.1.1'],
    ['several lines, where somebody gives them as a list', ['192.0.2.1', '198.51.100.4'], '198.51.100.4'],
    ['a header longer than any that is remembered', `${'192.0.2.1, '.repeat(50)}198.51.100.4`, '198.51.100.4'],
    ['more proxies than anybody has', '10.1.1.1, '.repeat(5_000).slice(0, -2), '10.1.1.1'],
  ])('%s', (_case, header, expected) => {
    const headers = header === undefined ? {} : { 'x-forwarded-for': header as string };
    expect(addressOf(from(PROXY), headers)).toBe(expected);
    expect(addressOf(from(`::ffff:${PROXY}`), headers)).toBe(expected);
  });

  it('never throws, and says an address', () => {
    const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.2', '[::1]:80', ''));
    fc.assert(
      fc.property(fc.array(text), (nodes) => {
        const header = nodes.join(', ');
        expect(addressOf(from(PROXY), { 'x-forwarded-for': header })).toMatch(/^[0-9a-f.:]+$/);
      }),
    );
  });
});

describe('over any other connection', () => {
  const headers = { 'x-forwarded-for': '198.51.100.4' };
  it.each([
    ['of a stranger', TRUSTED, '203.0.113.9', '203.0.113.9'],
    ['of a stranger to a port of both families', TRUSTED, '::ffff:203.0.113.9', '203.0.113.9'],
    ['where there are no proxies', undefined, PROXY, PROXY],
    ['that is gone', TRUSTED, undefined, undefined],
    ['that is gone, where there are no proxies', undefined, undefined, undefined],
  ])('%s the header says nothing', (_case, trusted, remoteAddress, expected) => {
    expect(createClientAddressOf(trusted)(from(remoteAddress), headers)).toBe(expected);
  });

  it('that Node has no socket for any more there is no address', () => {
    expect(createClientAddressOf(TRUSTED)(undefined, headers)).toBeUndefined();
  });
});

describe.each([true, false])('with pipeline: %s', (pipeline) => {
  let test: TestServer | undefined;
  let openk: RunningOpenk | undefined;
  afterEach(async () => {
    await test?.server.close();
    await openk?.close();
    test = openk = undefined;
  });
  const FORWARDED = { 'x-forwarded-for': ['203.0.113.1', '198.51.100.4'] };
  const PATHS = ['/v1/components/echo/health', '/metrics', '/openk.health.v1.HealthService/GetHealth'];

  it.each(TRANSPORTS)('admission is given it over %s, from all lines of the header', async (transport) => {
    const peers: unknown[] = [];
    const principal = createAnonymous({ allow: ['ADMIN'] });
    test = await startServer(transport, {
      pipeline,
      trustedProxies: blockListOf(['127.0.0.1']),
      metricsText: async function* () {},
      admission: createAdmission(
        ({ peer }) => {
          peers.push(peer);
          return { ok: true, principal };
        },
        () => 'READ',
      ),
    });
    const session = await openHttp2(test.url, test.ca);
    const http1 = await openRawSocket(test.url, { ...(test.ca !== undefined && { ca: test.ca }) });
    for (const path of PATHS) {
      const isMethod = path.startsWith('/openk');
      const body = isMethod ? '{"component":"echo"}' : undefined;
      const method = { ':method': isMethod ? 'POST' : 'GET', 'content-type': 'application/json' };
      await ask(session, { ':path': path, ...method, ...FORWARDED }, body);
      http1.write(
        [
          `${isMethod ? 'POST' : 'GET'} ${path} HTTP/1.1`,
          'host: localhost',
          'x-forwarded-for: 203.0.113.1',
          'X-Forwarded-For: 198.51.100.4',
          ...(isMethod ? ['content-type: application/json', `content-length: ${body?.length}`] : []),
          `\r\n${body ?? ''}`,
        ].join('\r\n'),
      );
      await http1.received(new RegExp(`(?:HTTP/1.1 200[^]*){${PATHS.indexOf(path) + 1}}`));
    }
    expect(peers).toEqual(Array.from({ length: 6 }, () => '198.51.100.4'));
    session.destroy();
    http1.destroy();
  });

  it('the log says it', async () => {
    openk = await runOpenk(
      `{ server: { pipeline: ${pipeline}, trusted_proxies: [127.0.0.0/8] }, components: [ { id: job, heartbeat: { period: 1h } } ] }`,
    );
    const session = await openHttp2(openk.address, undefined);
    await ask(session, { ':path': '/v1/components/nothing/health', ...FORWARDED });
    const post = { ':method': 'POST', 'content-type': 'application/json', ...FORWARDED };
    await ask(session, { ':path': '/openk.health.v1.HealthService/GetHealth', ...post }, '{"component":"nothing"}');
    await ask(session, { ':path': '/openk.health.v1.HealthService/Nothing', ...post }, '{}');
    session.destroy();
    const calls = openk.log.filter(({ msg }) => msg === 'call');
    expect(calls.map(({ peer }) => peer)).toEqual(['198.51.100.4', '198.51.100.4', '198.51.100.4']);
  });
});
