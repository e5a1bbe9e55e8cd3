// A bounded part of `npm run simulate:instances`, and whether it would find what it is there to find.
import { describe, expect, it } from '@jest/globals';
import { MUTATIONS } from '../support/simulation/mutations.ts';
import { simulate } from '../support/simulation/world.ts';

const SCHEDULES = 12;
/** Within so many schedules a bug has to be found. */
const BOUND = 1000;

/** By mutation: a schedule that shows it. It is looked for from there on, so that a change of the code costs no more than time. */
const SHOWN_BY: Readonly<Record<string, number>> = {
  'numbers of a sequence, and a fence that locks nothing': 1,
  'a write without the fence': 15,
  'now() for clock_timestamp()': 2,
  'the lease taken before its end': 12,
  'the lease of one that is gone never ends': 3,
  'acting until the end of the lease by the wall clock': 28,
  'no margin': 1,
  'the lease counted from the answer': 1,
  'a machine that slept is not noticed': 18,
  'a lost answer taken for one that was kept': 137,
  'a lost answer taken for one that was not': 9,
  'a lost answer asked for without waiting': 9,
  'what changed is not said in the transaction that changes it': 1,
  'NOTIFY without polling': 1,
  'an incarnation that begins by the time alone': 96,
  'alerts that the database does not have': 9,
};

describe('several instances on one database', () => {
  it('keep what they promise, whatever happens', async () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const { violation, log } = await simulate(seed);
      expect({ seed, violation, ...(violation !== undefined && { log }) }).toEqual({ seed, violation: undefined });
    }
  });

  it('do the same again by the same seed', async () => {
    expect(await simulate(7)).toEqual(await simulate(7));
  });

  it('are known by all traps', () => {
    expect(Object.keys(SHOWN_BY)).toEqual(MUTATIONS.map(({ name }) => name));
  });

  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'would be seen to fail by: %s',
    async (name, mutation) => {
      const first = SHOWN_BY[name]!;
      let violation: string | undefined;
      for (let at = 0; at < BOUND && violation === undefined; at++) {
        ({ violation } = await simulate(((first - 1 + at) % BOUND) + 1, mutation));
      }
      expect(violation).toBeDefined();
    },
  );
});
