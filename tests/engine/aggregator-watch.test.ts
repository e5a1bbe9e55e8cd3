import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import type { Health } from '../../src/core/health.ts';
import { currentOrNextPeriod } from '../../src/core/maintenance.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Status } from '../../src/core/status.ts';
import type { Aggregator } from '../../src/engine/aggregator.ts';
import { observations, outcomes, systems } from '../support/arbitraries.ts';
import { heartbeat, probe, windows } from '../support/definitions.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { causedByDesign, conditionByDesign, definitionOf, type Facts, statusByDesign } from '../support/oracle.ts';
import { createAggregatorWorld, START_MS } from './aggregator-world.ts';

const POOL = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];
const seconds = (number: number) => number * 1_000;

/** Thresholds go with the id, since the model judges a history by those of today. */
const leaf = (id: string): fc.Arbitrary<ComponentDefinition> => {
  const at = POOL.indexOf(id);
  const thresholds = { healthyThreshold: 1 + (at % 3), unhealthyThreshold: 3 - (at % 2) };
  const probes = fc
    .record({ staleAfterMs: fc.constantFrom(seconds(20), seconds(35)), fingerprint: fc.constantFrom('one', 'another') })
    .map(({ fingerprint, staleAfterMs }) => probe(id, { fingerprint, schedule: { staleAfterMs, ...thresholds } }));
  const beats = fc.constantFrom(0, seconds(7)).map((graceMs) => heartbeat(id, { periodMs: seconds(15), graceMs }));
  return fc.oneof({ weight: 2, arbitrary: probes }, { weight: 1, arbitrary: beats });
};

function planOf([from, length]: readonly [number, number]) {
  const fromMs = START_MS + seconds(from);
  return windows([fromMs, fromMs + seconds(length)]);
}

/** Some of the components with a plan for maintenance within the first minutes. */
const plannedSystems: fc.Arbitrary<SystemDefinition> = fc
  .tuple(
    systems({ leaf, pool: POOL }),
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.tuple(fc.integer({ min: -10, max: 100 }), fc.integer({ min: 1, max: 60 })).map(planOf),
        },
      ),
      { minLength: POOL.length + 1, maxLength: POOL.length + 1 },
    ),
  )
  .map(([definition, plans]) => ({
    ...definition,
    components: definition.components.map((component, at) => {
      const maintenance = plans[at];
      return maintenance ? { ...component, maintenance } : component;
    }),
  }));

const picks = fc.nat({ max: POOL.length });
const steps = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constant('observe' as const), id: picks, observation: observations }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('report' as const), id: picks, outcome: outcomes }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), to: fc.nat({ max: 2 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('poll' as const), watcher: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), watcher: fc.nat() }) },
  ),
  { minLength: 10, maxLength: 40 },
);

/** What the aggregator must come to: for each component what was seen of it, judged from nothing whenever it is asked. */
function createModel(clock: FakeClock) {
  interface Seen {
    readonly definition: ComponentDefinition;
    history: Observation[];
    atMs?: number;
  }
  let system: SystemDefinition;
  let seen = new Map<string, Seen>();
  const isTooOld = ({ definition: { subject }, atMs }: Seen) => {
    if (atMs === undefined || subject.type === 'group') return false;
    if ('calendar' in subject) throw new Error('there is no calendar here');
    const limitMs = subject.type === 'probe' ? subject.schedule.staleAfterMs : subject.periodMs + subject.graceMs;
    return clock.monotonicMs() - atMs >= limitMs;
  };
  const conditionOf = (id: string) => {
    const one = seen.get(id)!;
    const { subject } = one.definition;
    if (isTooOld(one)) return { status: subject.type === 'probe' ? ('UNKNOWN' as const) : ('UNHEALTHY' as const) };
    if (subject.type !== 'probe') return { status: one.history.at(-1)?.outcome ?? ('UNKNOWN' as const) };
    const { healthyThreshold: healthy, unhealthyThreshold: unhealthy } = subject.schedule;
    return conditionByDesign(one.history, { healthy, unhealthy });
  };
  const facts: Facts = {
    own: (id) => conditionOf(id).status,
    inMaintenance(id) {
      const nowMs = clock.nowMs();
      const { maintenance } = definitionOf(system, id);
      const period = maintenance && currentOrNextPeriod(maintenance, nowMs);
      return period !== undefined && period.fromMs <= nowMs;
    },
  };
  const isSame = ({ subject: a }: ComponentDefinition, { subject: b }: ComponentDefinition) =>
    a.type === 'probe' && b.type === 'probe' ? a.fingerprint === b.fingerprint : a.type === b.type;

  return {
    load(next: SystemDefinition) {
      const before = seen;
      system = next;
      seen = new Map(
        next.components.map((definition): [string, Seen] => {
          const known = before.get(definition.id);
          if (known && isSame(known.definition, definition)) return [definition.id, { ...known, definition }];
          // A heartbeat is waited for from when it was first there.
          const waited = definition.subject.type === 'heartbeat' ? { atMs: clock.monotonicMs() } : {};
          return [definition.id, { definition, history: [], ...waited }];
        }),
      );
    },
    see(id: string, observation: Observation, type: 'probe' | 'heartbeat') {
      const one = seen.get(id);
      if (one === undefined || one.definition.subject.type !== type) return;
      one.history = [...(isTooOld(one) ? [] : one.history), observation];
      one.atMs = clock.monotonicMs();
    },
    ids: () => [...seen.keys()].toSorted(),
    /** As far as the design settles it. */
    health(id: string) {
      const status = statusByDesign(system, id, facts);
      const condition = conditionOf(id);
      const { subject } = definitionOf(system, id);
      const isPending = 'pending' in condition && !facts.inMaintenance(id) && condition.pending !== undefined;
      return {
        status,
        causedBy: causedByDesign(system, id, facts),
        pending: isPending ? `${condition.pending.status} ${condition.pending.count}` : undefined,
        members:
          subject.type === 'group'
            ? subject.members.map(({ component }) => statusByDesign(system, component, facts)).toSorted()
            : undefined,
      };
    },
  };
}

