import { expect, it } from '@jest/globals';
import { createExhaustionLog } from '../../src/compose/exhaustion-log.ts';
import { failure } from '../../src/probes/reason.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const observed = (code: string) => failure(Object.assign(new Error(code), { code }), 'db:1', 1);

it('is one line a minute, with how many runs could not look', async () => {
  const clock = createFakeClock();
  const said: unknown[] = [];
  const log = createExhaustionLog(clock, (runs, component) => said.push([runs, component]));
  log.see(observed('ECONNREFUSED'), 'a');
  expect(said).toEqual([]);
  for (const component of ['a', 'b', 'c']) log.see(observed('EMFILE'), component);
  await clock.advance(59_999);
  log.see(observed('ENFILE'), 'd');
  expect(said).toEqual([[1, 'a']]);
  await clock.advance(1);
  log.see(observed('EMFILE'), 'e');
  expect(said).toEqual([
    [1, 'a'],
    [4, 'e'],
  ]);
});
