import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Observation } from '../../src/core/observation.ts';
import { Cancelled, DeadlineExceeded, type Probe, type ProbeRun, type Progress } from '../../src/core/probe.ts';
import { LET_GO_MS, type ProbeResult, runProbe } from '../../src/engine/run-probe.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const HEALTHY: Observation = { outcome: 'HEALTHY', reason: { code: 'OK', message: 'fine' } };
const TIMEOUT_MS = 5000;

/** One run of a probe whose end the test decides. */
function startRun(
  settings: { timeoutMs?: number; run?: (run: ProbeRun) => Promise<Observation>; timedOut?: Probe['timedOut'] } = {},
) {
  const clock = createFakeClock();
  const cancel = new AbortController();
  const answer = Promise.withResolvers<Observation>();
  const defects: unknown[] = [];
  const seen: { run?: ProbeRun; result?: ProbeResult; settled: boolean } = { settled: false };
  const run = (given: ProbeRun) => {
    seen.run = given;
    return settings.run === undefined ? answer.promise : settings.run(given);
  };
  const probe = { run, close: async () => {}, ...(settings.timedOut && { timedOut: settings.timedOut }) };
  const done = runProbe(probe, {
    timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
    clock,
    cancel: cancel.signal,
    traceHeaders: { traceparent: '00-1-2-00' },
    onDefect: (error) => defects.push(error),
  }).then(async (result) => {
    seen.result = result;
    await result.settled;
    seen.settled = true;
  });
  const expectNothingLeft = () => {
    expect(seen.settled).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
  };
  return { clock, cancel, answer, defects, seen, done, expectNothingLeft };
}

