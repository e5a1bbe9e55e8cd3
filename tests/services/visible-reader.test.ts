// What somebody sees for whom a part of the components does not exist, against the full answers with that part taken out by hand.
import type { Interceptor } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPrincipal } from '../../src/auth/principal.ts';
import { scopesOf } from '../../src/auth/scope.ts';
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Health } from '../../src/core/health.ts';
import { kindOf } from '../../src/core/redefined.ts';
import { parseSelection, type Selection } from '../../src/core/selection.ts';
import type { HealthReader } from '../../src/engine/health-ports.ts';
import { contextOfCaller } from '../../src/services/caller.ts';
import { createVisibleReaders } from '../../src/services/visible-readers.ts';
import { createAggregatorWorld } from '../engine/aggregator-world.ts';
import { observations, outcomes, systems } from '../support/arbitraries.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createApi } from './support/api.ts';
import { read } from './support/streams.ts';

const EXPLAIN = scopesOf(['EXPLAIN']);
const READ = scopesOf(['READ']);
const selectionOf = (...selectors: string[]) => parseSelection(selectors)!;

const teams = fc.array(fc.constantFrom('red', 'blue'), { minLength: 10, maxLength: 10 });
const labelled: fc.Arbitrary<SystemDefinition> = fc.tuple(systems(), teams).map(([{ rootId, components }, team]) => ({
  rootId,
  components: components.map((component, at) => ({ ...component, labels: { team: team[at]! } })),
}));
const selections: fc.Arbitrary<Selection> = fc
  .subarray(['team=red', 'team!=red,id!=c1', 'id=root', 'id=c3', 'id=c*,team=blue'], { minLength: 1, maxLength: 2 })
  .map((selectors) => selectionOf(...selectors));
const picks = fc.nat({ max: 9 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constant('observe' as const), id: picks, observation: observations }),
    },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('report' as const), id: picks, outcome: outcomes }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('reload' as const), to: fc.nat({ max: 2 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('poll' as const) }) },
  ),
  { minLength: 10, maxLength: 40 },
);

/** All that somebody may see of the components, worked out from everything, but revisions. */
function filterByHand(full: HealthReader, selection: Selection) {
  const isSeen = (id: string) => {
    const definition = full.definition(id);
    return definition !== undefined && selection.takes(id, definition.labels);
  };
  const isPartial = (id: string) => full.memberIds(id).some((member) => !isSeen(member));
  const healthOf = (id: string) => {
    const { revision: _, causedBy, memberCounts, reason, ...health } = full.health(id)!;
    const { subject } = full.definition(id)!;
    const members = subject.type === 'group' ? subject.members.filter(({ component }) => isSeen(component)) : [];
    const count = (status: string) =>
      members.filter(({ component }) => full.health(component)!.status === status).length;
    return {
      ...health,
      reason: isPartial(id) ? { code: reason.code, message: '' } : reason,
      causedBy: causedBy.filter(isSeen),
      ...(memberCounts && {
        memberCounts: {
          total: members.length,
          healthy: count('HEALTHY'),
          degraded: count('DEGRADED'),
          unhealthy: count('UNHEALTHY'),
          unknown: count('UNKNOWN'),
          maintenance: count('MAINTENANCE'),
          ignored: members.filter(({ impact }) => impact === 'IGNORED').length,
        },
      }),
    };
  };
  /** Each way up to the first that is hidden, and none that is only the beginning of another. */
  const waysOf = (id: string) => {
    const cut = full.explain(id)!.causes.map((way) => {
      const ids = way.map(({ component }) => component);
      const end = ids.findIndex((one) => !isSeen(one));
      return (end < 0 ? ids : ids.slice(0, end)).join(' ');
    });
    return [...new Set(cut)].filter((way) => !cut.some((other) => other.startsWith(`${way} `))).sort();
  };
  const ids = full.ids().filter(isSeen);
  return {
    ids,
    rootId: isSeen(full.rootId) ? full.rootId : '',
    components: ids.map((id) => ({
      health: healthOf(id),
      parents: full.parents(id).filter(isSeen),
      members: full.memberIds(id).filter(isSeen),
      dependsOn: full.definition(id)!.dependsOn.filter(isSeen),
      ways: waysOf(id),
      counted: (full.explain(id)!.rule?.members ?? []).map(({ component }) => component).filter(isSeen),
      notCounted: (full.explain(id)!.rule?.notCounted ?? []).map(({ component }) => component).filter(isSeen),
    })),
  };
}

