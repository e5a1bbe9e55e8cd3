// A watcher that is cut off and comes back with the revision that it has seen ends with the same state as one that never
// left, whatever happens meanwhile. Over the real port, with real streams.
import '../support/one-realm.ts';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  type ComponentHealth,
  ComponentHealthSchema,
  type WatchHealthResponse,
} from '../../gen/openk/health/v1/health_pb.ts';
import { connectHealthClient, type HealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const IDS = ['a', 'b', 'c', 'd'];
/** Always there, in no group, watched by all, and reported last: who knows of that has had every chance to know the rest. */
const LAST = 'last';
const HEARTBEATS = 'heartbeat: { period: 24h }';

/** The configuration with these of the heartbeats, in two groups. */
function configOf(present: readonly string[]): string {
  const components = [...present, LAST].map((id) => `  - { id: ${id}, ${HEARTBEATS} }`);
  const members = present.map((id) => `{ component: ${id} }`).join(', ');
  const groups =
    present.length === 0
      ? []
      : [
          `  - { id: all, group: { members: [${members}] } }`,
          `  - { id: any, group: { rule: { best: {} }, members: [${members}] } }`,
        ];
  return `components:${[...components, ...groups].map((line) => `\n${line}`).join('')}\n`;
}

type Step =
  | { readonly do: 'report'; readonly id: string; readonly status: HealthStatus }
  | { readonly do: 'reload'; readonly present: readonly string[] }
  | { readonly do: 'cut' }
  | { readonly do: 'return' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('report' as const),
        id: fc.constantFrom(...IDS),
        status: fc.constantFrom(HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reload' as const), present: fc.subarray(IDS) }) },
    { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'cut' }, { do: 'return' }) },
  ),
  { maxLength: 25 },
);

