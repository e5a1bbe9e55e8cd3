// Echo requests by a program in the place of ping, which says what a test wants, and by the real one where it is there and may.

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { IcmpProbeSchema, IpFamily } from '../../gen/openk/config/v1/config_pb.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { icmpProbe } from '../../src/probes/icmp.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { createPinger, type Pinger } from '../../src/probes/ping.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { look, probeContext, probeRun } from '../support/probe-run.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { type DnsReply, startDns } from '../support/upstreams/dns.ts';

type Options = Exclude<MessageInitShape<typeof IcmpProbeSchema>, { $typeName: string }>;

const started: { close(): unknown }[] = [];
const made: TemporaryFiles[] = [];
afterEach(() => Promise.all(started.splice(0).map((thing) => thing.close())));
afterAll(() => {
  for (const files of made) files.remove();
});

/** A program ping that runs this script; `asked` is its arguments, one line each. */
function program(script: string) {
  const files = createTemporaryFiles();
  made.push(files);
  const log = files.write('asked', '');
  const path = files.path('.');
  chmodSync(files.write('ping', `#!/bin/sh\necho "$*" >>'${log}'\n${script}\n`), 0o755);
  return { path, asked: () => readFileSync(log, 'utf8').split('\n').filter(Boolean), files };
}
const ANSWER = 'echo "64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=7.5 ms"';

async function names(table: Readonly<Record<string, DnsReply>>): Promise<string> {
  const server = await startDns(table);
  started.push(server);
  return server.address;
}

function probeOf(options: Options, path: string, denied: readonly string[] = []) {
  const lookup = createLookup();
  started.push(lookup);
  const dialer = createDialer({ clock: systemClock, lookup, denied: () => blockListOf(denied) });
  const pinger = async (): Promise<Pinger> => createPinger({ clock: systemClock, path });
  return icmpProbe.create(create(IcmpProbeSchema, options), probeContext({ dialer, pinger }));
}

describe('the program', () => {
  it('is given an address and nothing else, and of the environment where programs are', async () => {
    const { path, asked } = program(`/usr/bin/env >"$0.env"; ${ANSWER}`);
    const observation = await look(probeOf({ target: '192.0.2.1' }, path));

    expect(observation).toEqual({
      outcome: 'HEALTHY',
      reason: { code: 'OK', message: 'answered' },
      latencyMs: 7.5,
      phases: { firstByteMs: 7.5 },
    });
    expect(asked()).toEqual(['-n -c 1 192.0.2.1']);
    const names = readFileSync(`${path}/ping.env`, 'utf8').match(/^\w+(?==)/gm) ?? [];
    // The shell that runs it adds some of its own.
    expect(names.filter((name) => !/^(PWD|OLDPWD|SHLVL|_)$/.test(name)).sort()).toEqual(['LC_ALL', 'PATH']);
  });

  it('that is not there, or may not be run, says nothing of the target', async () => {
    const { path, files } = program('');
    expect(await look(probeOf({ target: '192.0.2.1' }, files.path('nowhere')))).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'PING_UNAVAILABLE', message: expect.stringMatching(/iputils-ping/) },
    });
    chmodSync(files.path('ping'), 0o644);
    expect(await look(probeOf({ target: '192.0.2.1' }, path))).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'PING_UNAVAILABLE', message: expect.stringMatching(/may not run/) },
    });
  });

  it('is ended with its run, and what it says without an end is not kept', async () => {
    const { path, files } = program(`echo $$ >"$0.pid"; while :; do echo "${'x'.repeat(1000)}"; done`);
    const controller = new AbortController();
    const run = probeOf({ target: '192.0.2.1' }, path).run(probeRun(controller.signal));
    const pid = await (async () => {
      for (;;) {
        try {
          const text = readFileSync(files.path('ping.pid'), 'utf8');
          if (text.endsWith('\n')) return Number(text);
        } catch {}
        await new Promise(setImmediate);
      }
    })();
    const reason = new Error('out of time');
    controller.abort(reason);

    await expect(run).rejects.toBe(reason);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('runs no more often than is allowed at once, and who waits too long learns nothing', async () => {
    const { path, files } = program(`read -r _ <"$0.go"; ${ANSWER}`);
    spawnSync('mkfifo', [files.path('ping.go')]);
    const clock = createFakeClock();
    const pinger = createPinger({ clock, path, maxProcesses: 1 });
    const { signal } = new AbortController();
    const first = pinger.ping('192.0.2.1', { signal, waitMs: 100 });
    const second = pinger.ping('192.0.2.2', { signal, waitMs: 200 });
    const third = pinger.ping('192.0.2.3', { signal, waitMs: 100 });
    const refused = expect(third).rejects.toMatchObject({ code: 'OUT_OF_RESOURCES' });
    const given = new AbortController();
    const fourth = pinger.ping('192.0.2.4', { signal: given.signal, waitMs: 200 });
    given.abort(new Error('stopped'));
    await expect(fourth).rejects.toThrow('stopped');
    await clock.advance(100);
    await refused;
    // Writers of a pipe wait for its reader.
    for (const ping of [first, second]) {
      spawnSync('sh', ['-c', `echo >'${files.path('ping.go')}'`]);
      expect(await ping).toMatchObject({ kind: 'answered' });
    }
    expect(
      await Promise.race([pinger.ping('192.0.2.5', { signal: AbortSignal.abort(), waitMs: 1 }).catch(() => 'ended')]),
    ).toBe('ended');
  });
});