function readAll(seen: HealthReader): ReturnType<typeof filterByHand> {
  return {
    ids: [...seen.ids()],
    rootId: seen.rootId,
    components: seen.ids().map((id) => {
      const { revision: _, ...health } = seen.health(id)!;
      const { causes, rule } = seen.explain(id)!;
      const { dependsOn, subject } = seen.definition(id)!;
      const members = subject.type === 'group' ? subject.members.map(({ component }) => component).sort() : [];
      expect(members).toEqual(seen.memberIds(id));
      return {
        health: health as never,
        parents: [...seen.parents(id)],
        members,
        dependsOn: [...dependsOn],
        ways: causes.map((way) => way.map(({ component }) => component).join(' ')).sort(),
        counted: (rule?.members ?? []).map(({ component }) => component),
        notCounted: (rule?.notCounted ?? []).map(({ component }) => component),
      };
    }),
  };
}

/** What is a change of a health, as in the full answers: neither times nor figures of a look. */
function changingPart(health: Health | undefined) {
  const { revision: _r, checkedAtMs: _c, latencyMs: _l, phases: _p, reason, ...rest } = health ?? ({} as Health);
  return JSON.stringify([rest, reason?.code, reason?.message]);
}

describe('a part of the components', () => {
  it('is the full answers with the rest taken out, and the rest neither wakes anybody nor takes a revision', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(labelled, { minLength: 3, maxLength: 3 }),
        selections,
        steps,
        async (definitions, selection, todo) => {
          const { aggregator, clock } = createAggregatorWorld(definitions[0]!);
          const seen = createVisibleReaders(aggregator)({ scopes: EXPLAIN, selection });
          let wakes = 0;
          seen.subscribe(undefined, () => {
            wakes += 1;
          });
          const shownNow = () => new Map(seen.ids().map((id) => [id, seen.health(id)!]));
          /** What changes with the definition, and shows in no health. */
          const definedNow = () => {
            const membersOf = (id: string) => {
              const { subject } = seen.definition(id)!;
              return subject.type === 'group' ? subject.members.map(({ component, impact }) => component + impact) : [];
            };
            const shownOf = (id: string) => {
              const definition = seen.definition(id)!;
              const { labels, displayName } = definition;
              return [labels, displayName, kindOf(definition), membersOf(id).sort(), seen.parents(id).toSorted()];
            };
            return new Map(seen.ids().map((id) => [id, JSON.stringify(shownOf(id))]));
          };
          const standing = () => ({ revision: seen.revision, wakes, healths: shownNow(), defined: definedNow() });
          let before = standing();
          /** After each batch of changes. */
          const look = () => {
            const after = standing();
            const ids = new Set([...before.healths.keys(), ...after.healths.keys()]);
            const isOther = (id: string) =>
              changingPart(before.healths.get(id)) !== changingPart(after.healths.get(id));
            const isRedefined = (id: string) => before.defined.get(id) !== after.defined.get(id);
            const others = [...ids].filter(isOther);
            if (others.length > 0) expect(after.wakes).toBeGreaterThan(before.wakes);
            else if (![...ids].some(isRedefined)) {
              expect([after.revision, after.wakes]).toEqual([before.revision, before.wakes]);
            }
            for (const [id, { revision }] of after.healths) {
              if (isOther(id) || isRedefined(id)) expect(revision).toBeGreaterThan(before.revision);
              else expect(revision).toBe(before.healths.get(id)!.revision);
              expect(revision).toBeLessThanOrEqual(after.revision);
            }
            expect(after.revision).toBeLessThanOrEqual(aggregator.revision);
            before = after;
          };
          aggregator.subscribe(undefined, look);
          const watcher = { revision: seen.revision, healths: shownNow() };
          const poll = () => {
            const changes = seen.changesSince(watcher.revision);
            expect(changes).toBeDefined();
            for (const id of changes!.removed) watcher.healths.delete(id);
            for (const health of changes!.changed) watcher.healths.set(health.component, health);
            watcher.revision = changes!.revision;
            const changing = (healths: ReadonlyMap<string, Health>) =>
              [...healths].map(([id, health]) => [id, health.revision, changingPart(health)]).sort();
            expect(changing(watcher.healths)).toEqual(changing(shownNow()));
          };

          for (const step of todo) {
            if (step.kind === 'observe') aggregator.observe(`c${step.id}`, step.observation);
            else if (step.kind === 'report') {
              void aggregator.report(`c${step.id}`, { outcome: step.outcome, message: 'as reported' });
            } else if (step.kind === 'wait') await clock.advance(step.ms);
            else if (step.kind === 'reload') aggregator.reload(definitions[step.to]!);
            else poll();

            expect(readAll(seen)).toEqual(filterByHand(aggregator, selection));
            look();
          }
          poll();
        },
      ),
      { numRuns: 300 },
    );
  });
});

