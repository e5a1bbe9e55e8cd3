// The load test is itself under test: it must be green for a server that is right, and red for one that is wrong, late or
// not there. k6 runs for real, for a few seconds, against a real OpenK whose components report what the test wants.
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findK6, type K6Summary, runK6 } from '../../loadtest/k6.ts';
import { createProfile } from '../../loadtest/profiles.ts';
import { thresholdVerdicts } from '../../loadtest/results.ts';
import { isUnhealthy, SYSTEM } from '../../loadtest/system.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const DURATION_S = 3;
/** More than the limits of smoke allow. */
const DELAY_MS = 600;
const TIMEOUT_MS = 90_000;

const k6 = await findK6(process.env);
// k6 is a Go program that npm cannot bring: K6 names the binary, or it is on the PATH; see docs/load-testing.md.
const describeWithK6 = k6 === undefined ? describe.skip : describe;

describeWithK6(k6 === undefined ? 'smoke (skipped: k6 is not there, set K6)' : 'smoke', () => {
  let openk: RunningOpenk;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openk-suite-'));
    const ids = Array.from({ length: SYSTEM.components }, (_, n) => `service-${n}`);
    const components = ids.map((id) => `  - { id: ${id}, heartbeat: { period: 1h } }`);
    openk = await runOpenk(`components:\n${components.join('\n')}\n`);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await openk.close();
    await rm(folder, { recursive: true });
  });

  it(
    'finds nothing wrong with a server that is right',
    async () => {
      await reportAll(expectedStatus);
      const { missed, summary } = await smoke(new URL(openk.address).host);
      // How fast this machine is now is not the question.
      expect(missed.filter((what) => !isAboutTime(what))).toEqual([]);
      expect(summary.metrics.openk_calls?.values.count).toBeGreaterThan(50);
    },
    TIMEOUT_MS,
  );

  it(
    'is red when every status is another',
    async () => {
      await reportAll(() => 'DEGRADED');
      const { missed, profile } = await smoke(new URL(openk.address).host);
      // grpc.health.v1 has no DEGRADED: what is SERVING still is.
      const surely = Object.keys(profile.options.scenarios).filter((scenario) => scenario !== 'grpcWatch');
      for (const scenario of surely) {
        expect(missed).toContainEqual(expect.stringContaining(`openk_failures{scenario:${scenario}}`));
      }
    },
    TIMEOUT_MS,
  );

  it(
    'is red by its latencies when every answer is late, and calls none of them wrong',
    async () => {
      await reportAll(expectedStatus);
      const slow = await startSlowProxy(openk.address);
      try {
        const { missed } = await smoke(slow.target);
        for (const scenario of ['connectJson', 'connectGet', 'grpcWeb', 'rest']) {
          expect(missed).toContainEqual(expect.stringContaining(`http_req_duration{scenario:${scenario}}: p(95)`));
        }
        expect(missed).toContainEqual(expect.stringContaining('grpc_req_duration{scenario:grpcUnary}: p(95)'));
        expect(missed).toContainEqual(expect.stringContaining('openk_watch_first_message{scenario:grpcWatch}: p(95)'));
        expect(missed.filter((what) => what.startsWith('openk_failures'))).toEqual([]);
      } finally {
        await slow.close();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'is red when nobody listens',
    async () => {
      const { missed, profile } = await smoke(`127.0.0.1:${await unusedPort()}`);
      for (const scenario of Object.keys(profile.options.scenarios)) {
        expect(missed).toContainEqual(expect.stringContaining(`openk_failures{scenario:${scenario}}`));
      }
    },
    TIMEOUT_MS,
  );

  async function smoke(target: string) {
    const profile = createProfile('smoke', DURATION_S)!;
    const summary: K6Summary = await runK6({ binary: k6!, profile, target, folder, onLog: () => {} });
    const verdicts = thresholdVerdicts(summary, profile.endsBy);
    return { profile, summary, missed: verdicts.filter(({ held }) => !held).map(({ what }) => what) };
  }

  async function reportAll(outcomeOf: (n: number) => 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY') {
    const report = (n: number) =>
      openk.engine.aggregator.report(`service-${n}`, { outcome: outcomeOf(n), message: 'told by the test' });
    await Promise.all(Array.from({ length: SYSTEM.components }, (_, n) => report(n)));
  }
});

function expectedStatus(n: number) {
  return isUnhealthy(n) ? 'UNHEALTHY' : 'HEALTHY';
}

function isAboutTime(what: string): boolean {
  return /duration|first_message|dropped_iterations/.test(what);
}

/** Hands everything on, and holds every answer back for a while. */
async function startSlowProxy(address: string) {
  const { hostname, port } = new URL(address);
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const later = (work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, DELAY_MS);
    timers.add(timer);
  };
  const server = createServer((client) => {
    const upstream = createConnection(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => upstream.write(chunk));
    client.on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => later(() => client.writable && client.write(chunk)));
    upstream.on('end', () => later(() => client.end()));
  });
  return {
    target: `127.0.0.1:${await listen(server)}`,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
