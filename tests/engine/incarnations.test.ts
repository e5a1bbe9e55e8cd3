// Watchers over several incarnations: whatever the store kept of each, and whichever they missed, they end with what there is.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Health } from '../../src/core/health.ts';
import type { SavedState } from '../../src/core/store.ts';
import { type Aggregator, createAggregator } from '../../src/engine/aggregator.ts';
import { createJournal } from '../../src/engine/journal.ts';
import { createView } from '../../src/engine/view.ts';
import { resumableRevisions, startOfIncarnation } from '../../src/store/history/incarnations.ts';
import { observations } from '../support/arbitraries.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createScriptedStore } from '../support/scripted-store.ts';
import { START_MS } from './aggregator-world.ts';

const watched = (id: string) => probe(id, { schedule: { unhealthyThreshold: 2, staleAfterMs: 3_600_000 } });
/** Small, so that random steps meet; what goes away changes a group with it, or nothing else. */
const SYSTEMS: readonly SystemDefinition[] = [
  system(group('root', ['a', 'b']), watched('a'), watched('b')),
  system(group('root', []), watched('a'), watched('b')),
  system(group('root', []), watched('a')),
];
const WATCHERS = 3;

const whichSystem = fc.nat({ max: SYSTEMS.length - 1 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('observe' as const), id: fc.constantFrom('a', 'b'), what: observations }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reload' as const), to: whichSystem }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('store' as const),
        mode: fc.constantFrom('keep' as const, 'hold' as const, 'refuse' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), keeps: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1_000, 3_000) }) },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('read' as const), watcher: fc.nat({ max: WATCHERS - 1 }) }),
    },
  ),
  { maxLength: 12 },
);
const incarnations = fc.array(fc.record({ steps, to: whichSystem, endsWell: fc.boolean() }), {
  minLength: 2,
  maxLength: 5,
});

/** Keeps what it is told, and comes back with the revision that it has. */
function createWatcher() {
  let known = new Map<string, Health>();
  let revision = 0;
  return {
    read(aggregator: Aggregator) {
      const changes = revision === 0 ? undefined : aggregator.changesSince(revision);
      if (changes === undefined) {
        known = new Map(aggregator.ids().map((id) => [id, aggregator.health(id)!]));
      } else {
        for (const health of changes.changed) known.set(health.component, health);
        for (const id of changes.removed) known.delete(id);
      }
      revision = aggregator.revision;
    },
    knows: () => summary([...known.values()]),
  };
}

const summary = (healths: readonly Health[]) =>
  Object.fromEntries(healths.map(({ component, status, revision }) => [component, `${status} ${revision}`]));

async function startLife(clock: FakeClock, definition: SystemDefinition, saved: SavedState) {
  const store = createScriptedStore(saved);
  const limits = { observations: 1_000, transitions: 1_000, part: 2 };
  const startRevision = startOfIncarnation(saved.revision, [], clock.nowMs());
  const view = createView({ saved, startRevision });
  const { revision } = saved;
  const journal = createJournal({ clock, store, revision, publish: view.apply, onFault() {}, limits });
  const aggregator = createAggregator({ system: definition, clock, saved, startRevision, journal, view });
  journal.start();
  await journal.settled();
  return { aggregator, store, journal, startRevision };
}

it('brings every watcher to what there is, however the incarnations before ended', async () => {
  await fc.assert(
    fc.asyncProperty(incarnations, whichSystem, async (all, last) => {
      let clock = createFakeClock(START_MS);
      let saved: SavedState = { revision: 0, components: [], removed: [] };
      const starts: number[] = [];
      const watchers = Array.from({ length: WATCHERS }, createWatcher);
      const given = new Map<number, string>();
      for (const incarnation of all) {
        const { aggregator, store, journal, startRevision } = await startLife(clock, SYSTEMS[incarnation.to]!, saved);
        starts.push(startRevision);
        const checkRevisions = () => {
          for (const { component, revision, status, sinceMs } of aggregator.ids().map((id) => aggregator.health(id)!)) {
            const is = `${component} ${status} ${sinceMs}`;
            expect([revision, given.get(revision) ?? is]).toEqual([revision, is]);
            given.set(revision, is);
          }
        };
        aggregator.subscribe(undefined, checkRevisions);
        checkRevisions();
        for (const step of incarnation.steps) {
          if (step.do === 'observe') aggregator.observe(step.id, step.what);
          else if (step.do === 'reload') aggregator.reload(SYSTEMS[step.to]!);
          else if (step.do === 'wait') await clock.advance(step.ms);
          else if (step.do === 'read') watchers[step.watcher]!.read(aggregator);
          else if (step.do === 'store') store.mode = step.mode;
          else if (step.keeps) store.keep();
          else store.refuse();
          await clock.advance(0);
        }
        aggregator.close();
        if (incarnation.endsWell) {
          store.mode = 'keep';
          store.keep();
          await journal.close();
        }
        // Killed, it keeps what is kept: nothing else of it goes on.
        const { revision } = store.saved();
        saved = { ...store.saved(), resumable: resumableRevisions(starts, revision) };
        const nowMs = clock.nowMs();
        clock = createFakeClock(nowMs + 1_000);
      }
      const { aggregator, journal } = await startLife(clock, SYSTEMS[last]!, saved);
      for (const watcher of watchers) {
        watcher.read(aggregator);
        expect(watcher.knows()).toEqual(summary(aggregator.ids().map((id) => aggregator.health(id)!)));
      }
      aggregator.close();
      await journal.close();
    }),
    { numRuns: 2_000 },
  );
});
