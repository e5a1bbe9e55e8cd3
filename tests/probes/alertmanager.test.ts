// What alerts of an Alertmanager come to: by their labels, over time, over restarts, and where something of them is missing.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { AlertmanagerProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { createAlertInbox, type InboxLimits } from '../../src/compose/alert-inbox.ts';
import { durationFromMs } from '../../src/config/duration.ts';
import type { AlertGroup } from '../../src/core/heard-alerts.ts';
import type { KeptChanges } from '../../src/core/store.ts';
import { alertmanagerProbe } from '../../src/probes/alertmanager.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { probeContext, probeRun } from '../support/probe-run.ts';
import { createPushes } from '../support/pushes.ts';

const TOKEN = 'token-of-alertmanager';
type Options = Exclude<MessageInitShape<typeof AlertmanagerProbeSchema>, { $typeName: string }>;
type Labels = Readonly<Record<string, string>>;

const group = (key: string, alerts: readonly Labels[], more: Partial<AlertGroup> = {}): AlertGroup => ({
  key,
  labels: {},
  firing: alerts.map((labels) => ({ fingerprint: JSON.stringify(labels), labels, summary: '' })),
  missing: 0,
  ...more,
});
const CRITICAL = { alertname: 'Down', severity: 'critical', team: 'shop' };
const WARNING = { alertname: 'Slow', severity: 'warning', team: 'shop' };
const WATCHDOG = group('dog', [{ alertname: 'Watchdog', severity: 'none' }]);

function rig(limits?: InboxLimits) {
  const clock = createFakeClock();
  const rows = new Map<string, string>();
  const world = { isFailing: false, writes: 0 };
  const store = {
    kept: async () => [...rows].map(([key, text]) => ({ key, text })),
    async keep({ texts }: KeptChanges) {
      world.writes++;
      if (world.isFailing) throw new Error('disk full');
      for (const [key, text] of texts) {
        if (text === undefined) rows.delete(key);
        else rows.set(key, text);
      }
    },
  };
  const open = () => createAlertInbox({ store, clock, ...(limits && { limits }) });
  let inbox = open();
  const probe = (options: Omit<Options, 'token'> = {}, pushes = createPushes()) =>
    alertmanagerProbe.create(
      create(AlertmanagerProbeSchema, { token: TOKEN, ...options }),
      probeContext({ clock, heardAlerts: inbox, push: pushes.push }),
    );
  return {
    clock,
    rows,
    world,
    probe,
    take: (said: AlertGroup | undefined, token = TOKEN) => inbox.take(token, said),
    knows: (token: string) => inbox.knows(token),
    restart() {
      inbox.close();
      inbox = open();
      return inbox.load();
    },
  };
}
const verdictOf = async (probe: ReturnType<ReturnType<typeof rig>['probe']>) => {
  const { outcome, reason } = await probe.run(probeRun());
  return `${outcome} ${reason.code}`;
};

const MATCH = { match: ['team=shop,env!=test', 'page'] };
it.each<[string, readonly Labels[], Omit<Options, 'token'>, string]>([
  ['nothing', [], {}, 'HEALTHY OK'],
  ['critical', [CRITICAL], {}, 'UNHEALTHY ALERT_FIRING'],
  ['a severity that is not known', [{ alertname: 'A', severity: 'odd' }], {}, 'UNHEALTHY ALERT_FIRING'],
  ['none at all', [{ alertname: 'A' }], {}, 'UNHEALTHY ALERT_FIRING'],
  ['warning', [WARNING], {}, 'DEGRADED ALERT_FIRING'],
  ['warning beside critical', [WARNING, CRITICAL], {}, 'UNHEALTHY ALERT_FIRING'],
  ['info', [{ alertname: 'A', severity: 'info' }], {}, 'HEALTHY OK'],
  ['those of somebody else', [{ ...CRITICAL, team: 'other' }], MATCH, 'HEALTHY OK'],
  ['all that a selector asks for', [CRITICAL], MATCH, 'UNHEALTHY ALERT_FIRING'],
  ['less than that', [{ ...CRITICAL, env: 'test' }], MATCH, 'HEALTHY OK'],
  ['another selector', [{ ...CRITICAL, env: 'test', page: 'yes' }], MATCH, 'UNHEALTHY ALERT_FIRING'],
  ['what is degraded here', [CRITICAL], { degraded: ['alertname=Down'] }, 'DEGRADED ALERT_FIRING'],
  ['what is ignored here', [CRITICAL], { ignored: ['team'] }, 'HEALTHY OK'],
])('%s', async (_name, alerts, options, verdict) => {
  const { probe, take } = rig();
  const one = probe(options);
  await take(WATCHDOG);
  await take(group('g', alerts));
  expect(await verdictOf(one)).toBe(verdict);
});

