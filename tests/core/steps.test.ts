// Long work in slices, with a clock that the work itself moves on.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { atOnce, inSlices, type Steps, settled } from '../../src/core/steps.ts';

let nowMs = 0;
/** What happens, in order: `-` is a step, `|` a pause. */
let story = '';

function* work(steps: number, stepMs: number): Steps<string> {
  for (let step = 0; step < steps; step++) {
    nowMs += stepMs;
    story += '-';
    yield;
  }
  return 'done';
}

const run = (steps: Steps<string>, signal?: AbortSignal) => {
  story = '';
  const pause = async () => {
    story += '|';
  };
  return inSlices(steps, { signal, sliceMs: 5, nowMs: () => nowMs, pause });
};

it.each([
  ['nothing to do', 0, 1, ''],
  ['less than a slice', 4, 1, '----'],
  ['slices of short steps', 12, 1, '-----|-----|--|'],
  ['steps as long as a slice', 3, 5, '-|-|-||'],
  ['steps that are longer', 3, 50, '-|-|-||'],
])('%s', async (_name, steps, stepMs, expected) => {
  expect(await run(work(steps, stepMs))).toBe('done');
  expect(story).toBe(expected);
});

it('hands the event loop back between two slices', async () => {
  let looks = 0;
  const running = inSlices(work(20, 5), { nowMs: () => nowMs, pause: () => setImmediate() });
  const ended = running.then(() => 'ended');
  while ((await Promise.race([ended, setImmediate('running')])) === 'running') looks++;
  expect(looks).toBeGreaterThan(15);
});

it('ends between two slices when its signal fires, and not in the middle of one', async () => {
  const stop = new AbortController();
  function* stopping(): Steps<string> {
    yield* work(2, 1);
    stop.abort(new Error('enough'));
    return yield* work(10, 1);
  }
  await expect(run(stopping(), stop.signal)).rejects.toThrow('enough');
  expect(story).toBe('-----|');
  await expect(run(work(1, 1), stop.signal)).rejects.toThrow('enough');
  expect(story).toBe('');
});

it('throws what a step throws', async () => {
  function* broken(): Steps<string> {
    yield;
    throw new Error('broken');
  }
  await expect(run(broken())).rejects.toThrow('broken');
});

describe('a step that waits', () => {
  function* waiting(settles: Promise<string>): Steps<string> {
    return `${yield* settled(settles)}, ${yield* settled('at once')}`;
  }

  it('is waited for', async () => {
    const settles = Promise.withResolvers<string>();
    const running = run(waiting(settles.promise));
    settles.resolve('late');
    expect(await running).toBe('late, at once');
  });

  it('ends all with what it rejects with', async () => {
    await expect(run(waiting(Promise.reject(new Error('broken'))))).rejects.toThrow('broken');
  });

  it('cannot be done at once', () => {
    expect(() => atOnce(waiting(Promise.resolve('late')))).toThrow(TypeError);
  });
});
