import { create } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { ExplainHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { onceATurn } from '../../src/services/once-a-turn.ts';

it('answers equal questions of one turn once, and others, later and newer ones anew', async () => {
  let [made, version] = [0, 1];
  const answer = onceATurn(
    ExplainHealthRequestSchema,
    () => version,
    ({ component }) => {
      if (component === '') throw new Error('nothing');
      made += 1;
      return { component, made };
    },
  );
  const ask = (component: string) => answer(create(ExplainHealthRequestSchema, { component }));
  const first = ask('a');
  expect(ask('a')).toBe(first);
  expect(Object.isFrozen(first)).toBe(true);
  expect(ask('b')).toEqual({ component: 'b', made: 2 });
  version = 2;
  expect(ask('a')).toEqual({ component: 'a', made: 3 });
  await new Promise(setImmediate);
  expect(ask('a')).toEqual({ component: 'a', made: 4 });
  expect(() => ask('')).toThrow('nothing');
});
