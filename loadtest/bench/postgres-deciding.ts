// What an observation costs the one that decides, where another instance has probed: to read it, and to decide by it. Nothing changes by it, as
// mostly. What it costs to keep is measured beside the database.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ObserveRequestSchema } from '../../gen/openk/agent/v1/agent_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import { createAggregator } from '../../src/engine/aggregator.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createView } from '../../src/engine/view.ts';
import { observationFromProto, seenToProto } from '../../src/services/convert-probes.ts';
import { group, probe, system } from '../../tests/support/definitions.ts';
import type { Figure } from './bench.ts';

const COMPONENTS = 20_000;
const IN_A_GROUP = 100;
const AT_ONCE = 500;
const ROUNDS = 20;
const SEEN: Observation = {
  outcome: 'HEALTHY',
  reason: { code: 'OK', message: 'the answer was 200' },
  latencyMs: 12.5,
  phases: { connectMs: 1, firstByteMs: 10 },
};

export function measureDeciding(): readonly Figure[] {
  const ids = Array.from({ length: COMPONENTS }, (_, at) => `team-${at % 997}.service-${at}`);
  const groups = Array.from({ length: COMPONENTS / IN_A_GROUP }, (_, at) =>
    group(`group-${at}`, ids.slice(at * IN_A_GROUP, (at + 1) * IN_A_GROUP)),
  );
  const all = system(
    group(
      'root',
      groups.map(({ id }) => id),
    ),
    ...groups,
    ...ids.map((id) => probe(id)),
  );
  const saved = { revision: 0, components: [], removed: [] };
  const view = createView({ saved, startRevision: 0 });
  const aggregator = createAggregator({
    system: all,
    clock: systemClock,
    saved,
    startRevision: 0,
    journal: {
      stage: view.apply,
      observed() {},
      keepsStates: true,
      refreshed() {},
      together: (work) => work(),
      settled: async () => true,
    },
    view,
  });
  const calls = Array.from({ length: COMPONENTS / AT_ONCE }, (_, call) =>
    toBinary(ObserveRequestSchema, {
      $typeName: 'openk.agent.v1.ObserveRequest',
      agent: 'openk-17',
      incarnation: '0123456789abcdef',
      sequence: BigInt(call + 1),
      observations: ids
        .slice(call * AT_ONCE, (call + 1) * AT_ONCE)
        .map((component) => seenToProto({ component, assignment: '1234567', observation: SEEN }, Date.now())),
      lost: 0n,
      isLast: false,
    }),
  );
  const run = () => {
    for (const bytes of calls) {
      for (const message of fromBinary(ObserveRequestSchema, bytes).observations) {
        aggregator.observe(message.component, observationFromProto(message), { seenMs: systemClock.monotonicMs() });
      }
    }
  };
  try {
    for (let round = 0; round < ROUNDS / 2; round++) run();
    const cpu = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round++) run();
    const { user, system: inSystem } = process.cpuUsage(cpu);
    const bytes = calls.reduce((sum, { length }) => sum + length, 0) / COMPONENTS;
    return [
      {
        name: 'observation of another instance, to read and decide',
        value: (user + inSystem) / (ROUNDS * COMPONENTS),
        unit: 'µs',
      },
      { name: 'observation of another instance, on its way', value: bytes, unit: 'bytes' },
    ];
  } finally {
    aggregator.close();
  }
}