it('names what fires, in words that do not depend on the order', async () => {
  const { probe, take } = rig();
  const one = probe();
  const said = group('g', [CRITICAL, { ...CRITICAL, alertname: 'Broken' }]);
  for (const firing of [said.firing, said.firing.toReversed()]) {
    await take({ ...said, firing: firing.map((alert) => ({ ...alert, summary: 'it is' })) });
    expect((await one.run(probeRun())).reason).toEqual({
      code: 'ALERT_FIRING',
      message: 'the alert Broken fires',
      evidence: '2: Broken, it is; Down, it is',
    });
  }
});

it('is over when each group has said so, whatever came twice', async () => {
  const { probe, take } = rig();
  const one = probe();
  expect(await verdictOf(one)).toBe('UNKNOWN ALERTS_UNHEARD');
  for (const said of [group('a', [CRITICAL]), group('b', [CRITICAL]), group('a', [CRITICAL]), group('a', [])])
    await take(said);
  expect(await verdictOf(one)).toBe('UNHEALTHY ALERT_FIRING');
  await take(group('b', []));
  await take(group('b', []));
  expect(await verdictOf(one)).toBe('HEALTHY OK');
});

it('is pushed as soon as it is said, where it says something else', async () => {
  const { probe, take } = rig();
  const pushes = createPushes();
  const [one, other] = [probe({}, pushes), probe({ match: ['team=x'] })];
  // Also before anybody has looked: after a start that takes a while.
  await take(group('a', [CRITICAL]));
  await take(group('a', [CRITICAL]));
  await take(group('a', []));
  expect(pushes.all.map(({ outcome, decisive }) => [outcome, decisive])).toEqual([
    ['UNHEALTHY', true],
    ['HEALTHY', true],
  ]);
  await one.close();
  await take(group('a', [CRITICAL]));
  expect(pushes.all).toHaveLength(2);
  await other.close();
});

it('is not known of a sender that is silent, nor of what it does not repeat, which is forgotten in the end', async () => {
  const { probe, take, clock } = rig();
  const one = probe({ heardWithin: durationFromMs(60_000), repeatedWithin: durationFromMs(600_000) });
  await take(group('g', [CRITICAL]));
  await clock.advance(60_000);
  expect(await verdictOf(one)).toBe('UNHEALTHY ALERT_FIRING');
  await clock.advance(1);
  expect(await verdictOf(one)).toBe('UNKNOWN ALERTS_UNHEARD');
  await take(WATCHDOG);
  expect(await verdictOf(one)).toBe('UNHEALTHY ALERT_FIRING');
  await clock.advance(540_000);
  await take(WATCHDOG);
  expect(await verdictOf(one)).toBe('UNKNOWN ALERTS_NOT_REPEATED');
  await clock.advance(600_000);
  await take(WATCHDOG);
  expect(await verdictOf(one)).toBe('HEALTHY OK');
});

