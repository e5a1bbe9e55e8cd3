import { expect, it } from '@jest/globals';
import { createWatchdog } from '../../src/alerts/watchdog.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const SETTINGS = { url: 'http://127.0.0.1/ping', everyMs: 60_000 };

function createWorld() {
  const clock = createFakeClock();
  const asked: { readonly url: string; readonly atMs: number; readonly signal: AbortSignal }[] = [];
  const faults: unknown[] = [];
  const script = { answers: 'well' as 'well' | 'badly' | 'never', makesProgress: true };
  const watchdog = createWatchdog({
    clock,
    async ask(url, signal) {
      asked.push({ url, atMs: clock.monotonicMs(), signal });
      if (script.answers === 'never') {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut off'))));
      }
      if (script.answers === 'badly') throw new Error('the answer was 404');
    },
    makesProgress: () => script.makesProgress,
    onFault: (fault) => faults.push(fault),
  });
  return Object.assign(script, { clock, asked, faults, watchdog });
}
const timesOf = ({ asked }: ReturnType<typeof createWorld>) => asked.map(({ atMs }) => atMs);

it('asks at once and again and again, as long as the engine makes progress', async () => {
  const world = createWorld();
  world.watchdog.configure(SETTINGS);
  await world.clock.advance(120_000);
  world.makesProgress = false;
  await world.clock.advance(180_000);
  world.makesProgress = true;
  await world.clock.advance(60_000);
  expect(timesOf(world)).toEqual([0, 60_000, 120_000, 360_000]);
  await world.watchdog.close();
  expect(world.clock.pendingTimers).toBe(0);
});

it('says once that it is not answered, and once that it is again', async () => {
  const world = createWorld();
  world.answers = 'badly';
  world.watchdog.configure(SETTINGS);
  await world.clock.advance(120_000);
  expect(world.faults).toEqual([new Error('the answer was 404')]);
  expect(world.watchdog.fault()).toBe('the answer was 404');
  world.answers = 'well';
  await world.clock.advance(60_000);
  expect(world.faults.slice(1)).toEqual([undefined]);
  expect(world.watchdog.fault()).toBeUndefined();
  await world.watchdog.close();
});

it('asks once at a time, for ten seconds at most', async () => {
  const world = createWorld();
  world.answers = 'never';
  world.watchdog.configure({ ...SETTINGS, everyMs: 4_000 });
  await world.clock.advance(9_999);
  expect([timesOf(world), world.asked[0]?.signal.aborted]).toEqual([[0], false]);
  await world.clock.advance(2_001);
  expect([timesOf(world), world.asked[0]?.signal.aborted]).toEqual([[0, 12_000], true]);
  await world.watchdog.close();
  expect(world.asked[1]?.signal.aborted).toBe(true);
  expect(world.clock.pendingTimers).toBe(0);
});

it('goes over to other settings at once, and keeps its pace where they are the same', async () => {
  const world = createWorld();
  world.watchdog.configure(SETTINGS);
  await world.clock.advance(30_000);
  world.watchdog.configure({ ...SETTINGS });
  world.answers = 'never';
  await world.clock.advance(30_000);
  world.answers = 'well';
  world.watchdog.configure({ url: 'http://127.0.0.1/other', everyMs: 10_000 });
  await world.clock.advance(10_000);
  expect(world.asked.map(({ url, atMs }) => [url.at(-1), atMs])).toEqual([
    ['g', 0],
    ['g', 60_000],
    ['r', 60_000],
    ['r', 70_000],
  ]);
  expect(world.faults).toEqual([]);
  world.watchdog.configure(undefined);
  await world.clock.advance(600_000);
  expect(world.asked).toHaveLength(4);
  await world.watchdog.close();
});
