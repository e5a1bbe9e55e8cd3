import { create } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { ExplainHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import type { HealthReader } from '../../src/engine/health-ports.ts';
import { onceATurn } from '../../src/services/once-a-turn.ts';
import { withoutWords } from '../../src/services/without-words.ts';
import { createAggregatorWorld } from '../engine/aggregator-world.ts';
import { group, probe, system } from '../support/definitions.ts';

it('answers equal questions of one turn once, and others, later and newer ones, and those of others anew', async () => {
  let made = 0;
  const { aggregator } = createAggregatorWorld(system(group('root', [])));
  const others = withoutWords(aggregator);
  const answer = onceATurn(ExplainHealthRequestSchema, ({ component }) => {
    if (component === '') throw new Error('nothing');
    made += 1;
    return { component, made };
  });
  const ask = (component: string, reader: HealthReader = aggregator) =>
    answer(create(ExplainHealthRequestSchema, { component }), reader);
  const first = ask('a');
  expect(ask('a')).toBe(first);
  expect(Object.isFrozen(first)).toBe(true);
  expect(ask('b')).toEqual({ component: 'b', made: 2 });
  expect(ask('a', others)).toEqual({ component: 'a', made: 3 });
  expect(ask('a')).toBe(first);
  aggregator.reload(system(group('root', ['b']), probe('b')));
  expect(ask('a')).toEqual({ component: 'a', made: 4 });
  await new Promise(setImmediate);
  expect(ask('a')).toEqual({ component: 'a', made: 5 });
  expect(() => ask('')).toThrow('nothing');
});