function settledHealth(health: Health) {
  const { status, causedBy, pending, memberCounts: counts } = health;
  const list = (one: Status, number: number) => Array.from({ length: number }, () => one);
  return {
    status,
    causedBy,
    pending: pending && `${pending.status} ${pending.count}`,
    members:
      counts &&
      [
        ...list('HEALTHY', counts.healthy),
        ...list('DEGRADED', counts.degraded),
        ...list('UNHEALTHY', counts.unhealthy),
        ...list('UNKNOWN', counts.unknown),
        ...list('MAINTENANCE', counts.maintenance),
      ].toSorted(),
  };
}

/** Without what moves with no change: when it was looked at last, and how long that took. */
function told(health: Health | undefined) {
  if (health === undefined) return undefined;
  const { checkedAtMs: _checkedAtMs, latencyMs: _latencyMs, ...rest } = health;
  return rest;
}

/** Keeps a copy of what it watches by reading changes now and then. */
function createWatcher(aggregator: Aggregator, ids: ReadonlySet<string> | undefined) {
  let copy = new Map<string, Health>();
  let revision = 0;
  const watched = () => [...(ids ?? aggregator.ids())];
  const takeSnapshot = () => {
    copy = new Map(watched().flatMap((id) => (aggregator.health(id) ? [[id, aggregator.health(id)!]] : [])));
    revision = aggregator.revision;
  };
  takeSnapshot();
  return {
    ids,
    takeSnapshot,
    poll() {
      const changes = aggregator.changesSince(revision, ids);
      if (changes === undefined) return takeSnapshot();
      const revisions = changes.changed.map((health) => health.revision);
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
      expect(revisions.every((one) => one > revision && one <= changes.revision)).toBe(true);
      for (const health of changes.changed) copy.set(health.component, health);
      for (const id of changes.removed) copy.delete(id);
      revision = changes.revision;
    },
    expectWhatTheHubSays() {
      const toldOf = (id: string) => [id, told(aggregator.health(id))];
      expect([...copy].map(([id, health]) => [id, told(health)]).toSorted()).toEqual(
        watched()
          .filter((id) => aggregator.health(id) !== undefined)
          .map(toldOf)
          .toSorted(),
      );
    },
  };
}

/** What readers see of each definition, by id: the groups that it is a member of, too. */
function shapesOf(definitions: readonly ComponentDefinition[]): ReadonlyMap<string, string> {
  const membersOf = ({ subject }: ComponentDefinition) => (subject.type === 'group' ? subject.members : []);
  return new Map(
    definitions.map((definition) => {
      const { id, labels, subject } = definition;
      const members = membersOf(definition).map(({ component, impact }) => [component, impact]);
      const parents = definitions.filter((group) => membersOf(group).some(({ component }) => component === id));
      const kind = subject.type === 'probe' ? subject.kind : subject.type;
      const shape = [Object.entries(labels).sort(), kind, members.sort(), parents.map((group) => group.id).sort()];
      return [id, JSON.stringify(shape)];
    }),
  );
}