describe('the address', () => {
  const table: Readonly<Record<string, DnsReply>> = {
    'A both.test': [{ type: 'A', name: 'both.test', data: '192.0.2.4' }],
    'AAAA both.test': [{ type: 'AAAA', name: 'both.test', data: '2001:db8::6' }],
    'A four.test': [{ type: 'A', name: 'four.test', data: '192.0.2.4' }],
    'AAAA four.test': [],
    'A cloud.test': [{ type: 'A', name: 'cloud.test', data: '169.254.169.254' }],
    'AAAA cloud.test': [],
  };
  const noWay = `case "$4" in *:*) echo "ping: connect: Network is unreachable" >&2; exit 2;; esac; ${ANSWER}`;

  it.each<[string, Options, string, readonly string[], string]>([
    ['IPv6 first', { target: 'both.test' }, ANSWER, ['2001:db8::6'], 'HEALTHY OK'],
    ['the family', { target: 'both.test', ipFamily: IpFamily.IPV4 }, ANSWER, ['192.0.2.4'], 'HEALTHY OK'],
    [
      'the other family where there is no way',
      { target: 'both.test' },
      noWay,
      ['2001:db8::6', '192.0.2.4'],
      'HEALTHY OK',
    ],
    ['none of the family', { target: 'four.test', ipFamily: IpFamily.IPV6 }, ANSWER, [], 'UNHEALTHY DNS_NOT_FOUND'],
    ['no such name', { target: 'none.test' }, ANSWER, [], 'UNHEALTHY DNS_NOT_FOUND'],
    ['denied', { target: 'cloud.test' }, ANSWER, [], 'UNHEALTHY ADDRESS_DENIED'],
    ['denied as it is', { target: '169.254.169.254' }, ANSWER, [], 'UNHEALTHY ADDRESS_DENIED'],
    ['silent', { target: '192.0.2.4' }, 'exit 1', ['192.0.2.4'], 'UNHEALTHY NO_ECHO'],
    [
      'not to be reached',
      { target: '192.0.2.4' },
      'echo "From 192.0.2.9 icmp_seq=1 Time to live exceeded"; exit 1',
      ['192.0.2.4'],
      'UNHEALTHY HOST_UNREACHABLE',
    ],
  ])('%s', async (_name, options, script, addresses, verdict) => {
    const { path, asked } = program(script);
    const resolver = await names(table);
    const { outcome, reason, phases } = await look(probeOf({ ...options, resolver }, path, ['169.254.0.0/16']));

    expect(`${outcome} ${reason.code}`).toBe(verdict);
    expect(asked()).toEqual(addresses.map((address) => `-n -c 1 ${address}`));
    if (outcome === 'HEALTHY') expect(Object.keys(phases ?? {})).toEqual(['dnsMs', 'firstByteMs']);
  });

  it('is shown where a name was asked for', async () => {
    const { path } = program(ANSWER);
    const { reason } = await look(probeOf({ target: 'four.test', resolver: await names(table) }, path));
    expect(reason).toEqual({ code: 'OK', message: 'answered', evidence: 'asked 192.0.2.4' });
  });
});

it.each([
  // A name, which is looked up and never given to the program.
  ['-f', []],
  ['db:5432', ['target']],
  ['[::1]', ['target']],
  ['http://a/', ['target']],
  ['127.1', ['target']],
  ['a b', ['target']],
  ['::1', []],
  ['fe80::1%eth0', []],
  ['Db.Example.', []],
  ['münchen.example', []],
])('%s as a target', (target, path) => {
  expect(icmpProbe.check(create(IcmpProbeSchema, { target })).flatMap((fault) => fault.path)).toEqual(path);
});

const canPing = spawnSync('ping', ['-n', '-c', '1', '127.0.0.1']).status === 0;
const why = canPing ? '' : ' (skipped: there is no ping, or it may not)';
(canPing ? it : it.skip)(`the real ping asks loopback${why}`, async () => {
  for (const target of ['127.0.0.1', 'localhost']) {
    const observation = await look(probeOf({ target, ipFamily: IpFamily.IPV4 }, process.env.PATH ?? ''));
    expect(observation).toMatchObject({ outcome: 'HEALTHY', latencyMs: expect.any(Number) });
  }
});
