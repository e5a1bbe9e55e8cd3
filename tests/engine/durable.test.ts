// The aggregator and the journal together, over a store that is late, fails and recovers as it likes: nobody is told what is not
// durable unless it was said that the store fails, and nothing is lost once it recovers.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Health } from '../../src/core/health.ts';
import type { HistoryBatch, StatusRecord } from '../../src/core/store.ts';
import { createAggregator } from '../../src/engine/aggregator.ts';
import type { StatusChange } from '../../src/engine/decision.ts';
import { createJournal } from '../../src/engine/journal.ts';
import { createView } from '../../src/engine/view.ts';
import { observations, outcomes, systems } from '../support/arbitraries.ts';
import { heartbeat, probe } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedStore } from '../support/scripted-store.ts';
import { START_MS } from './aggregator-world.ts';

const POOL = ['c0', 'c1', 'c2', 'c3'];
const leaf = (id: string) =>
  fc.constantFrom(probe(id, { schedule: { unhealthyThreshold: 2 } }), heartbeat(id, { periodMs: 15_000 }));
const ids = fc.constantFrom(...POOL);

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('observe' as const), id: ids, observation: observations }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('report' as const), id: ids, outcome: outcomes }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), to: fc.nat({ max: 1 }) }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 400, 1_000, 2_500, 9_000) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('store' as const),
        mode: fc.constantFrom('keep' as const, 'hold' as const, 'hold' as const, 'refuse' as const),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), keeps: fc.boolean() }) },
  ),
  { minLength: 10, maxLength: 60 },
);

const revisionsOf = ({ records, changed, removed }: HistoryBatch) => [
  ...records.map(({ revision }) => revision),
  ...changed.map(({ health }) => health.revision),
  ...removed.map(({ revision }) => revision),
];

it('tells nobody what is not durable while the store does well, tells all in order, and loses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(systems({ leaf, pool: POOL }), systems({ leaf, pool: POOL })),
      steps,
      fc.constantFrom(3, 10, 2_000),
      async (definitions, all, part) => {
        const clock = createFakeClock(START_MS);
        const store = createScriptedStore();
        store.mode = 'hold';
        const faults: unknown[] = [];
        const statusChanges: StatusChange[] = [];
        const saved = await store.load();
        const view = createView({
          saved,
          startRevision: 0,
          subscribers: [(decision) => statusChanges.push(...decision.statusChanges)],
        });
        const journal = createJournal({
          clock,
          store,
          revision: 0,
          publish: view.apply,
          onFault: (fault) => faults.push(fault),
          limits: { observations: 10_000, transitions: 10_000, part },
        });
        let current = definitions[0];
        const aggregator = createAggregator({
          system: definitions[0],
          clock,
          saved,
          startRevision: 0,
          journal,
          view,
        });
        journal.start();

        const definitionOf = (id: string) => current.components.find((one) => one.id === id)?.subject.type;
        const told: Health[] = [];
        let seen = 0;
        const violations: unknown[] = [];
        const checkWhatIsRead = () => {
          if (journal.stats().failing) return;
          const durable = Math.max(0, ...store.batches.flatMap(revisionsOf));
          const readable = [aggregator.revision, ...aggregator.ids().map((id) => aggregator.health(id)!.revision)];
          if (readable.some((revision) => revision > durable)) violations.push({ readable, durable });
        };
        const read = () => {
          const { revision, changed } = aggregator.changesSince(seen)!;
          told.push(...changed);
          seen = revision;
          checkWhatIsRead();
        };
        aggregator.subscribe(undefined, read);
        const reports: Promise<unknown>[] = [];
        let observed = 0;
        for (const step of all) {
          if (step.kind === 'observe') {
            if (definitionOf(step.id) === 'probe') observed += 1;
            aggregator.observe(step.id, step.observation);
          } else if (step.kind === 'report') {
            if (definitionOf(step.id) === 'heartbeat') observed += 1;
            reports.push(aggregator.report(step.id, { outcome: step.outcome, message: '', durationMs: 1 }));
          } else if (step.kind === 'reload') {
            current = definitions[step.to]!;
            aggregator.reload(current);
          } else if (step.kind === 'wait') {
            await clock.advance(step.ms);
          } else if (step.kind === 'store') {
            store.mode = step.mode;
          } else {
            if (step.keeps) store.keep();
            else store.refuse();
            await clock.advance(0);
          }
          checkWhatIsRead();
        }

        store.mode = 'keep';
        store.keep();
        // Longer than the longest wait for another try.
        await clock.advance(60_000);
        await Promise.all(reports);
        expect(journal.stats()).toEqual({
          failing: false,
          observations: 0,
          transitions: 0,
          states: expect.any(Number),
          droppedObservations: 0,
          droppedTransitions: 0,
          auditEntries: 0,
          droppedAuditEntries: 0,
          alerts: 0,
          deliveries: 0,
          droppedAlerts: 0,
          droppedDeliveries: 0,
        });
        expect(faults.at(-1)).toBeUndefined();
        checkWhatIsRead();
        expect(violations).toEqual([]);
        // Every change, in order, at most once.
        const revisions = told.map(({ revision }) => revision);
        expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
        // The store ends with what is told.
        aggregator.close();
        await journal.close();
        const { components, revision } = store.saved();
        const healths = (list: readonly (Health | undefined)[]) =>
          JSON.parse(JSON.stringify(Object.fromEntries(list.map((one) => [one?.component, one]))));
        expect(healths(components.map(({ health }) => health))).toEqual(
          healths(aggregator.ids().map((id) => aggregator.health(id))),
        );
        expect(revision).toBe(aggregator.revision);
        // Records are in order, and lead from one status to the next.
        const records = store.batches.flatMap((batch) => batch.records);
        expect(records).toEqual(records.toSorted((a, b) => a.revision - b.revision));
        const status = new Map<string, StatusRecord['to']>();
        for (const { component, from, to } of records) {
          expect([component, from]).toEqual([component, status.get(component)]);
          status.set(component, to);
        }
        expect(records.filter(({ from, to }) => from !== undefined && to !== undefined)).toMatchObject(
          statusChanges.map(({ from, health }) => ({ from, to: health.status, revision: health.revision })),
        );
        expect(store.batches.flatMap((batch) => batch.observations)).toHaveLength(observed);
        // Time without a gap, and everything in its time.
        let fromMs = START_MS;
        for (const batch of store.batches) {
          expect(batch.untilMs).toBe(fromMs + batch.elapsedMs);
          for (const { atMs } of [...batch.records, ...batch.observations]) {
            expect(atMs).toBeGreaterThanOrEqual(fromMs);
            expect(atMs).toBeLessThanOrEqual(batch.untilMs);
          }
          fromMs = batch.untilMs;
        }
        expect(fromMs).toBe(clock.nowMs());
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 400 },
  );
});
