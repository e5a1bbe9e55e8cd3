// Libraries as they are, in processes of their own: up, degraded where they know it, down, stopping, each through the probe. Those of Node always;
// those of Go and Python where they can be had, else skipped, with the reason. What other toolchains answer is recorded (recorded.test.ts).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpProbe_HealthBody, HttpProbeSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import { httpProbe } from '../../../src/probes/http.ts';
import { look, probeContext } from '../../support/probe-run.ts';

const PROGRAMS = join(import.meta.dirname, '../../support/health-programs');
/** Has what `.ci/run` installs. */
const PYTHON = process.env.PYTHON_WITH_HEALTH ?? 'python3';
/** Of Go: its modules are fetched the first time. */
const BUILD_MS = 120_000;
const REFUSED = ['UNHEALTHY', 'CONNECTION_REFUSED'];

/** What the probe says of a service in these states, one after the other: outcome, code and parts. */
type Story = readonly (readonly [state: string, said: readonly string[]])[];

const NODE: Readonly<Record<string, Story>> = {
  '@godaddy/terminus': [
    ['up', ['HEALTHY', 'OK', 'db HEALTHY', 'cache HEALTHY']],
    // It is well for all that it says, and one of its parts is not.
    ['degraded', ['DEGRADED', 'BODY_SAYS_DEGRADED', 'db HEALTHY', 'cache UNHEALTHY']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'db UNHEALTHY']],
    ['up', ['HEALTHY', 'OK', 'db HEALTHY', 'cache HEALTHY']],
    ['stopping', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY']],
  ],
  '@cloudnative/health-connect': [
    ['up', ['HEALTHY', 'OK', 'db HEALTHY']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'db UNHEALTHY']],
    ['stopping', ['UNHEALTHY', 'STOPPING', 'drain UNHEALTHY']],
  ],
  lightship: [
    ['up', ['HEALTHY', 'OK']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY']],
    ['up', ['HEALTHY', 'OK']],
    ['stopping', ['UNHEALTHY', 'STOPPING']],
  ],
  '@fastify/under-pressure': [
    ['up', ['HEALTHY', 'OK']],
    ['degraded', ['DEGRADED', 'BODY_SAYS_DEGRADED']],
    ['down', ['UNHEALTHY', 'UNEXPECTED_STATUS']],
    ['stopping', REFUSED],
  ],
  '@nestjs/terminus': [
    ['up', ['HEALTHY', 'OK', 'db HEALTHY', 'cache HEALTHY']],
    ['degraded', ['DEGRADED', 'BODY_SAYS_DEGRADED', 'db HEALTHY', 'cache DEGRADED']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'cache HEALTHY', 'db UNHEALTHY']],
    ['up', ['HEALTHY', 'OK', 'db HEALTHY', 'cache HEALTHY']],
    ['stopping', ['UNHEALTHY', 'STOPPING', 'db HEALTHY', 'cache HEALTHY']],
  ],
  'express-healthcheck': [
    ['up', ['HEALTHY', 'OK']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY']],
    ['up', ['HEALTHY', 'OK']],
    ['stopping', REFUSED],
  ],
  'fastify-healthcheck': [
    ['up', ['HEALTHY', 'OK']],
    ['down', ['UNHEALTHY', 'UNEXPECTED_STATUS']],
    ['up', ['HEALTHY', 'OK']],
    ['stopping', REFUSED],
  ],
};

const GO: Readonly<Record<string, Story>> = {
  'alexliesenfeld/health': [
    ['up', ['HEALTHY', 'OK', 'cache HEALTHY', 'db HEALTHY']],
    // A failure that it bears.
    ['degraded', ['DEGRADED', 'BODY_SAYS_DEGRADED', 'cache DEGRADED', 'db HEALTHY']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'cache HEALTHY', 'db UNHEALTHY']],
    ['stopping', REFUSED],
  ],
  'hellofresh/health-go': [
    ['up', ['HEALTHY', 'OK']],
    ['degraded', ['DEGRADED', 'BODY_SAYS_DEGRADED', 'cache UNHEALTHY']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'db UNHEALTHY']],
    ['stopping', REFUSED],
  ],
  'heptiolabs/healthcheck': [
    ['up', ['HEALTHY', 'OK', 'db HEALTHY', 'loop HEALTHY']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'db UNHEALTHY', 'loop HEALTHY']],
    ['stopping', REFUSED],
  ],
  'InVisionApp/go-health': [
    ['up', ['HEALTHY', 'OK', 'cache HEALTHY', 'db HEALTHY']],
    ['degraded', ['DEGRADED', 'BODY_SAYS_DEGRADED', 'cache UNHEALTHY', 'db HEALTHY']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'cache HEALTHY', 'db UNHEALTHY']],
    ['stopping', REFUSED],
  ],
};

