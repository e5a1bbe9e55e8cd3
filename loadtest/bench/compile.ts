// npm run bench -- compile: a start and reloads with 10,000 components of mixed kinds, each reload with every one of them changed.
// How long is the event loop held up at a time, by compiling and by what takes effect afterwards, and what does it cost?
import { setImmediate } from 'node:timers/promises';
import { fillRetention } from '../../src/config/compile/defaults.ts';
import { createQuickRuleCheck } from '../../src/config/compile/rule-check.ts';
import { formatFault } from '../../src/config/fault.ts';
import { type ConfigOptions, type LoadedConfig, readConfig } from '../../src/config/read-config.ts';
import { inSlices } from '../../src/core/steps.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { checkProbe, createProbeFactory, probeHost } from '../../src/probes/registry.ts';
import { openStore } from '../../src/store/registry.ts';
import { type Bench, type Figure, median } from './bench.ts';
import { configurationOf } from './compile-text.ts';

const COMPONENTS = 10_000;
const RELOADS = 7;
const STALL_MS = 20;

/** What something cost the process, and the longest that nothing else could run meanwhile. */
interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly longestMs: number;
  /** Time of the processor that the longest of these took: what others on the machine take is not in it. */
  readonly longestCpuMs: number;
}

export const compileBench: Bench = {
  title: `a configuration of ${COMPONENTS.toLocaleString('en')} components: a start, and ${RELOADS} reloads that change them all`,
  async run() {
    const options: ConfigOptions = {
      env: {},
      checkProbe,
      checkRole: () => undefined,
      checkRules: createQuickRuleCheck(),
      probeHost,
    };
    globalThis.gc?.();
    const emptyMb = heapMb();
    const text = configurationOf(COMPONENTS, 0);
    const [first, start] = await measured(() => compile(text, options));
    globalThis.gc?.();
    const heldMb = heapMb() - emptyMb;
    const store = await openStore('memory:', { nowMs: Date.now, retention: fillRetention(undefined) });
    const lookup = createLookup();
    const engine = await createEngineOf(first, store, lookup);
    const compiles: Cost[] = [];
    const applies: Cost[] = [];
    try {
      for (let edition = 1; edition <= RELOADS; edition++) {
        const next = configurationOf(COMPONENTS, edition);
        const [config, compiled] = await measured(() => compile(next, options));
        compiles.push(compiled);
        const [, applied] = await measured(() => engine.reload(config.system));
        applies.push(applied);
      }
    } finally {
      await engine.close();
      lookup.close();
      await store.close();
    }
    return [
      { name: 'compiling at the start, CPU', value: start.cpuMs, unit: 'ms' },
      { name: 'compiling at the start, longest stall', value: start.longestMs, unit: 'ms' },
      ...figuresOf('compiling', compiles, STALL_MS),
      ...figuresOf('what takes effect afterwards', applies),
      { name: 'heap that the configuration takes', value: heldMb, unit: 'MB' },
      { name: 'largest resident set', value: process.resourceUsage().maxRSS / 1024, unit: 'MB' },
    ];
  },
};

async function compile(text: string, options: ConfigOptions): Promise<LoadedConfig> {
  const result = await inSlices(readConfig(text, 'bench.yaml', options), {
    nowMs: () => performance.now(),
    pause: () => setImmediate(),
  });
  if (!result.ok) throw new Error(result.faults.slice(0, 3).map(formatFault).join('\n'));
  return result.config;
}

function createEngineOf(
  { system }: LoadedConfig,
  store: Parameters<typeof createEngine>[0]['store'],
  lookup: ReturnType<typeof createLookup>,
): Promise<Engine> {
  return createEngine({
    system,
    clock: systemClock,
    createProbe: createProbeFactory({
      userAgent: 'openk/bench',
      clock: systemClock,
      dialer: createDialer({ clock: systemClock, lookup }),
    }),
    limits: { inFlight: 512, inFlightPerHost: 32 },
    store,
    listener: {},
  });
}

/** Looks in every turn of the event loop at how long the one before took. */
async function measured<Result>(work: () => Promise<Result>): Promise<readonly [Result, Cost]> {
  let isRunning = true;
  let longestMs = 0;
  let longestCpuMs = 0;
  const looking = (async () => {
    let [atMs, cpuMs] = [performance.now(), threadCpuMs()];
    while (isRunning) {
      await setImmediate();
      const [nowMs, nowCpuMs] = [performance.now(), threadCpuMs()];
      longestMs = Math.max(longestMs, nowMs - atMs);
      longestCpuMs = Math.max(longestCpuMs, nowCpuMs - cpuMs);
      [atMs, cpuMs] = [nowMs, nowCpuMs];
    }
  })();
  await setImmediate();
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - startedMs;
  isRunning = false;
  await looking;
  return [result, { cpuMs: (user + system) / 1000, wallMs, longestMs, longestCpuMs }];
}

function figuresOf(name: string, costs: readonly Cost[], atMost?: number): Figure[] {
  const of = (key: keyof Cost, what: string, target?: number): Figure => {
    const rounds = costs.map((cost) => cost[key]);
    return { name: `${name}, ${what}`, value: median(rounds), unit: 'ms', rounds, ...(target && { atMost: target }) };
  };
  return [
    of('cpuMs', 'CPU'),
    of('wallMs', 'time'),
    of('longestMs', 'longest stall', atMost),
    of('longestCpuMs', 'CPU of the longest', atMost),
  ];
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function heapMb(): number {
  return process.memoryUsage().heapUsed / 2 ** 20;
}
