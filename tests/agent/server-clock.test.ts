import { expect, it } from '@jest/globals';
import { createServerClock } from '../../src/agent/server-clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** The server is `behindMs` behind; an answer takes so long there and so long back. */
async function world(behindMs: number) {
  const clock = createFakeClock();
  const serverClock = createServerClock(clock);
  return {
    clock,
    serverClock,
    async ask(thereMs: number, backMs: number, nowBehindMs = behindMs) {
      const sentMs = clock.monotonicMs();
      await clock.advance(thereMs);
      const serverMs = clock.nowMs() - nowBehindMs;
      await clock.advance(backMs);
      serverClock.sample(sentMs, clock.monotonicMs(), serverMs);
    },
  };
}

it('knows nothing before the first answer, and then how far it is ahead, to half of what the way differs', async () => {
  const { serverClock, ask } = await world(40_000);
  expect(serverClock.skewMs()).toBeUndefined();
  await ask(10, 50);
  expect(serverClock.skewMs()).toBe(40_000 + 20);
  await ask(5, 5);
  expect(serverClock.skewMs()).toBe(40_000);
  await ask(0, 900);
  expect(serverClock.skewMs()).toBe(40_000);
});

it('goes by the latest answers alone', async () => {
  const { serverClock, ask } = await world(0);
  await ask(1, 1);
  for (let n = 0; n < 8; n++) await ask(20, 20, -5_000);
  expect(serverClock.skewMs()).toBe(-5_000);
});

it('sees at once that its own clock was set, and after a new start of the way goes by the first answer', async () => {
  const { clock, serverClock, ask } = await world(0);
  await ask(1, 1);
  clock.stepWall(3_600_000);
  expect(serverClock.skewMs()).toBe(3_600_000);
  serverClock.renew();
  expect(serverClock.skewMs()).toBe(3_600_000);
  await ask(50, 50, 7_000);
  expect(serverClock.skewMs()).toBe(7_000);
});