const PYTHON_STORIES: Readonly<Record<string, Story>> = {
  'py-healthcheck': [
    ['up', ['HEALTHY', 'OK', 'db HEALTHY']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'db UNHEALTHY']],
    ['stopping', REFUSED],
  ],
  'django-health-check': [
    ['up', ['HEALTHY', 'OK', 'Search() HEALTHY']],
    // As 500, of which the body says that it is a warning.
    ['degraded', ['DEGRADED', 'BODY_SAYS_DEGRADED', 'Search() DEGRADED']],
    ['down', ['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'Search() UNHEALTHY']],
    ['stopping', REFUSED],
  ],
  'fastapi-health': [
    ['up', ['HEALTHY', 'OK', 'db HEALTHY', 'cache HEALTHY']],
    // What fails is not in its body.
    ['down', ['UNHEALTHY', 'DRAINING', 'cache HEALTHY']],
    ['stopping', REFUSED],
  ],
};

const folder = mkdtempSync(join(tmpdir(), 'openk-health-programs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a service of Node with', () => {
  tell([process.execPath, join(PROGRAMS, 'program.mjs')], NODE);
});
describe('a service of Go with', () => {
  const program = join(folder, 'program');
  const options = { cwd: join(PROGRAMS, 'go'), timeout: BUILD_MS };
  const built = spawnSync('go', ['build', '-buildvcs=false', '-o', program, '.'], options);
  tell([program], GO, built.status === 0 ? undefined : 'go is not on the PATH, or cannot get its modules');
});
describe('a service of Python with', () => {
  const found = spawnSync(PYTHON, ['-c', 'import healthcheck, health_check, fastapi_health, uvicorn']);
  const why = found.status === 0 ? undefined : `${PYTHON} has not these packages`;
  tell([PYTHON, join(PROGRAMS, 'program.py')], PYTHON_STORIES, why);
});

/** All services of one toolchain are one process. @param whyNot they cannot be run */
function tell([program = '', ...args]: readonly string[], stories: Readonly<Record<string, Story>>, whyNot?: string) {
  if (whyNot !== undefined) {
    it.skip.each(Object.keys(stories))(`%s (not run: ${whyNot})`, () => {});
    return;
  }
  let services: Awaited<ReturnType<typeof startServices>>;
  beforeAll(async () => {
    services = await startServices(program, args);
    expect(Object.keys(services.ports).sort()).toEqual(Object.keys(stories).sort());
  });
  afterAll(() => services.end());

  it.each(Object.entries(stories))('%s', async (library, story) => {
    const told: [string, string[]][] = [];
    for (const [state] of story) {
      await services.become(library, state);
      told.push([state, await said(services.ports[library]!)]);
    }
    expect(told).toEqual(story);
  });
}

async function startServices(program: string, args: readonly string[]) {
  const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the program ended');
    return value;
  };
  return {
    ports: JSON.parse(await line()) as Readonly<Record<string, number>>,
    async become(library: string, state: string) {
      child.stdin!.write(`${library} ${state}\n`);
      // Other lines are the libraries' own.
      while ((await line()) !== `${library} ${state}`);
    },
    async end() {
      child.stdin!.end();
      await ended;
    },
  };
}

async function said(port: number): Promise<string[]> {
  const options = { url: `http://127.0.0.1:${port}/health`, healthBody: HttpProbe_HealthBody.AUTO };
  const {
    outcome,
    reason,
    parts = [],
  } = await look(httpProbe.create(create(HttpProbeSchema, options), probeContext()));
  return [outcome, reason.code, ...parts.map((part) => `${part.name} ${part.outcome}`)];
}