const shop = (vaultLabels: Readonly<Record<string, string>> = {}) =>
  system(
    group('root', ['web', { component: 'vault', impact: 'IGNORED' }], { labels: { team: 'shop' } }),
    probe('web', { labels: { team: 'shop' } }),
    probe('vault', { labels: vaultLabels }),
  );

/** Calls in the name of somebody who has this selection. */
function callAs(selection: Selection): Interceptor {
  const identity = { ok: true as const, principal: createPrincipal('key:shop', { allow: ['EXPLAIN'], selection }) };
  return (next) => (request) => {
    Object.assign(request.contextValues, contextOfCaller(undefined, identity));
    return next(request);
  };
}

describe('a stream', () => {
  it('is silent while only what is hidden changes: what comes is the keep-alive, with the same revision', async () => {
    const { health, aggregator, observe, clock } = createApi(shop(), {
      interceptors: [callAs(selectionOf('team=shop'))],
    });
    const stream = read((options) => health.watchHealth({}, options));
    const { event: first } = await stream.next();
    expect(first).toMatchObject({
      case: 'snapshot',
      value: { components: [{ component: 'root' }, { component: 'web' }] },
    });
    const next = stream.next();
    const { revision } = aggregator;
    observe('vault', 'HEALTHY');
    aggregator.reload(shop({ owner: 'nobody' }));
    observe('vault', 'UNHEALTHY');
    expect(aggregator.revision).toBeGreaterThan(revision + 4);
    await clock.advance(14_999);
    await clock.advance(1);
    expect((await next).event).toMatchObject({ case: 'keepAlive', value: { revision: first.value!.revision } });
    stream.cancel();
  });

  it('hears of what a reload shows, and hides again', async () => {
    const { health, aggregator } = createApi(shop(), { interceptors: [callAs(selectionOf('team=shop'))] });
    const stream = read((options) => health.watchHealth({}, options));
    await stream.next();
    aggregator.reload(shop({ team: 'shop' }));
    const { event: shown } = await stream.next();
    expect(shown).toMatchObject({
      case: 'change',
      value: { components: [{ component: 'root' }, { component: 'vault' }] },
    });
    aggregator.reload(shop());
    const { event: hidden } = await stream.next();
    expect(hidden).toMatchObject({
      case: 'change',
      value: { components: [{ component: 'root' }], removed: ['vault'] },
    });
    stream.cancel();
  });
});

describe('readers', () => {
  it('are shared by all who see the same, and everybody who sees everything has the full one', () => {
    const { aggregator } = createAggregatorWorld(shop());
    const readerOf = createVisibleReaders(aggregator);
    expect(readerOf({ scopes: EXPLAIN, selection: undefined })).toBe(aggregator);
    const one = readerOf({ scopes: EXPLAIN, selection: selectionOf('team=shop') });
    expect(readerOf({ scopes: EXPLAIN, selection: selectionOf('team=shop') })).toBe(one);
    const wordless = readerOf({ scopes: READ, selection: selectionOf('team=shop') });
    expect(readerOf({ scopes: READ, selection: selectionOf('team=shop') })).toBe(wordless);
    expect(new Set([aggregator, one, wordless, readerOf({ scopes: READ, selection: undefined })]).size).toBe(4);
    expect(wordless.health('web')).toBe(wordless.health('web'));
  });

  it('are bounded; one that is watched stays, and one that comes again begins no earlier than it was', () => {
    const { aggregator } = createAggregatorWorld(shop());
    const readerOf = createVisibleReaders(aggregator, 2);
    const of = (selector: string) => readerOf({ scopes: EXPLAIN, selection: selectionOf(selector) });
    const watched = of('team=shop');
    const stop = watched.subscribe(undefined, () => {});
    const dropped = of('id=vault');
    aggregator.reload(system(group('root', ['web'], { labels: { team: 'shop' } }), probe('web')));
    const { revision } = dropped;
    of('id=web');
    expect(of('team=shop')).toBe(watched);
    expect(of('id=vault')).not.toBe(dropped);
    expect(of('id=vault').revision).toBeGreaterThanOrEqual(revision);
    stop();
  });
});
