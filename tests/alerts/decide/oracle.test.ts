// The decider of alerts against an oracle that looks at every second of a random history: the same opens and ends, over
// dependencies, groups, silences, maintenance, UNKNOWN and restarts; and what holds of every history.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createAlerter } from '../../../src/alerts/decide/alerter.ts';
import type { AlertChanges, AlertRoute, AlertSettings, SavedAlert, SavedAlerting } from '../../../src/core/alert.ts';
import { tableOfRoutes } from '../../../src/core/alert-routes.ts';
import type { Alerter } from '../../../src/core/alerter.ts';
import type { ComponentDefinition } from '../../../src/core/definition.ts';
import { compileGraph } from '../../../src/core/graph.ts';
import type { Health } from '../../../src/core/health.ts';
import type { Status } from '../../../src/core/status.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { expectedEvents, type OracleWorld } from './oracle.ts';

const SECONDS = 200;
const START_MS = 1_800_000_000_000;
const IDS = ['root', 'mid', 'leaf', 'other', 'group', 'system'];
const DEPENDS: Readonly<Record<string, readonly string[]>> = { mid: ['root'], leaf: ['mid', 'root'] };
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  group: ['leaf', 'other'],
  system: ['group', 'root', 'mid'],
};
const RECOVERY = { root: 6, mid: 6, leaf: 6, other: 6, group: 6, system: 6 };
const LEAVES = ['root', 'mid', 'leaf', 'other'];

const definitions = IDS.map((id): ComponentDefinition => {
  const schedule = {
    intervalMs: 5_000,
    unhealthyIntervalMs: 5_000,
    timeoutMs: 1_000,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    staleAfterMs: 60_000,
  };
  const members = (MEMBERS[id] ?? []).map((component) => ({ component, impact: 'CRITICAL' as const, weight: 1 }));
  return {
    id,
    labels: {},
    dependsOn: DEPENDS[id] ?? [],
    servingWhenDegraded: true,
    subject:
      id in MEMBERS
        ? { type: 'group', rule: { kind: 'worst' }, members }
        : { type: 'probe', kind: 'tcp', options: {}, fingerprint: '', schedule },
  };
});
const compiled = compileGraph({ rootId: 'system', components: definitions });
if (!compiled.ok) throw new Error(compiled.faults[0]!.message);
const { graph } = compiled;

interface History {
  readonly routes: readonly AlertRoute[];
  /** Statuses by second and id; groups follow. */
  readonly statuses: readonly Readonly<Record<string, Status>>[];
  readonly silences: readonly { readonly id: string; readonly from: number; readonly until: number }[];
  readonly restarts: ReadonlySet<number>;
}

const route = fc
  .record({
    on: fc.constantFrom<readonly Status[]>(['UNHEALTHY'], ['UNHEALTHY', 'UNKNOWN']),
    forMs: fc.constantFrom(0, 4_000, 15_000),
    resolveAfterMs: fc.constantFrom(0, 7_000),
    groupBy: fc.constantFrom<'CAUSE' | 'COMPONENT'>('CAUSE', 'COMPONENT'),
  })
  .map(
    (some): AlertRoute => ({
      ...some,
      id: 'all',
      match: { groups: [], severities: [] },
      to: ['hook'],
      escalations: [],
      isContinued: true,
      flapping: { changes: 0, withinMs: 60_000 },
    }),
  );
const second = fc.integer({ min: 1, max: SECONDS - 60 });
const history = fc
  .record({
    routes: fc.array(route, { minLength: 1, maxLength: 2 }),
    changes: fc.array(
      fc.record({
        at: second,
        id: fc.constantFrom(...LEAVES),
        status: fc.constantFrom<Status>('HEALTHY', 'UNHEALTHY', 'UNHEALTHY', 'UNKNOWN', 'MAINTENANCE'),
      }),
      { maxLength: 25 },
    ),
    silences: fc.array(
      fc.record({ id: fc.constantFrom(...IDS), from: second, length: fc.integer({ min: 1, max: 40 }) }),
      { maxLength: 2 },
    ),
    restarts: fc.array(second, { maxLength: 2 }),
  })
  .map(({ routes, changes, silences, restarts }): History => {
    const own: Record<string, Status> = Object.fromEntries(LEAVES.map((id) => [id, 'HEALTHY']));
    const statuses = Array.from({ length: SECONDS + 1 }, (_, at) => {
      for (const one of changes) if (one.at === at) own[one.id] = one.status;
      // At its end all is good.
      if (at >= SECONDS - 50) for (const id of LEAVES) own[id] = 'HEALTHY';
      const all = { ...own };
      for (const [group, members] of Object.entries(MEMBERS)) all[group] = worst(members.map((member) => all[member]!));
      return all;
    });
    return {
      routes: routes.map((one, at) => ({ ...one, id: `r${at}` })),
      statuses,
      silences: silences.map(({ id, from, length }) => ({ id, from, until: from + length })),
      restarts: new Set(restarts),
    };
  });

function worst(statuses: readonly Status[]): Status {
  const counted = statuses.filter((status) => status !== 'MAINTENANCE');
  if (counted.length === 0) return 'MAINTENANCE';
  if (counted.includes('UNHEALTHY')) return 'UNHEALTHY';
  return counted.includes('UNKNOWN') ? 'UNKNOWN' : 'HEALTHY';
}

