// npm run bench -- engine: the real engine with real probes against real sockets, a fifth of which never answer. How
// late do runs start, and how much heap does a component cost?

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { GrpcProbeSchema, HttpProbeSchema, TcpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { fillRetention } from '../../src/config/compile/defaults.ts';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import { createEngine, type EngineListener } from '../../src/engine/engine.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { createProbeFactory } from '../../src/probes/registry.ts';
import { openStore } from '../../src/store/registry.ts';
import type { Bench, Figure } from './bench.ts';
import type { Targets } from './engine-upstreams.ts';

const COMPONENTS = 5000;
const INTERVAL_MS = 30_000;
const TIMEOUT_MS = 5000;
const RUN_MS = 75_000;
/** The defaults of the configuration. */
const LIMITS = { inFlight: 512, inFlightPerHost: 32 };
const ROOT_ID = 'system';

/** The mix of kinds: half HTTP, a quarter each gRPC and TCP, whether they answer or not. */
const KINDS = ['http', 'grpc', 'http', 'tcp'] as const;

type Kind = (typeof KINDS)[number];

export const engineBench: Bench = {
  title: `${COMPONENTS} components at ${INTERVAL_MS / 1000} s for ${RUN_MS / 1000} s, 20 % of them black-holed`,
  async run() {
    const upstreams = fork(new URL('engine-upstreams.ts', import.meta.url), { execArgv: [] });
    try {
      return await measure(await targetsOf(upstreams));
    } finally {
      if (upstreams.connected) {
        const ended = once(upstreams, 'exit');
        upstreams.disconnect();
        await ended;
      }
    }
  },
};

async function targetsOf(upstreams: ChildProcess): Promise<Targets> {
  const died = once(upstreams, 'exit').then(([code]) => {
    throw new Error(`the upstreams ended with ${code} before they listened`);
  });
  const [targets] = await Promise.race([once(upstreams, 'message'), died]);
  return targets as Targets;
}

async function measure(targets: Targets): Promise<readonly Figure[]> {
  const recorded = createRecorder();
  const heapBefore = heapUsed();
  const store = await openStore('memory:', { nowMs: Date.now, retention: fillRetention(undefined) });
  const engine = await createEngine({
    system: systemOf(targets),
    clock: systemClock,
    createProbe: createProbeFactory({
      userAgent: 'openk/bench',
      clock: systemClock,
      dialer: createDialer({ clock: systemClock, lookup: createLookup() }),
    }),
    limits: LIMITS,
    store,
    listener: recorded.listener,
  });
  const cpuBefore = process.cpuUsage();
  const loopDelay = monitorEventLoopDelay({ resolution: 1 });
  engine.start();
  loopDelay.enable();
  await sleep(RUN_MS);
  loopDelay.disable();
  const cpu = process.cpuUsage(cpuBefore);
  const lagsMs = recorded.stop();
  const heapAfter = heapUsed();

  const { memberCounts } = engine.aggregator.health(ROOT_ID) ?? {};
  await engine.close();
  await store.close();
  // Else the figures are those of something else than what the title says.
  if (memberCounts?.healthy !== COMPONENTS * 0.8 || memberCounts.unhealthy !== COMPONENTS * 0.2) {
    throw new Error(`80 % healthy and 20 % unhealthy expected, but there is ${JSON.stringify(memberCounts)}`);
  }
  return [
    { name: 'runs', value: lagsMs.length, unit: '' },
    { name: 'scheduler lag p50', value: quantile(lagsMs, 0.5), unit: 'ms' },
    { name: 'scheduler lag p99', value: quantile(lagsMs, 0.99), unit: 'ms', atMost: 250 },
    { name: 'scheduler lag max', value: quantile(lagsMs, 1), unit: 'ms' },
    { name: 'event loop delay p99', value: loopDelay.percentile(99) / 1e6, unit: 'ms' },
    { name: 'event loop delay max', value: loopDelay.max / 1e6, unit: 'ms' },
    { name: 'heap per component', value: (heapAfter - heapBefore) / COMPONENTS / 1024, unit: 'KB', atMost: 60 },
    { name: 'CPU of the engine', value: (cpu.user + cpu.system) / RUN_MS / 10, unit: '% of a core' },
    { name: 'defects', value: recorded.defects(), unit: '', atMost: 0 },
  ];
}

/** Takes down what the engine tells, in memory that is there before the heap is first looked at. */
function createRecorder() {
  const lagsMs = new Float64Array(COMPONENTS * Math.ceil(RUN_MS / INTERVAL_MS + 1));
  let runs = 0;
  let defects = 0;
  let stopped = false;
  const listener: EngineListener = {
    onLag(lagMs) {
      if (!stopped) lagsMs[runs++] = lagMs;
    },
    onDefect(error, id) {
      if (defects++ < 5) console.error(`  defect of ${id}:`, error);
    },
  };
  return {
    listener,
    defects: () => defects,
    /** The lags until now, in order of size. */
    stop() {
      stopped = true;
      return lagsMs.subarray(0, runs).sort();
    },
  };
}

function systemOf(targets: Targets): SystemDefinition {
  const nextTarget = {
    http: inTurn(targets.http),
    tcp: inTurn(targets.tcp),
    grpc: inTurn(targets.grpc),
    blackHole: inTurn(targets.blackHoles),
  };
  const nextKind = inTurn(KINDS);
  const nextBlackHoledKind = inTurn(KINDS);
  const components = Array.from({ length: COMPONENTS }, (_, n) => {
    const blackHoled = n % 5 === 4;
    const kind = blackHoled ? nextBlackHoledKind() : nextKind();
    return componentOf(`service-${n}`, kind, blackHoled ? nextTarget.blackHole() : nextTarget[kind]());
  });
  const members = components.map(({ id }) => ({ component: id, impact: 'CRITICAL' as const, weight: 1 }));
  const root: ComponentDefinition = {
    id: ROOT_ID,
    labels: {},
    dependsOn: [],
    servingWhenDegraded: true,
    subject: { type: 'group', rule: { kind: 'worst' }, members },
  };
  return { rootId: ROOT_ID, components: [...components, root] };
}

function componentOf(id: string, kind: Kind, target: string): ComponentDefinition {
  return {
    id,
    labels: {},
    dependsOn: [],
    servingWhenDegraded: true,
    subject: {
      type: 'probe',
      kind,
      options: optionsOf(kind, target),
      fingerprint: id,
      schedule: {
        intervalMs: INTERVAL_MS,
        unhealthyIntervalMs: INTERVAL_MS,
        timeoutMs: TIMEOUT_MS,
        healthyThreshold: 1,
        unhealthyThreshold: 3,
        staleAfterMs: 3 * INTERVAL_MS + TIMEOUT_MS,
      },
    },
  };
}

function optionsOf(kind: Kind, target: string): unknown {
  if (kind === 'http') return create(HttpProbeSchema, { url: `http://${target}/` });
  if (kind === 'grpc') return create(GrpcProbeSchema, { target });
  return create(TcpProbeSchema, { target, send: new TextEncoder().encode('PING\n'), expect: '^PING' });
}

/** One after another, and then again from the first. */
function inTurn<Item>(items: readonly Item[]): () => Item {
  let at = 0;
  return () => items[at++ % items.length]!;
}

/** Bytes in use once all garbage is gone. */
function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('start it by `npm run bench`, which gives node --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
