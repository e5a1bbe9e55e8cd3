// What names the components as a whole lets a watcher go on after a start of the server, and only where they are the same.
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { HealthService, type WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import { runOpenk } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

const configOf = (label: string) => `
components:
  - { id: job, labels: { team: ${label} }, heartbeat: { period: 24h } }
  - { id: other, heartbeat: { period: 24h } }
  - { id: group, group: { members: [ { component: job } ] } }
`;

let files: TemporaryFiles;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  files = createTemporaryFiles();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  files.remove();
});

async function start(label: string): Promise<SpawnedOpenk> {
  const openk = await spawnOpenk(configOf(label), { storage: `sqlite:${files.path('openk.db')}` });
  ends.push(() => openk.dispose());
  return openk;
}

interface Place {
  readonly revision: bigint;
  readonly structure: string;
}

/** The first event of a stream that goes on behind that place. */
async function firstEvent(address: string, place?: Place): Promise<WatchHealthResponse['event']> {
  const sessionManager = new Http2SessionManager(address);
  const client = createClient(HealthService, createGrpcTransport({ baseUrl: address, sessionManager }));
  const from = place && { sinceRevision: place.revision, structure: place.structure };
  try {
    for await (const { event } of client.watchHealth({ summaries: true, ...from })) return event;
    throw new Error('the stream ended before its first message');
  } finally {
    sessionManager.abort();
  }
}

async function placeAt(address: string): Promise<Place> {
  const event = await firstEvent(address);
  if (event.case !== 'snapshot') throw new Error(`began with ${event.case}`);
  expect(event.value.structure).toMatch(/^[0-9a-z]{1,11}$/);
  return event.value;
}

it('a stream goes on over a start of the server, with what changed alone', async () => {
  const before = await start('red');
  const place = await placeAt(before.address);
  const client = createClient(HealthService, createGrpcTransport({ baseUrl: before.address }));
  await client.reportHealth({ component: 'other', status: HealthStatus.UNHEALTHY });
  await before.dispose();

  const after = await start('red');
  const event = await firstEvent(after.address, place);
  expect(event.case).toBe('change');
  if (event.case !== 'change') return;
  expect(event.value.components.map(({ component }) => component).sort()).toEqual(['other', 'system']);
  const there = { revision: event.value.revision, structure: event.value.structure };
  expect(there.structure).toBe(place.structure);
  expect(await firstEvent(after.address, there)).toMatchObject({ case: 'keepAlive' });
  // Who does not say what it knows gets everything.
  expect(await firstEvent(after.address, { ...place, structure: '' })).toMatchObject({ case: 'snapshot' });
});

it('a stream begins anew where the components are others than before the start', async () => {
  const before = await start('red');
  const place = await placeAt(before.address);
  await before.dispose();
  const after = await start('blue');
  const event = await firstEvent(after.address, place);
  expect(event.case).toBe('snapshot');
  expect((event.value as Place).structure).not.toBe(place.structure);
});

it('a change that a reload makes names them anew, as it was named before where they are as before', async () => {
  const openk = await runOpenk(configOf('red'));
  ends.push(() => openk.close());
  const red = await placeAt(openk.address);
  const names: string[] = [];
  let { revision } = red;
  for (const label of ['blue', 'red']) {
    const sessionManager = new Http2SessionManager(openk.address);
    const client = createClient(HealthService, createGrpcTransport({ baseUrl: openk.address, sessionManager }));
    for await (const { event } of client.watchHealth({ summaries: true, sinceRevision: revision })) {
      if (event.case === 'keepAlive') await openk.reloadWith(configOf(label));
      if (event.case !== 'change') continue;
      names.push(event.value.structure);
      revision = event.value.revision;
      break;
    }
    sessionManager.abort();
  }
  expect(names[0]).not.toBe(red.structure);
  expect(names[1]).toBe(red.structure);
});