/** A probe as it should be: it ends with the reason of its signal. */
const obedient = ({ signal }: ProbeRun) =>
  new Promise<Observation>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('run-probe', () => {
  it('says at the deadline what the probe says of it', async () => {
    const timedOut = { outcome: 'UNKNOWN', reason: { code: 'SOURCE_FAILED', message: 'late' } } as const;
    const { clock, seen, done, expectNothingLeft } = startRun({ run: obedient, timedOut });
    await clock.advance(TIMEOUT_MS);
    await done;
    expect(seen.result).toMatchObject({ kind: 'timed-out', observation: { ...timedOut, latencyMs: TIMEOUT_MS } });
    expectNothingLeft();
  });

  it('gives the probe its signal, its time and its headers, and hands back the answer with the time it took', async () => {
    const { clock, answer, defects, seen, done, expectNothingLeft } = startRun();
    await clock.advance(120);
    answer.resolve(HEALTHY);
    await done;
    expect(seen.run).toMatchObject({ timeoutMs: TIMEOUT_MS, traceHeaders: { traceparent: '00-1-2-00' } });
    expect(seen.result).toMatchObject({ kind: 'answered', observation: { ...HEALTHY, latencyMs: 120 } });
    expect(seen.run?.signal.aborted).toBe(false);
    expect(defects).toEqual([]);
    expectNothingLeft();
  });

  it('leaves the latency alone that the probe itself measured', async () => {
    const { clock, answer, seen, done } = startRun();
    await clock.advance(120);
    answer.resolve({ ...HEALTHY, latencyMs: 7 });
    await done;
    expect(seen.result).toMatchObject({ observation: { latencyMs: 7 } });
  });

  it('measures by monotonic time', async () => {
    const { clock, answer, seen, done } = startRun();
    clock.stepWall(-3_600_000);
    await clock.advance(120);
    answer.resolve(HEALTHY);
    await done;
    expect(seen.result).toMatchObject({ observation: { latencyMs: 120 } });
  });

  it.each([
    [5000, 'no answer within 5s'],
    [1500, 'no answer within 1500ms'],
    [250, 'no answer within 250ms'],
  ])('says TIMEOUT at the deadline of %d ms', async (timeoutMs, message) => {
    const { clock, defects, seen, done, expectNothingLeft } = startRun({ timeoutMs, run: obedient });
    await clock.advance(timeoutMs - 1);
    expect(seen.result).toBeUndefined();
    await clock.advance(1);
    await done;
    expect(seen.result).toMatchObject({
      kind: 'timed-out',
      observation: { outcome: 'UNHEALTHY', reason: { code: 'TIMEOUT', message }, latencyMs: timeoutMs },
    });
    expect(seen.run?.signal.reason).toEqual(new DeadlineExceeded(message));
    expect(seen.run?.signal.reason).toBeInstanceOf(DeadlineExceeded);
    expect(defects).toEqual([]);
    expectNothingLeft();
  });

  it.each<[string, readonly Progress[], Partial<Observation>]>([
    ['nothing', [], { reason: { code: 'TIMEOUT', message: 'no answer within 5s' } }],
    [
      'the latest of what the probe said on its way',
      [{ evidence: '192.0.2.1 has not answered' }, { phases: { dnsMs: 3 } }, { phases: { dnsMs: 3, connectMs: 4 } }],
      { reason: { code: 'TIMEOUT', message: 'no answer within 5s' }, phases: { dnsMs: 3, connectMs: 4 } },
    ],
    [
      'with evidence',
      [{ phases: { dnsMs: 3 }, evidence: '192.0.2.1 has not answered' }],
      {
        reason: { code: 'TIMEOUT', message: 'no answer within 5s', evidence: '192.0.2.1 has not answered' },
        phases: { dnsMs: 3 },
      },
    ],
  ])('has at the deadline: %s', async (_what, progress, expected) => {
    const run = (given: ProbeRun) => {
      for (const one of progress) given.onProgress(one);
      return obedient(given);
    };
    const { clock, seen, done } = startRun({ run });
    await clock.advance(TIMEOUT_MS);
    // Too late to be of use.
    seen.run?.onProgress({ evidence: 'late' });
    await done;
    expect(seen.result).toMatchObject({ kind: 'timed-out' });
    expect(seen.result).toHaveProperty('observation', { outcome: 'UNHEALTHY', latencyMs: TIMEOUT_MS, ...expected });
  });

  it('says nothing about the target when it is cancelled', async () => {
    const { clock, cancel, defects, seen, done, expectNothingLeft } = startRun({ run: obedient });
    await clock.advance(120);
    const reason = new Cancelled('the engine stops');
    cancel.abort(reason);
    await done;
    expect(seen.result).toEqual({ kind: 'cancelled', settled: expect.any(Promise) });
    expect(seen.run?.signal.reason).toBe(reason);
    expect(defects).toEqual([]);
    expectNothingLeft();
  });

  it('does not ask the target at all when it is cancelled before', async () => {
    const cancelled = AbortSignal.abort(new Cancelled('the engine stops'));
    let asked = false;
    const run = async () => {
      asked = true;
      return HEALTHY;
    };
    const result = await runProbe(
      { run, close: async () => {} },
      { timeoutMs: 1, clock: createFakeClock(), cancel: cancelled, traceHeaders: {}, onDefect: () => {} },
    );
    await result.settled;
    expect(result.kind).toBe('cancelled');
    expect(asked).toBe(false);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('secret'))],
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects with a deadline that is not ours', () => Promise.reject(new DeadlineExceeded('secret'))],
  ])('calls it a defect when the probe %s, and tells no more to those who ask', async (_, run) => {
    const { defects, seen, done, expectNothingLeft } = startRun({ run });
    await done;
    expect(seen.result).toMatchObject({
      kind: 'defect',
      observation: { outcome: 'UNKNOWN', reason: { code: 'PROBE_DEFECT', message: 'internal error' } },
    });
    expect(JSON.stringify(seen.result)).not.toContain('secret');
    expect(defects).toMatchObject([{ message: 'secret' }]);
    expectNothingLeft();
  });

  it('answers at the deadline though the probe ignores its signal, drops the late answer, and knows when it has let go', async () => {
    const { clock, answer, defects, seen, done, expectNothingLeft } = startRun();
    await clock.advance(TIMEOUT_MS);
    expect(seen.result?.kind).toBe('timed-out');
    await clock.advance(LET_GO_MS - 1);
    expect(defects).toEqual([]);
    await clock.advance(1);
    expect(defects).toEqual([new Error('the probe still runs 1000 ms after its signal fired')]);
    await clock.advance(60_000);
    expect(seen.settled).toBe(false);
    answer.resolve(HEALTHY);
    await done;
    expect(seen.result?.kind).toBe('timed-out');
    expect(defects).toHaveLength(1);
    expectNothingLeft();
  });

  it('reports what a probe rejects with after its signal, unless it is the reason', async () => {
    const { clock, answer, defects, seen, done, expectNothingLeft } = startRun();
    await clock.advance(TIMEOUT_MS);
    answer.reject(new Error('socket hang up'));
    await done;
    expect(seen.result?.kind).toBe('timed-out');
    expect(defects).toEqual([new Error('socket hang up')]);
    expectNothingLeft();
  });

  it.each([
    ['before the deadline', 0, LET_GO_MS],
    ['just after the deadline', TIMEOUT_MS + 1, LET_GO_MS - 1],
    ['long after the deadline', TIMEOUT_MS + LET_GO_MS + 1, 0],
  ])('waits for a probe that ignores its signal only so long when it is cancelled %s', async (_, afterMs, waitMs) => {
    const { clock, cancel, answer, defects, seen, expectNothingLeft } = startRun();
    await clock.advance(afterMs);
    cancel.abort(new Cancelled('the engine stops'));
    await clock.advance(waitMs - 1);
    expect(seen.settled).toBe(waitMs === 0);
    await clock.advance(Math.min(waitMs, 1));
    expectNothingLeft();
    expect(seen.result?.kind).toBe(afterMs < TIMEOUT_MS ? 'cancelled' : 'timed-out');
    expect(defects).toHaveLength(1);
    answer.resolve(HEALTHY);
    await clock.advance(1);
    expect(defects).toHaveLength(1);
  });

  it('looks once more at what has arrived when our own event loop was held up past the deadline', async () => {
    const clock = createFakeClock();
    let stallMs = 0;
    const answer = Promise.withResolvers<Observation>();
    const stalled = {
      ...clock,
      monotonicMs: () => clock.monotonicMs() + stallMs,
      // What a socket brings comes after the timers that are due, as in Node's event loop.
      after: (delayMs: number, callback: () => void) =>
        clock.after(delayMs, () => {
          callback();
          answer.resolve(HEALTHY);
        }),
    };
    const result = runProbe(
      { run: () => answer.promise, close: async () => {} },
      {
        timeoutMs: TIMEOUT_MS,
        clock: stalled,
        cancel: new AbortController().signal,
        traceHeaders: {},
        onDefect: () => {},
      },
    );
    stallMs = 3000;
    await clock.advance(TIMEOUT_MS);
    expect(await result).toMatchObject({ kind: 'answered', observation: { latencyMs: 8000 } });
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no listener on a signal that very many runs share', async () => {
    const clock = createFakeClock();
    const { signal } = new AbortController();
    const options = { timeoutMs: 1000, clock, cancel: signal, traceHeaders: {}, onDefect: () => {} };
    const runs = Array.from({ length: 1000 }, (_, n) =>
      runProbe({ run: n % 2 === 0 ? async () => HEALTHY : obedient, close: async () => {} }, options),
    );
    await clock.advance(1000);
    for (const result of await Promise.all(runs)) await result.settled;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
