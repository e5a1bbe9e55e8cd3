// Time that nobody lived: noticed before anything else, whoever looks first, and never where only the wall clock steps.
import { describe, expect, it } from '@jest/globals';
import { createGaps, GAP_MS, type Gap } from '../../src/engine/gaps.ts';
import { createSystemClock } from '../../src/engine/system-clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function createWorld() {
  const clock = createFakeClock();
  const seen: Gap[] = [];
  const gaps = createGaps({ clock, onGap: (gap) => seen.push(gap) });
  return { clock, gaps, seen };
}

describe('gaps', () => {
  it.each([
    ['no time', 0, false],
    ['a short pause', GAP_MS - 500, false],
    ['a gap', GAP_MS, true],
    ['a night', 8 * 3_600_000, true],
  ])('takes %s for what it is', async (_name, ms, isGap) => {
    const { clock, gaps, seen } = createWorld();
    gaps.start();
    await clock.advance(10_000);
    clock.freeze(ms);
    await clock.advance(0);
    expect(seen).toEqual(isGap ? [{ fromMs: 10_000, untilMs: 10_000 + ms }] : []);
    await clock.advance(10_000);
    expect(seen).toHaveLength(isGap ? 1 : 0);
    gaps.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets its time stand still before the gap until that is noticed', async () => {
    const { clock, gaps, seen } = createWorld();
    gaps.start();
    await clock.advance(1_000);
    const wallMs = clock.nowMs();
    clock.freeze(60_000);
    expect([gaps.clock.monotonicMs(), gaps.clock.nowMs()]).toEqual([1_000, wallMs]);
    clock.freeze(1_000);
    expect([gaps.clock.monotonicMs(), gaps.clock.nowMs()]).toEqual([1_000, wallMs]);
    gaps.look();
    expect([gaps.clock.monotonicMs(), gaps.clock.nowMs()]).toEqual([62_000, wallMs + 61_000]);
    gaps.look();
    expect(seen).toEqual([{ fromMs: 1_000, untilMs: 62_000 }]);
    gaps.close();
  });

  it('notices it before any of its timers calls, and does not call what it made them call off', async () => {
    const clock = createFakeClock();
    const order: string[] = [];
    let callOff = () => {};
    const gaps = createGaps({
      clock,
      onGap() {
        order.push('gap');
        callOff();
      },
    });
    gaps.start();
    gaps.clock.after(100, () => order.push('kept'));
    callOff = gaps.clock.after(50, () => order.push('called off'));
    clock.freeze(5_000);
    await clock.advance(0);
    expect(order).toEqual(['gap', 'kept']);
    gaps.close();
  });

  it('takes no time before its start or after its end for a gap', async () => {
    const { clock, gaps, seen } = createWorld();
    clock.freeze(60_000);
    expect(gaps.clock.monotonicMs()).toBe(60_000);
    gaps.start();
    await clock.advance(5_000);
    gaps.close();
    clock.freeze(60_000);
    gaps.look();
    expect(gaps.clock.monotonicMs()).toBe(125_000);
    expect(seen).toEqual([]);
  });

  it.each([3_600_000, -3_600_000, 86_400_000_000])('does not mind that the wall clock steps by %d ms', async (ms) => {
    const { clock, gaps, seen } = createWorld();
    gaps.start();
    await clock.advance(1_000);
    clock.stepWall(ms);
    await clock.advance(5_000);
    expect(seen).toEqual([]);
    expect(gaps.clock.nowMs()).toBe(clock.nowMs());
    gaps.close();
  });
});

describe('the real clock', () => {
  function createMachine() {
    const machine = { awakeMs: 5_000, wallMs: Date.UTC(2026, 0, 1), uptimeMs: 900_000, uptimeReads: 0 };
    const clock = createSystemClock({
      wallMs: () => machine.wallMs,
      awakeMs: () => machine.awakeMs,
      uptimeMs() {
        machine.uptimeReads++;
        // As Linux says it.
        return Math.floor(machine.uptimeMs / 10) * 10;
      },
    });
    const pass = (ms: number, { awake = ms, wall = ms, up = ms } = {}) => {
      machine.awakeMs += awake;
      machine.wallMs += wall;
      machine.uptimeMs += up;
      return clock.monotonicMs();
    };
    return { machine, clock, pass };
  }

  it('goes on while the machine sleeps', () => {
    const { clock, pass } = createMachine();
    const startMs = clock.monotonicMs();
    expect(pass(1_000) - startMs).toBe(1_000);
    expect(Math.abs(pass(3_600_000, { awake: 0 }) - startMs - 3_601_000)).toBeLessThanOrEqual(10);
    expect(Math.abs(pass(60_000, { awake: 20 }) - startMs - 3_661_000)).toBeLessThanOrEqual(20);
    expect(Math.abs(pass(1_000) - startMs - 3_662_000)).toBeLessThanOrEqual(20);
  });

  it.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
    ['forward while it is corrected back and forth', 700],
  ])('does not mind a wall clock that steps %s', (_name, stepMs) => {
    const { machine, clock, pass } = createMachine();
    const startMs = clock.monotonicMs();
    for (let step = 1; step <= 5; step++) {
      expect(pass(1_000, { wall: 1_000 + (step % 2 === 0 ? -stepMs : stepMs) }) - startMs).toBe(1_000 * step);
    }
    expect(machine.uptimeReads).toBeLessThanOrEqual(6);
  });

  it('knows a step of the wall clock from a sleep in which it also stepped', () => {
    const { clock, pass } = createMachine();
    const startMs = clock.monotonicMs();
    expect(
      Math.abs(pass(7_200_000, { awake: 0, wall: 7_200_000 + 3_600_000 }) - startMs - 7_200_000),
    ).toBeLessThanOrEqual(10);
  });

  it('never goes back, whatever the system says of its uptime', () => {
    const { clock, pass } = createMachine();
    let lastMs = clock.monotonicMs();
    for (const up of [1_000, -900_000, 1_000, 3_600_000, -10]) {
      const nowMs = pass(1_000, { wall: 5_000, up });
      expect(nowMs).toBeGreaterThanOrEqual(lastMs + 1_000);
      lastMs = nowMs;
    }
  });

  it('asks for the uptime only where clocks disagree', () => {
    const { machine, pass } = createMachine();
    const before = machine.uptimeReads;
    for (let n = 0; n < 1_000; n++) pass(100, { wall: 100 + (n % 3) - 1 });
    expect(machine.uptimeReads).toBe(before);
  });
});
