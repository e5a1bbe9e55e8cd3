import { describe, expect, it } from '@jest/globals';
import type { LeaseWord } from '../../src/core/store.ts';
import { createLease } from '../../src/engine/lease.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const LEASE_MS = 15_000;

function createWorld() {
  const clock = createFakeClock();
  const said: unknown[] = [];
  const renewals: PromiseWithResolvers<void>[] = [];
  const lease = createLease({ clock, processMs: clock.monotonicMs, onLost: (message) => said.push(message) });
  lease.subscribe((isProven) => said.push(isProven));
  /** As the store says it now of what was sent so long ago. */
  const held = (agoMs = 0, wallAgoMs = agoMs): LeaseWord => ({
    kind: 'held',
    sentMs: clock.monotonicMs() - agoMs,
    sentWallMs: clock.nowMs() - wallAgoMs,
    forMs: LEASE_MS,
  });
  const renew = () => {
    const renewal = Promise.withResolvers<void>();
    renewals.push(renewal);
    return renewal.promise;
  };
  return { clock, said, renewals, lease, held, renew };
}

describe('a lease', () => {
  it('is proven from what the store says until two seconds before its end, and again', async () => {
    const { clock, lease, held, said, renew } = createWorld();
    lease.start(renew);
    expect(lease.isProven()).toBe(false);
    lease.take(held());
    expect(lease.isProven()).toBe(true);
    await clock.advance(12_999);
    expect(lease.isProven()).toBe(true);
    await clock.advance(1);
    expect(lease.isProven()).toBe(false);
    expect(said).toEqual([true, false]);
    lease.take(held());
    expect(said).toEqual([true, false, true]);
    lease.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts from when it was asked for, and nothing makes it shorter', async () => {
    const { clock, lease, held, renew } = createWorld();
    lease.start(renew);
    lease.take(held(12_000));
    await clock.advance(999);
    expect(lease.isProven()).toBe(true);
    await clock.advance(1);
    expect(lease.isProven()).toBe(false);
    lease.take(held(13_000));
    expect(lease.isProven()).toBe(false);
    lease.take(held());
    lease.take(held(12_999));
    await clock.advance(12_999);
    expect(lease.isProven()).toBe(true);
  });

  it.each([
    ['the machine slept, of which its own time knows nothing', 0, 13_000, false],
    ['the wall clock was set back', 1_000, -3_600_000, true],
    ['the process was stopped', 13_000, 13_000, false],
  ])('when %s on the way of the answer', (_, agoMs, wallAgoMs, isProven) => {
    const { lease, held, renew } = createWorld();
    lease.start(renew);
    lease.take(held(agoMs, wallAgoMs));
    expect(lease.isProven()).toBe(isProven);
  });

  it('is over for one that was stopped for longer, before any of its timers says so', async () => {
    const { clock, lease, held, said, renew } = createWorld();
    lease.start(renew);
    lease.take(held());
    clock.freeze(30_000);
    expect(lease.isProven()).toBe(false);
    await clock.advance(0);
    expect(said).toEqual([true, false]);
    lease.take(held());
    clock.freeze(30_000);
    lease.take(held());
    expect(said).toEqual([true, false, true, false, true]);
  });

  it('goes by no wall clock that jumps', async () => {
    const { clock, lease, held, renew } = createWorld();
    lease.start(renew);
    lease.take(held());
    clock.stepWall(-86_400_000);
    await clock.advance(12_999);
    expect(lease.isProven()).toBe(true);
    await clock.advance(1);
    expect(lease.isProven()).toBe(false);
  });

  it('is renewed every three seconds where no write does it, one renewal at a time', async () => {
    const { clock, lease, held, renewals, renew } = createWorld();
    lease.take(held());
    lease.start(renew);
    expect(renewals).toHaveLength(0);
    await clock.advance(3_000);
    expect(renewals).toHaveLength(1);
    await clock.advance(6_000);
    expect(renewals).toHaveLength(1);
    renewals[0]!.reject(new Error('it is gone'));
    await clock.advance(3_000);
    expect(renewals).toHaveLength(2);
    renewals[1]!.resolve();
    lease.take(held());
    await clock.advance(2_999);
    lease.take(held());
    await clock.advance(1);
    expect(renewals).toHaveLength(2);
    lease.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('that somebody else has taken is lost for good', async () => {
    const { clock, lease, held, said, renewals, renew } = createWorld();
    lease.start(renew);
    lease.take(held());
    lease.take({ kind: 'lost', message: 'another one has it' });
    lease.take({ kind: 'lost', message: 'another one has it' });
    lease.take(held());
    expect(lease.isProven()).toBe(false);
    expect(lease.lost()).toBe('another one has it');
    expect(said).toEqual([true, false, 'another one has it']);
    const before = renewals.length;
    await clock.advance(60_000);
    expect(renewals).toHaveLength(before);
  });

  it('on a store that nobody else can take is always proven', async () => {
    const { clock, lease, said } = createWorld();
    lease.start(undefined);
    await clock.advance(3_600_000);
    expect(lease.isProven()).toBe(true);
    expect(said).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
