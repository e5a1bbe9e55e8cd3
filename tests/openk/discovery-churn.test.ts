// A list that changes all the time disturbs nobody who stays; `npm run discovery:churn` is the long form.
import { expect, it } from '@jest/globals';
import { runChurn } from '../support/churn.ts';
import { runOpenk } from '../support/running-openk.ts';

it('leaves what stays as it is, and nothing of what goes', async () => {
  const { flaps, neglected, left, named, changes } = await runChurn({
    seconds: 2,
    targets: 200,
    changesPerSecond: 50,
    intervalMs: 30_000,
    start: (config) => runOpenk(config),
  });
  expect({ flaps, neglected, changes }).toEqual({ flaps: [], neglected: 0, changes: 100 });
  expect(left).toEqual(named);
});
