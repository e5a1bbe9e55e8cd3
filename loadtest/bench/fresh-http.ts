// npm run bench -- fresh-http: 1,000 HTTP targets each second with an expectation over JSON, a new connection for each run.
// What does one run cost, and how late does it start? Beside blackbox_exporter, where the machine has it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { HttpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { fillRetention } from '../../src/config/compile/defaults.ts';
import type { ComponentDefinition } from '../../src/core/definition.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { createProbeFactory } from '../../src/probes/registry.ts';
import { openStore } from '../../src/store/registry.ts';
import { findBlackbox, startBlackbox } from '../../tests/support/blackbox/blackbox-exporter.ts';
import type { Bench, Figure } from './bench.ts';
import { cpuMicros } from './pinned.ts';

const COMPONENTS = 1000;
const INTERVAL_MS = 1000;
const TIMEOUT_MS = 900;
const WARM_UP_MS = 5000;
const RUN_MS = 15_000;
const BARE_REQUESTS = 10_000;
const BLACKBOX_PROBES = 5000;
const BLACKBOX_AT_ONCE = 32;

export const freshHttpBench: Bench = {
  title: `${COMPONENTS} HTTP targets at ${INTERVAL_MS / 1000} s with an expectation over JSON, each run over a fresh connection`,
  async run() {
    const target = fork(new URL('fresh-http-target.ts', import.meta.url), { execArgv: [] });
    try {
      const [ports] = (await once(target, 'message')) as [readonly number[]];
      const own = await measureOwn(ports);
      const bareMs = await measureBare(ports);
      return [
        ...own.figures,
        { name: 'CPU of a bare socket that asks the same', value: bareMs, unit: 'ms' },
        ...(await measureBlackbox(ports, own.cpuMs)),
      ];
    } finally {
      await ended(target);
    }
  },
};

async function measureOwn(ports: readonly number[]) {
  const lagsMs: number[] = [];
  let runs = 0;
  let unhealthy = 0;
  const store = await openStore('memory:', { nowMs: Date.now, retention: fillRetention(undefined) });
  const engine = await createEngine({
    system: {
      rootId: 'system',
      components: [
        ...Array.from({ length: COMPONENTS }, (_, n) => componentOf(`service-${n}`, ports[n % ports.length]!)),
        {
          id: 'system',
          labels: {},
          dependsOn: [],
          servingWhenDegraded: true,
          subject: { type: 'group', rule: { kind: 'worst' }, members: [] },
        },
      ],
    },
    clock: systemClock,
    createProbe: createProbeFactory({
      userAgent: 'openk/bench',
      clock: systemClock,
      dialer: createDialer({ clock: systemClock, lookup: createLookup() }),
    }),
    limits: { inFlight: 512, inFlightPerHost: 512 },
    store,
    listener: {
      onLag: (lagMs) => void lagsMs.push(lagMs),
      onProbeRun({ observation }) {
        runs++;
        if (observation.outcome !== 'HEALTHY') unhealthy++;
      },
    },
  });
  engine.start();
  await sleep(WARM_UP_MS);
  lagsMs.length = 0;
  runs = 0;
  unhealthy = 0;
  const before = process.cpuUsage();
  await sleep(RUN_MS);
  const { user, system } = process.cpuUsage(before);
  const measured = runs;
  const failed = unhealthy;
  const sorted = Float64Array.from(lagsMs).sort();
  await engine.close();
  await store.close();
  if (measured < (COMPONENTS * RUN_MS) / INTERVAL_MS / 2)
    throw new Error(`only ${measured} runs: there is no time left`);
  const cpuMs = (user + system) / 1000 / measured;
  const figures: readonly Figure[] = [
    { name: 'runs', value: measured, unit: '' },
    { name: 'runs that were not HEALTHY', value: failed, unit: '', atMost: 0 },
    { name: 'CPU per run', value: cpuMs, unit: 'ms', atMost: 0.3 },
    { name: '  of that in user code', value: user / 1000 / measured, unit: 'ms' },
    {
      name: 'scheduler lag p99',
      value: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      unit: 'ms',
      atMost: 50,
    },
  ];
  return { cpuMs, figures };
}

function componentOf(id: string, port: number): ComponentDefinition {
  return {
    id,
    labels: {},
    dependsOn: [],
    servingWhenDegraded: true,
    subject: {
      type: 'probe',
      kind: 'http',
      options: create(HttpProbeSchema, { url: `http://127.0.0.1:${port}/`, expect: ['json.status == "up"'] }),
      fingerprint: id,
      schedule: {
        intervalMs: INTERVAL_MS,
        unhealthyIntervalMs: INTERVAL_MS,
        timeoutMs: TIMEOUT_MS,
        healthyThreshold: 1,
        unhealthyThreshold: 3,
        staleAfterMs: 10 * INTERVAL_MS,
      },
    },
  };
}

/** What no prober on Node can do without: what it costs on this machine at this hour. */
async function measureBare(ports: readonly number[]): Promise<number> {
  const ask = (port: number) =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'));
      socket.on('data', () => {});
      socket.once('close', () => resolve());
    });
  let asked = 0;
  const before = process.cpuUsage();
  const work = async () => {
    while (asked < BARE_REQUESTS) await ask(ports[asked++ % ports.length]!);
  };
  await Promise.all(Array.from({ length: BLACKBOX_AT_ONCE }, work));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / BARE_REQUESTS;
}

/** The same of blackbox_exporter, whose work begins with a request to it and ends with a page of metrics. */
async function measureBlackbox(ports: readonly number[], ownCpuMs: number): Promise<readonly Figure[]> {
  const program = findBlackbox();
  if (program === undefined) return [];
  const blackbox = await startBlackbox(program, {
    up: { prober: 'http', timeout: '2s', http: { fail_if_body_not_matches_regexp: ['"status":"up"'] } },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: BLACKBOX_AT_ONCE });
  try {
    const probe = (port: number) =>
      new Promise<void>((resolve, reject) => {
        get(`${blackbox.url}/probe?module=up&target=http://127.0.0.1:${port}/`, { agent }, (answer) => {
          answer.resume().once('end', resolve);
        }).once('error', reject);
      });
    const ask = async (count: number) => {
      let asked = 0;
      const work = async () => {
        while (asked < count) await probe(ports[asked++ % ports.length]!);
      };
      await Promise.all(Array.from({ length: BLACKBOX_AT_ONCE }, work));
    };
    await ask(500);
    const before = cpuMicros(blackbox.pid);
    await ask(BLACKBOX_PROBES);
    const cpuMs = (cpuMicros(blackbox.pid) - before) / 1000 / BLACKBOX_PROBES;
    return [
      { name: 'CPU per run of blackbox_exporter', value: cpuMs, unit: 'ms' },
      { name: 'CPU per run beside it', value: ownCpuMs / cpuMs, unit: '×' },
    ];
  } finally {
    agent.destroy();
    await blackbox.close();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (!child.connected) return;
  const exit = once(child, 'exit');
  child.disconnect();
  await exit;
}