describe('WatchHealth', () => {
  let openk: RunningOpenk;
  let client: HealthClient;
  beforeAll(async () => {
    openk = await runOpenk(configOf(IDS));
    client = connectHealthClient(openk.address);
  });
  afterAll(async () => {
    client.close();
    await openk.close();
  });

  it('brings a watcher that was cut off to the same state as one that never left', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom([], ['a', 'all', LAST]), async (script, watched) => {
        await openk.reloadWith(configOf(IDS));
        const staying = watcher(client, watched);
        const leaving = watcher(client, watched);
        try {
          await Promise.all([
            staying.reaches(openk.engine.aggregator.revision),
            leaving.reaches(openk.engine.aggregator.revision),
          ]);
          for (const step of script) {
            if (step.do === 'cut') await leaving.cut();
            else if (step.do === 'return') leaving.follow();
            else if (step.do === 'reload') await openk.reloadWith(configOf(step.present));
            else await openk.engine.aggregator.report(step.id, { outcome: outcomeOf(step.status), message: '' });
          }
          await leaving.cut();
          for (const outcome of ['UNHEALTHY', 'HEALTHY'] as const)
            await openk.engine.aggregator.report(LAST, { outcome, message: '' });
          const last = openk.engine.aggregator.health(LAST)!.revision;
          await Promise.all([staying.reaches(last), leaving.reaches(last)]);
          await Promise.all([staying.cut(), leaving.cut()]);
          expect(leaving.state()).toEqual(staying.state());
          expect(leaving.state()).toEqual(stateOf(openk, watched));
        } finally {
          await Promise.all([staying.cut(), leaving.cut()]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('ListComponents, then WatchHealth from its revision', () => {
  let openk: RunningOpenk;
  let client: HealthClient;
  beforeAll(async () => {
    openk = await runOpenk(configOf(IDS));
    client = connectHealthClient(openk.address);
  });
  afterAll(async () => {
    client.close();
    await openk.close();
  });

  it('knows what a watcher knows, whatever changes between its pages and before the stream', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(1, 2, 3, 1000), fc.nat(8), async (script, pageSize, perPage) => {
        await openk.reloadWith(configOf(IDS));
        const changes = script.values();
        const change = async (count: number) => {
          for (const step of changes.take(count)) {
            if (step.do === 'reload') await openk.reloadWith(configOf(step.present));
            if (step.do !== 'report') continue;
            await openk.engine.aggregator.report(step.id, { outcome: outcomeOf(step.status), message: '' });
          }
        };
        const listed: ComponentHealth[] = [];
        const revisions = new Set<bigint>();
        let pageToken = '';
        do {
          const page = await client.listComponents({ pageSize, pageToken });
          listed.push(...page.components.map(({ health }) => health!));
          revisions.add(page.revision);
          pageToken = page.nextPageToken;
          await change(perPage);
        } while (pageToken !== '');
        expect(revisions.size).toBe(1);
        const [revision = 0n] = revisions;
        const joined = watcher(client, [], { listed, revision });
        try {
          await change(script.length);
          for (const outcome of ['UNHEALTHY', 'HEALTHY'] as const)
            await openk.engine.aggregator.report(LAST, { outcome, message: '' });
          await joined.reaches(openk.engine.aggregator.health(LAST)!.revision);
          expect(joined.state()).toEqual(stateOf(openk, []));
          // A list on one page is of one moment: nothing in it comes again.
          for (const health of joined.received()) expect(health.revision).toBeGreaterThan(revision);
          if (listed.length <= pageSize)
            for (const health of listed) expect(health.revision).toBeLessThanOrEqual(revision);
        } finally {
          await joined.cut();
        }
      }),
      { numRuns: 40 },
    );
  });
});

function outcomeOf(status: HealthStatus) {
  return (['HEALTHY', 'DEGRADED', 'UNHEALTHY'] as const)[status - HealthStatus.HEALTHY]!;
}

/** What a watcher should know: status, reason and revision of each. When it was last looked at, and evidence, are no change. */
function comparable({ component, status, reason, revision }: ComponentHealth) {
  return [
    component,
    { status, reason: reason?.message.replace(/ \([^)]*\)$/, ''), revision: Number(revision) },
  ] as const;
}

function stateOf({ engine: { aggregator } }: RunningOpenk, watched: readonly string[]) {
  const ids = watched.length === 0 ? aggregator.ids() : watched;
  const entries = ids.flatMap((id) => {
    const health = aggregator.health(id);
    if (health === undefined) return [];
    const { status, reason, revision } = health;
    return [[id, { status: HealthStatus[status], reason: reason.message, revision }] as const];
  });
  return Object.fromEntries(entries);
}

/** Applies what the stream tells; after `cut` it goes on from the revision that it has seen. */
function watcher(
  client: HealthClient,
  components: readonly string[],
  start: { readonly listed: readonly ComponentHealth[]; readonly revision: bigint } = { listed: [], revision: 0n },
) {
  const known = new Map(start.listed.map((health) => [health.component, health]));
  const received: ComponentHealth[] = [];
  let { revision } = start;
  let controller: AbortController | undefined;
  let ended = Promise.resolve();
  let waiting: { revision: number; resolve: () => void } | undefined;

  const apply = ({ event }: WatchHealthResponse) => {
    if (event.case === 'snapshot') known.clear();
    if (event.case === 'snapshot' || event.case === 'change') {
      for (const health of event.value.components) known.set(health.component, health);
      received.push(...event.value.components);
    }
    if (event.case === 'change') for (const id of event.value.removed) known.delete(id);
    revision = event.value?.revision ?? revision;
    if (waiting !== undefined && Number(revision) >= waiting.revision) waiting.resolve();
  };
  const listen = async (signal: AbortSignal) => {
    try {
      const request = { components: [...components], sinceRevision: revision };
      for await (const message of client.watchHealth(request, { signal })) apply(message);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  const follow = () => {
    if (controller !== undefined) return;
    controller = new AbortController();
    ended = listen(controller.signal);
  };
  follow();
  return {
    follow,
    async reaches(target: number) {
      follow();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = { revision: target, resolve };
      if (Number(revision) >= target) resolve();
      await Promise.race([promise, ended]);
    },
    async cut() {
      controller?.abort();
      controller = undefined;
      await ended;
    },
    received: () => received,
    state: () => Object.fromEntries([...known.values()].map(comparable)),
  };
}

it('compares what it says it compares', () => {
  const health = create(ComponentHealthSchema, { component: 'a', status: HealthStatus.HEALTHY, revision: 3n });
  expect(comparable(health)).toEqual(['a', { status: HealthStatus.HEALTHY, reason: undefined, revision: 3 }]);
});
