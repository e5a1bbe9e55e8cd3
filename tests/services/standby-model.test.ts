// What a watcher of an instance that stands by has put together is what there is, whichever of the two has read its file first.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ComponentHealth,
  type ComponentSummary,
  WatchHealthRequestSchema,
  type WatchHealthResponse,
} from '../../gen/openk/health/v1/health_pb.ts';
import { scopesOf } from '../../src/auth/scope.ts';
import type { SystemDefinition } from '../../src/core/definition.ts';
import { parseSelection } from '../../src/core/selection.ts';
import type { HealthReader } from '../../src/engine/health-ports.ts';
import { healthToProto } from '../../src/services/convert.ts';
import type { News, NewsStream } from '../../src/services/news-streams.ts';
import { structureOf } from '../../src/services/structure.ts';
import { createVisibleReaders } from '../../src/services/visible-readers.ts';
import { watchHealth } from '../../src/services/watch-health.ts';
import { outcomes, systems } from '../support/arbitraries.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createStandbyView } from './support/standby-view.ts';

const teams = fc.array(fc.constantFrom('red', 'blue'), { minLength: 10, maxLength: 10 });
const labelled: fc.Arbitrary<SystemDefinition> = fc.tuple(systems(), teams).map(([{ rootId, components }, team]) => ({
  rootId,
  components: components.map((component, at) => ({ ...component, labels: { team: team[at % 10]! } })),
}));
const picks = fc.nat({ max: 2 });
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('reload' as const), to: picks }),
    fc.record({ kind: fc.constant('decide' as const), to: picks }),
    fc.record({ kind: fc.constant('observe' as const), id: fc.nat({ max: 8 }), outcome: outcomes }),
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('poll' as const) }) },
  ),
  { minLength: 4, maxLength: 25 },
);

/** Receives what it is woken for, and puts it together. */
function watch(reader: HealthReader, request: MessageInitShape<typeof WatchHealthRequestSchema>) {
  let news: News<WatchHealthResponse> | undefined;
  watchHealth(
    {
      reader,
      clock: createFakeClock(),
      draining: new AbortController().signal,
      standing: { heldBy: () => 'another', isOutdated: () => false, behindMs: () => 0 } as never,
      keepAliveMs: 1_000_000,
      stream(given) {
        news = given;
        return undefined as unknown as NewsStream<WatchHealthResponse>;
      },
    },
    create(WatchHealthRequestSchema, request),
    new AbortController().signal as never,
  );
  const healths = new Map<string, ComponentHealth>();
  const summaries = new Map<string, ComponentSummary>();
  let structure = '';
  let isWoken = true;
  news!.subscribe(() => {
    isWoken = true;
  });
  const take = ({ event }: WatchHealthResponse) => {
    if (event.case === undefined || event.case === 'keepAlive') return;
    const { value } = event;
    structure = value.structure || structure;
    if (event.case === 'snapshot') for (const known of [healths, summaries]) known.clear();
    for (const id of event.case === 'change' ? event.value.removed : []) {
      healths.delete(id);
      summaries.delete(id);
    }
    for (const health of value.components) healths.set(health.component, health);
    for (const summary of value.summaries) summaries.set(summary.id, summary);
  };
  return {
    healths,
    summaries,
    structure: () => structure,
    poll() {
      while (isWoken) {
        const message = news!.read();
        isWoken = message !== undefined;
        if (message !== undefined) take(message);
      }
    },
  };
}

const byId = <Value>(map: ReadonlyMap<string, Value>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** The world here counts no members: what a part of them adds up to has nothing to stand in for. */
const withoutCounts = ([id, { memberCounts: _, ...health }]: readonly [string, ComponentHealth]) => [id, health];

function run(requests: (reader: HealthReader) => void, definitions: readonly SystemDefinition[]) {
  const world = createStandbyView();
  world.reload(definitions[0]!);
  world.decide(definitions[0]!);
  requests(world.reader);
  return world;
}

describe('a watcher of an instance that stands by', () => {
  it.each<[string, MessageInitShape<typeof WatchHealthRequestSchema>, string[]]>([
    ['of all', {}, []],
    ['of all, with what they are', { summaries: true }, []],
    ['of names', { components: ['root'] }, []],
    ['of a group', { parent: 'root' }, []],
    ['of a label, with what they are', { label: ['team=red'], summaries: true }, []],
    ['who sees a part', {}, ['team=red']],
    ['who sees a part, with what it is', { summaries: true }, ['team=red', 'id=root']],
    ['who sees a part of a group', { parent: 'root' }, ['team=red', 'id=root']],
  ])('%s', (_, request, selectors) => {
    fc.assert(
      fc.property(fc.array(labelled, { minLength: 3, maxLength: 3 }), steps, (definitions, all) => {
        let reader!: HealthReader;
        let watcher!: ReturnType<typeof watch>;
        const world = run((given) => {
          reader = given;
          if (selectors.length > 0) {
            const selection = parseSelection(selectors)!;
            reader = createVisibleReaders(given)({ scopes: scopesOf(['EXPLAIN']), selection });
          }
          watcher = watch(reader, request);
        }, definitions);
        let latest = 0;
        const readBoth = (to: number) => {
          world.decide(definitions[to]!);
          world.reload(definitions[to]!);
        };
        for (const step of all) {
          if (step.kind === 'reload') {
            latest = step.to;
            world.reload(definitions[step.to]!);
          } else if (step.kind === 'decide') world.decide(definitions[step.to]!);
          else if (step.kind === 'observe') world.observe(`c${step.id}`, step.outcome);
          else watcher.poll();
        }
        // In the end both have the file that was read last.
        readBoth(latest);
        watcher.poll();
        const { parent, label = [], components = [] } = request;
        const isTaken = (id: string) =>
          (components.length === 0 || components.includes(id)) &&
          (!parent || reader.memberIds(parent).includes(id)) &&
          label.every((one) => reader.definition(id)!.labels.team === one.split('=')[1]);
        const ids = reader.ids().filter(isTaken);
        expect(byId(watcher.healths).map(withoutCounts)).toEqual(
          ids.map((id) => withoutCounts([id, healthToProto(reader.health(id)!)])),
        );
        if (!request.summaries) return;
        const shown = byId(watcher.summaries).map(([id, { labels, parents }]) => [id, labels, parents]);
        expect(shown).toEqual(ids.map((id) => [id, reader.definition(id)!.labels, reader.parents(id)]));
        if (label.length === 0) expect(watcher.structure()).toBe(structureOf(reader));
      }),
      { numRuns: 150 },
    );
  });
});
