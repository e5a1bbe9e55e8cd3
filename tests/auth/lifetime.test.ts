import { expect, it } from '@jest/globals';
import { createLifetime } from '../../src/auth/lifetime.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const tenant = () => {
  const seen = { expelled: 0, expel: () => void seen.expelled++ };
  return seen;
};

it('expels at the moment when it expires, once, and has no timer but while somebody is there', async () => {
  const clock = createFakeClock();
  const lifetime = createLifetime(clock, clock.nowMs() + 3_600_000);
  expect(clock.pendingTimers).toBe(0);
  const [a, b] = [tenant(), tenant()];
  lifetime.enter(a);
  lifetime.enter(b);
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(3_599_999);
  expect([a.expelled, b.expelled, lifetime.isOver()]).toEqual([0, 0, false]);
  await clock.advance(1);
  expect([a.expelled, b.expelled, lifetime.isOver(), clock.pendingTimers]).toEqual([1, 1, true, 0]);
  lifetime.end();
  expect(a.expelled).toBe(1);
});

it('whoever has left is not expelled, and leaves no timer', async () => {
  const clock = createFakeClock();
  const lifetime = createLifetime(clock, clock.nowMs() + 1_000);
  const left = tenant();
  lifetime.enter(left);
  lifetime.leave(left);
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(2_000);
  expect(left.expelled).toBe(0);
});

it('follows a wall clock that is set forward within half a minute', async () => {
  const clock = createFakeClock();
  const lifetime = createLifetime(clock, clock.nowMs() + 3_600_000);
  const one = tenant();
  lifetime.enter(one);
  clock.stepWall(4_000_000);
  await clock.advance(30_000);
  expect(one.expelled).toBe(1);
});

it('one without an end lasts until it is taken back', async () => {
  const clock = createFakeClock();
  const lifetime = createLifetime(clock);
  const one = tenant();
  lifetime.enter(one);
  await clock.advance(1e12);
  expect([one.expelled, clock.pendingTimers]).toEqual([0, 0]);
  lifetime.end();
  expect(one.expelled).toBe(1);
});

it('expels at once whoever comes when it is over', () => {
  const clock = createFakeClock();
  const lifetime = createLifetime(clock);
  lifetime.end();
  const late = tenant();
  lifetime.enter(late);
  expect(late.expelled).toBe(1);
});
