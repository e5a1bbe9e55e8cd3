// npm run bench -- aggregate: what one changed leaf costs, through the rollup alone and through the whole aggregator. It should
// grow with the leaf's ancestors, not with the tree around it.
import type { ComponentDefinition, Member, SystemDefinition } from '../../src/core/definition.ts';
import { compileGraph, type Graph } from '../../src/core/graph.ts';
import type { Observation } from '../../src/core/observation.ts';
import { createRollup } from '../../src/core/rollup.ts';
import { type AggregatorOptions, createAggregator } from '../../src/engine/aggregator.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createView } from '../../src/engine/view.ts';
import type { Bench, Figure } from './bench.ts';

const SIZES = [1_000, 10_000, 100_000];
const DEPTH = 5;
const DEPTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const SIZE_OF_DEPTHS = 10_000;
const MEMBERS_PER_GROUP = 10;
const WARM_UP_CHANGES = 20_000;
const CHANGES = 50_000;
const ROOT_ID = 'system';

interface Cost {
  readonly ancestors: number;
  readonly rollup: Times;
  readonly aggregator: Times;
}

/** Microseconds of one change. */
interface Times {
  readonly median: number;
  readonly p99: number;
}

export const aggregateBench: Bench = {
  title: `one changed leaf that changes every group above it, ${CHANGES.toLocaleString('en')} times`,
  async run() {
    const bySize = SIZES.map((size) => ({ size, ...measure(size, DEPTH) }));
    const byDepth = DEPTHS.map((depth) => ({ depth, ...measure(SIZE_OF_DEPTHS, depth) }));
    const [smallest, largest] = [bySize[0]!, bySize.at(-1)!];
    const [shallowest, deepest] = [byDepth[0]!, byDepth.at(-1)!];
    const times = SIZES.at(-1)! / SIZES[0]!;
    return [
      ...bySize.flatMap(({ size, ...cost }) => figures(`${size.toLocaleString('en')} leaves`, cost)),
      ...byDepth.flatMap(({ depth, ...cost }) => figures(`${depth} deep`, cost)),
      // A tree that leaves the caches of the processor costs some of it.
      ratio(`rollup, in a tree ${times} times as large`, largest.rollup, smallest.rollup, 5),
      ratio(`aggregator, in a tree ${times} times as large`, largest.aggregator, smallest.aggregator, 5),
      ratio(`rollup, ${deepest.ancestors} ancestors to ${shallowest.ancestors}`, deepest.rollup, shallowest.rollup),
      ratio(
        `aggregator, ${deepest.ancestors} ancestors to ${shallowest.ancestors}`,
        deepest.aggregator,
        shallowest.aggregator,
      ),
    ];
  },
};

function figures(name: string, { ancestors, rollup, aggregator }: Cost): Figure[] {
  return [
    { name: `${name}: ancestors recomputed`, value: ancestors, unit: '' },
    { name: `${name}: rollup, median`, value: rollup.median, unit: 'µs' },
    { name: `${name}: rollup, p99`, value: rollup.p99, unit: 'µs' },
    { name: `${name}: aggregator, median`, value: aggregator.median, unit: 'µs' },
    { name: `${name}: aggregator, p99`, value: aggregator.p99, unit: 'µs' },
  ];
}

function ratio(name: string, to: Times, from: Times, atMost?: number): Figure {
  return { name, value: to.median / from.median, unit: '×', ...(atMost !== undefined && { atMost }) };
}

function measure(leaves: number, depth: number): Cost {
  const system = treeOf(leaves, depth);
  return { ...measureRollup(system, leaves), aggregator: measureAggregator(system, leaves) };
}

function measureRollup(system: SystemDefinition, leaves: number): Omit<Cost, 'aggregator'> {
  const graph = compile(system);
  const rollup = createRollup(graph, { own: () => 'HEALTHY', inMaintenance: () => false });
  let touched = 0;
  const count = () => {
    touched += 1;
  };
  const times = timeChanges(leaves, (leaf, isHealthy) => {
    rollup.setOwn(leaf, isHealthy ? 'HEALTHY' : 'UNHEALTHY');
    rollup.settle(count);
  });
  return { rollup: times, ancestors: touched / (WARM_UP_CHANGES + CHANGES) - 1 };
}

