// Libraries of Node as they are, each in a process of its own: up, degraded, down, stopping, through the probe.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpProbe_HealthBody, HttpProbeSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import { httpProbe } from '../../../src/probes/http.ts';
import { look, probeContext } from '../../support/probe-run.ts';

const PROGRAM = join(import.meta.dirname, '../../support/health-programs/program.mjs');

let service: ChildProcess | undefined;
afterEach(async () => {
  if (service === undefined) return;
  const ended = once(service, 'exit');
  service.stdin!.end();
  await ended;
  service = undefined;
});

async function start(library: string) {
  const child = spawn(process.execPath, [PROGRAM, library], { stdio: ['pipe', 'pipe', 'inherit'] });
  service = child;
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value as string;
  const url = `http://127.0.0.1:${await line()}/health`;
  return {
    /** What the probe says once it is in this state. */
    async as(state: string) {
      child.stdin!.write(`${state}\n`);
      // Other lines are the library's own.
      while ((await line()) !== state);
      const options = create(HttpProbeSchema, { url, healthBody: HttpProbe_HealthBody.AUTO });
      const { outcome, reason, parts = [] } = await look(httpProbe.create(options, probeContext()));
      return [outcome, reason.code, ...parts.map((part) => `${part.name} ${part.outcome}`)];
    },
  };
}

describe('a service with', () => {
  it('@godaddy/terminus', async () => {
    const service = await start('@godaddy/terminus');
    expect(await service.as('up')).toEqual(['HEALTHY', 'OK', 'db HEALTHY', 'cache HEALTHY']);
    // It is well for all that it says, and one of its parts is not.
    expect(await service.as('degraded')).toEqual(['DEGRADED', 'BODY_SAYS_DEGRADED', 'db HEALTHY', 'cache UNHEALTHY']);
    expect(await service.as('down')).toEqual(['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'db UNHEALTHY']);
    expect(await service.as('up')).toEqual(['HEALTHY', 'OK', 'db HEALTHY', 'cache HEALTHY']);
    expect(await service.as('stopping')).toEqual(['UNHEALTHY', 'BODY_SAYS_UNHEALTHY']);
  });

  it('@cloudnative/health-connect', async () => {
    const service = await start('@cloudnative/health-connect');
    expect(await service.as('up')).toEqual(['HEALTHY', 'OK', 'db HEALTHY']);
    expect(await service.as('down')).toEqual(['UNHEALTHY', 'BODY_SAYS_UNHEALTHY', 'db UNHEALTHY']);
    expect(await service.as('stopping')).toEqual(['UNHEALTHY', 'STOPPING', 'drain UNHEALTHY']);
  });

  it('lightship', async () => {
    const service = await start('lightship');
    expect(await service.as('up')).toEqual(['HEALTHY', 'OK']);
    expect(await service.as('down')).toEqual(['UNHEALTHY', 'BODY_SAYS_UNHEALTHY']);
    expect(await service.as('up')).toEqual(['HEALTHY', 'OK']);
    expect(await service.as('stopping')).toEqual(['UNHEALTHY', 'STOPPING']);
  });

  it('@fastify/under-pressure', async () => {
    const service = await start('@fastify/under-pressure');
    expect(await service.as('up')).toEqual(['HEALTHY', 'OK']);
    expect(await service.as('degraded')).toEqual(['DEGRADED', 'BODY_SAYS_DEGRADED']);
    expect(await service.as('down')).toEqual(['UNHEALTHY', 'UNEXPECTED_STATUS']);
  });
});