describe('aggregator: whatever comes', () => {
  it('is what the design says after every step, and every watcher ends with the same, whenever it reads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(plannedSystems, plannedSystems, plannedSystems),
        fc.array(fc.subarray([...POOL, 'root', 'never there']), { minLength: 2, maxLength: 2 }),
        steps,
        async (definitions, filters, all) => {
          const { clock, aggregator, statusChanges } = createAggregatorWorld(definitions[0], 100);
          const model = createModel(clock);
          model.load(definitions[0]);
          const watchers = [undefined, ...filters.map((ids) => new Set(ids))].map((ids) =>
            createWatcher(aggregator, ids),
          );
          const wakes = watchers.map(() => 0);
          const ends = watchers.map(({ ids }, at) =>
            aggregator.subscribe(ids, () => {
              wakes[at]! += 1;
            }),
          );
          const statuses = () => new Map(aggregator.ids().map((id) => [id, aggregator.health(id)!.status]));
          const expectTheModel = () => {
            expect(aggregator.ids()).toEqual(model.ids());
            for (const id of aggregator.ids())
              expect({ id, ...settledHealth(aggregator.health(id)!) }).toEqual({ id, ...model.health(id) });
            const revisions = aggregator.ids().map((id) => aggregator.health(id)!.revision);
            expect(new Set(revisions).size).toBe(revisions.length);
            expect(Math.max(...revisions)).toBeLessThanOrEqual(aggregator.revision);
          };

          expectTheModel();
          for (const step of all) {
            const { revision } = aggregator;
            const before = new Map(aggregator.ids().map((id) => [id, aggregator.health(id)!]));
            const shapesOfNow = () => shapesOf(aggregator.ids().map((id) => aggregator.definition(id)!));
            const shapes = shapesOfNow();
            const statusesBefore = statuses();
            wakes.fill(0);
            statusChanges.length = 0;
            if (step.kind === 'observe') {
              aggregator.observe([...POOL, 'root'][step.id]!, step.observation);
              model.see([...POOL, 'root'][step.id]!, step.observation, 'probe');
            } else if (step.kind === 'report') {
              const id = [...POOL, 'root'][step.id]!;
              const { ok } = await aggregator.report(id, { outcome: step.outcome, message: '' });
              expect(ok).toBe(aggregator.definition(id)?.subject.type === 'heartbeat');
              model.see(id, { outcome: step.outcome, reason: { code: 'REPORTED', message: '' } }, 'heartbeat');
            } else if (step.kind === 'wait') {
              await clock.advance(step.ms);
            } else if (step.kind === 'reload') {
              aggregator.reload(definitions[step.to]!);
              model.load(definitions[step.to]!);
            } else if (step.kind === 'poll') {
              watchers[step.watcher % watchers.length]!.poll();
            } else {
              watchers[step.watcher % watchers.length]!.takeSnapshot();
            }
            expectTheModel();

            // A new revision for what differs, or is something else to readers, and for nothing else.
            const shapesNow = shapesOfNow();
            for (const id of aggregator.ids()) {
              const [was, is] = [before.get(id), aggregator.health(id)!];
              const differs =
                JSON.stringify({ ...told(was), revision: 0 }) !== JSON.stringify({ ...told(is), revision: 0 }) ||
                shapes.get(id) !== shapesNow.get(id);
              if (step.kind !== 'wait') expect([id, is.revision > revision]).toEqual([id, differs]);
              else if (differs) expect(is.revision).toBeGreaterThan(revision);
              if (was !== undefined && was.status === is.status && step.kind !== 'wait')
                expect(is.sinceMs).toBe(was.sinceMs);
              if (was !== undefined && was.status !== is.status) expect(is.sinceMs).toBeGreaterThan(was.sinceMs - 1);
            }
            // Transitions lead from what was to what is.
            for (const { from, health } of statusChanges) {
              expect([health.component, statusesBefore.get(health.component)]).toEqual([health.component, from]);
              statusesBefore.set(health.component, health.status);
            }
            for (const [id, status] of statuses())
              if (before.has(id)) expect([id, statusesBefore.get(id)]).toEqual([id, status]);
            // Woken if and only if there is something to read; once, but for the batches that time brings.
            for (const [at, { ids }] of watchers.entries()) {
              const { changed, removed } = aggregator.changesSince(revision, ids)!;
              expect(wakes[at]! > 0).toBe(changed.length + removed.length > 0);
              if (step.kind !== 'wait') expect(wakes[at]).toBeLessThanOrEqual(1);
            }
          }
          for (const watcher of watchers) {
            watcher.poll();
            watcher.expectWhatTheHubSays();
          }
          for (const end of ends) end();
          expect(aggregator.subscriberCount).toBe(0);
          aggregator.close();
          expect(clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