function healthAt({ statuses }: History, at: number, id: string): Health {
  const status = statuses[at]![id]!;
  let since = at;
  while (since > 0 && statuses[since - 1]![id] === status) since--;
  const causedBy = (DEPENDS[id] ?? []).filter((one) => status === 'UNHEALTHY' && statuses[at]![one] === 'UNHEALTHY');
  const reason = { code: status, message: status };
  return { component: id, status, sinceMs: START_MS + since * 1_000, reason, causedBy, revision: at };
}

/** What the decider makes of it, in the words of the oracle. */
function run(world: History): {
  /** Those of one second by their names. */
  readonly events: string[];
  readonly inOrder: string[];
  readonly left: readonly SavedAlert[];
} {
  const settings: AlertSettings = {
    routes: world.routes,
    table: atOnce(tableOfRoutes(world.routes, definitions)),
    channels: [{ id: 'hook', kind: 'webhook', timeoutMs: 1, options: {}, fingerprint: '' }],
    denyAddresses: [],
  };
  const kept = new Map<string, SavedAlert>();
  let saved: SavedAlerting = {
    alerts: [],
    lastDeliveryNumber: 0,
    suspensions: world.silences.map(({ id, from, until }, at) => ({
      id: `s${at}`,
      kind: 'SILENCE',
      selector: `id=${id}`,
      fromMs: START_MS + from * 1_000,
      untilMs: START_MS + until * 1_000,
      author: 'me',
      reason: 'x',
      createdMs: START_MS,
    })),
  };
  const bySecond = new Map<number, string[]>();
  const take = (changes: AlertChanges | undefined) => {
    if (changes === undefined) return;
    for (const one of changes.alerts) {
      if (one.alert.state === 'RESOLVED') kept.delete(one.alert.id);
      else kept.set(one.alert.id, JSON.parse(JSON.stringify(one)));
    }
    for (const id of changes.forgotten) kept.delete(id);
    for (const { message, number } of changes.deliveries) {
      saved = { ...saved, lastDeliveryNumber: number };
      const at = (message.atMs - START_MS) / 1_000;
      const event = `${message.type.replace('alert.', '')} ${message.alert.route} ${message.alert.component}`;
      if (message.type !== 'alert.updated') bySecond.set(at, [...(bySecond.get(at) ?? []), event]);
    }
  };
  let alerter: Alerter | undefined;
  for (let at = 0; at <= SECONDS; at++) {
    const atMs = START_MS + at * 1_000;
    const input = { atMs, presentMs: atMs, isOffline: false };
    if (alerter === undefined || world.restarts.has(at)) {
      if (alerter !== undefined) take(alerter.take({ ...input, changed: [] }));
      alerter = createAlerter({ saved: { ...saved, alerts: [...kept.values()] }, incarnation: at });
      const health = (index: number) => healthAt(world, at, IDS[index]!);
      take(alerter.take({ ...input, changed: [], structure: { graph, settings, health } }));
      continue;
    }
    const changed = IDS.map((id) => healthAt(world, at, id)).filter((now) => {
      const before = healthAt(world, at - 1, now.component);
      return before.status !== now.status || before.causedBy.join() !== now.causedBy.join();
    });
    if (changed.length > 0 || alerter.dueMs <= atMs) take(alerter.take({ ...input, changed }));
  }
  const listed = (ordered: (some: string[]) => string[]) =>
    [...bySecond].flatMap(([at, some]) => ordered(some).map((one) => `${at} ${one}`));
  return { events: listed((some) => some.toSorted()), inOrder: listed((some) => some), left: [...kept.values()] };
}

function oracleOf(world: History): OracleWorld {
  return {
    ids: IDS,
    routes: world.routes,
    members: MEMBERS,
    dependent: new Set(Object.keys(DEPENDS)),
    recovery: RECOVERY,
    lastSecond: SECONDS,
    look(at, id) {
      const { status, sinceMs, causedBy } = healthAt(world, at, id);
      return { status, since: (sinceMs - START_MS) / 1_000, isCaused: causedBy.length > 0 };
    },
    isSilenced: (at, id) => world.silences.some((one) => one.id === id && one.from <= at && at < one.until),
    isRestarted: (at) => world.restarts.has(at),
  };
}

it('opens and ends what the oracle says, in any history', () => {
  fc.assert(
    fc.property(history, (world) => {
      expect(run(world).events).toEqual(expectedEvents(oracleOf(world)));
    }),
    { numRuns: 250 },
  );
});

it('leaves no open without an end, no end without an open, and never two opens of the same', () => {
  fc.assert(
    fc.property(history, (world) => {
      const { inOrder, left } = run(world);
      expect(left).toEqual([]);
      const open = new Set<string>();
      for (const event of inOrder) {
        const [, type, ...rest] = event.split(' ');
        const key = rest.join(' ');
        expect(open.has(key)).toBe(type === 'resolved');
        if (type === 'opened') open.add(key);
        else open.delete(key);
      }
      expect([...open]).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
