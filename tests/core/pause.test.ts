import { expect, it } from '@jest/globals';
import { pause } from '../../src/core/pause.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const begin = (signal: AbortSignal, onBegun?: (end: () => void) => void) => {
  const clock = createFakeClock();
  let isOver = false;
  void pause(clock, 1_000, signal, onBegun).then(() => {
    isOver = true;
  });
  return { clock, isOver: () => isOver };
};

it('is over after its time', async () => {
  const { clock, isOver } = begin(new AbortController().signal);
  await clock.advance(999);
  expect(isOver()).toBe(false);
  await clock.advance(1);
  expect(isOver()).toBe(true);
});

it.each([
  ['when the signal fires', (ending: AbortController) => ending.abort()],
  ['when it is ended', (_ending: AbortController, end: () => void) => end()],
])('is over %s, and leaves no timer', async (_name, act) => {
  const ending = new AbortController();
  let end = () => {};
  const { clock, isOver } = begin(ending.signal, (given) => {
    end = given;
  });
  act(ending, end);
  await clock.advance(0);
  expect(isOver()).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

it('is over at once when the signal has fired', async () => {
  const { clock, isOver } = begin(AbortSignal.abort());
  await clock.advance(0);
  expect(isOver()).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});