function measureAggregator(system: SystemDefinition, leaves: number): Times {
  const saved = { revision: 0, components: [], removed: [] };
  const view = createView({ saved, startRevision: 0 });
  const aggregator = createAggregator({
    system,
    clock: systemClock,
    saved,
    startRevision: 0,
    journal: { ...AT_ONCE, stage: view.apply },
    view,
  });
  const ids = system.components.slice(0, leaves).map(({ id }) => id);
  for (const id of ids) aggregator.observe(id, HEALTHY);
  try {
    return timeChanges(leaves, (leaf, isHealthy) => aggregator.observe(ids[leaf]!, isHealthy ? HEALTHY : UNHEALTHY));
  } finally {
    aggregator.close();
  }
}

/** Nothing waits for a disk here. */
const AT_ONCE: Omit<AggregatorOptions['journal'], 'stage'> = {
  observed() {},
  keepsStates: true,
  refreshed() {},
  together: (work) => work(),
  settled: async () => true,
};

/** Turns leaves all over the tree unhealthy and healthy again, one at a time, so that every group above changes. */
function timeChanges(leaves: number, change: (leaf: number, isHealthy: boolean) => void): Times {
  const samples = new Float64Array(CHANGES);
  for (let at = -WARM_UP_CHANGES; at < CHANGES; at++) {
    // A large prime: the order is the same every time, and neighbours are far apart.
    const leaf = (Math.abs(at >> 1) * 7_368_787) % leaves;
    const startedMs = performance.now();
    change(leaf, at % 2 !== 0);
    if (at >= 0) samples[at] = (performance.now() - startedMs) * 1_000;
  }
  samples.sort();
  return { median: samples[CHANGES >> 1]!, p99: samples[Math.floor(CHANGES * 0.99)]! };
}

/** The leaves come first, so that a leaf's number is its index. */
function treeOf(leaves: number, depth: number): SystemDefinition {
  const components = Array.from({ length: leaves }, (_, leaf) => probe(`leaf-${leaf}`));
  let level = components.map(({ id }) => id);
  for (let height = 1; height <= depth; height++) {
    const groups: ComponentDefinition[] = [];
    for (let at = 0; at < level.length; at += MEMBERS_PER_GROUP) {
      groups.push(group(`group-${height}-${groups.length}`, level.slice(at, at + MEMBERS_PER_GROUP)));
    }
    components.push(...groups);
    level = groups.map(({ id }) => id);
  }
  components.push(group(ROOT_ID, level));
  return { rootId: ROOT_ID, components };
}

const HEALTHY: Observation = { outcome: 'HEALTHY', reason: { code: 'OK', message: 'answers' }, latencyMs: 12 };
const UNHEALTHY: Observation = { outcome: 'UNHEALTHY', reason: { code: 'REFUSED', message: 'refused' }, latencyMs: 1 };

const SCHEDULE = {
  intervalMs: 30_000,
  unhealthyIntervalMs: 30_000,
  timeoutMs: 5_000,
  healthyThreshold: 1,
  unhealthyThreshold: 1,
  staleAfterMs: 3_600_000,
};

const COMMON = { labels: {}, dependsOn: [], servingWhenDegraded: true };

function probe(id: string): ComponentDefinition {
  const subject = { type: 'probe', kind: 'tcp', options: {}, fingerprint: '', schedule: SCHEDULE } as const;
  return { ...COMMON, id, subject };
}

function group(id: string, ids: readonly string[]): ComponentDefinition {
  const members = ids.map((component): Member => ({ component, impact: 'CRITICAL', weight: 1 }));
  return { ...COMMON, id, subject: { type: 'group', rule: { kind: 'worst' }, members } };
}

function compile(system: SystemDefinition): Graph {
  const compiled = compileGraph(system);
  if (!compiled.ok) throw new Error(compiled.faults[0]?.message);
  return compiled.graph;
}