it('is not known while something was left out that may be about it', async () => {
  const { probe, take, clock } = rig();
  const [shop, other, all] = [probe({ match: ['team=shop'] }), probe({ match: ['team=other'] }), probe()];
  await take(group('g', [], { missing: 2, labels: { team: 'shop' } }));
  expect(await Promise.all([shop, other, all].map(verdictOf))).toEqual([
    'UNKNOWN ALERTS_MISSED',
    'HEALTHY OK',
    'UNKNOWN ALERTS_MISSED',
  ]);
  await take(group('g', [WARNING], { missing: 1 }));
  expect(await verdictOf(shop)).toBe('UNKNOWN ALERTS_MISSED');
  await take(group('g', [CRITICAL], { missing: 1 }));
  expect(await verdictOf(shop)).toBe('UNHEALTHY ALERT_FIRING');
  await take(group('g', []));
  expect(await verdictOf(shop)).toBe('HEALTHY OK');

  // What could not be taken is known once all that fires must have been said again.
  await take(undefined);
  expect(await verdictOf(shop)).toBe('UNKNOWN ALERTS_MISSED');
  await clock.advance(5 * 3_600_000 + 1);
  await take(WATCHDOG);
  expect(await verdictOf(shop)).toBe('HEALTHY OK');
});

it('is known after a restart, and forgotten with the last who asks for it', async () => {
  const { probe, take, restart, rows, knows } = rig();
  probe();
  await take(group('a', [CRITICAL]));
  await take(group('b', [WARNING]));
  await take(group('b', []));
  await restart();
  expect(knows(TOKEN)).toBe(false);
  const again = probe();
  expect(knows(TOKEN)).toBe(true);
  expect(await verdictOf(again)).toBe('UNHEALTHY ALERT_FIRING');
  expect([...rows.keys()].join()).not.toContain(TOKEN);
  await again.close();
  await take(WATCHDOG, 'somebody-else-here');
  expect([...rows.keys()].filter((key) => !key.startsWith([...rows.keys()].at(-1)!.split('/')[0]!))).toEqual([]);
});

it('that another version has written, or that is a month old, is none', async () => {
  const { probe, take, restart, rows, clock } = rig();
  probe();
  await take(group('a', [CRITICAL]));
  rows.set('x/y', '{').set('x', '[]').set('z/y', '{}');
  await clock.advance(31 * 86_400_000);
  await restart();
  expect(await verdictOf(probe())).toBe('UNKNOWN ALERTS_UNHEARD');
  await clock.advance(0);
  expect(rows.size).toBe(0);
});

it('for which there is no room makes the others unknown, and what cannot be kept is said and counts', async () => {
  const { probe, take, world } = rig({ groups: 2, chars: 2000 });
  const one = probe({ match: ['team=none'] });
  expect([
    await take(group('a', [CRITICAL])),
    await take(group('b', [CRITICAL])),
    await take(group('c', [CRITICAL])),
  ]).toEqual([true, true, false]);
  expect([await take(group('b', [WARNING])), await take(group('d', []))]).toEqual([true, true]);
  expect(await verdictOf(one)).toBe('UNKNOWN ALERTS_MISSED');
  expect(await take(group('a', [{ alertname: 'x'.repeat(2000) }]))).toBe(false);

  const kept = rig();
  const all = kept.probe();
  kept.world.isFailing = true;
  await expect(kept.take(group('a', [CRITICAL]))).rejects.toThrow('disk full');
  expect(await verdictOf(all)).toBe('UNHEALTHY ALERT_FIRING');
  kept.world.isFailing = false;
  await kept.take(WATCHDOG);
  await kept.restart();
  expect(await verdictOf(kept.probe())).toBe('UNHEALTHY ALERT_FIRING');
  expect(world.writes).toBeGreaterThan(0);
});

it('that comes all at once is written together', async () => {
  const { probe, take, world } = rig();
  probe();
  await Promise.all(Array.from({ length: 100 }, (_, at) => take(group(`g${at}`, [CRITICAL]))));
  expect(world.writes).toBeLessThanOrEqual(2);
});

it('has selectors that are some', () => {
  const faults = alertmanagerProbe.check(
    create(AlertmanagerProbeSchema, {
      token: TOKEN,
      match: ['a=b', 'a=~b', 'a!~b', 'a="b"'],
      degraded: ['=x'],
      ignored: ['a,,b'],
    }),
  );
  expect(faults.map(({ path }) => path)).toEqual([
    ['match', 1],
    ['match', 2],
    ['match', 3],
    ['degraded', 0],
    ['ignored', 0],
  ]);
});
