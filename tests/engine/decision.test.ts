// What one input comes to is a value: nothing in it but data, and with it goes what brought it about.
import { expect, it } from '@jest/globals';
import type { TraceRun } from '../../src/engine/prober.ts';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { createScriptedStore } from '../support/scripted-store.ts';
import { saw } from './aggregator-world.ts';
import { createEngineWorld } from './engine-world.ts';

/** Run n has the trace `n`. */
function countRuns(): TraceRun {
  let runs = 0;
  return () => {
    runs += 1;
    return { headers: {}, trace: { traceId: `${runs}`, spanId: `${runs}`, traceFlags: 1 }, end() {} };
  };
}

it('carries the trace of the run that brought it about, however late the store takes it', async () => {
  const store = createScriptedStore();
  // Both runs are over before the store counts as slow.
  const schedule = { intervalMs: 500, unhealthyIntervalMs: 500 };
  const definition = system(group('root', ['a', 'beat']), probe('a', { schedule }), heartbeat('beat'));
  const { clock, engine, decisions, script } = await createEngineWorld(definition, { store, traceRun: countRuns() });
  engine.start();
  await clock.advance(500);
  decisions.length = 0;
  store.mode = 'hold';
  script('a', () => saw('UNHEALTHY'));
  await clock.advance(500);
  void engine.aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
  script('a', () => saw('HEALTHY'));
  await clock.advance(500);
  expect(decisions).toEqual([]);
  store.mode = 'keep';
  store.keep();
  await clock.advance(0);
  expect(decisions.map(({ changed, trace }) => [changed.map(({ component }) => component), trace?.traceId])).toEqual([
    [['a', 'root'], '2'],
    [['beat', 'root'], undefined],
    [['a', 'root'], '3'],
  ]);
  await engine.close();
});

it('is data: the same after a way through JSON, but for the structure that a definition brings', async () => {
  const definition = system(group('root', ['a', 'beat']), probe('a'), heartbeat('beat'));
  const { clock, engine, decisions } = await createEngineWorld(definition, { traceRun: countRuns() });
  engine.start();
  await clock.advance(10_000);
  await engine.aggregator.report('beat', { outcome: 'UNHEALTHY', message: 'disk full' });
  await engine.reload(system(group('root', ['a']), probe('a')));
  expect(decisions.map(({ structure }) => structure !== undefined)).toEqual([true, false, false, true]);
  const data = decisions.map(({ structure, ...rest }) => rest);
  expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  await engine.close();
});
