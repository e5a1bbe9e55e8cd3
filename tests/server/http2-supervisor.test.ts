// Which requests the supervisor gives up, against a list of what is open: streams come and end in any order, and only the
// clock of this test runs. tests/server/listener.test.ts has the same over real connections.
import { EventEmitter } from 'node:events';
import { constants, type Http2Session } from 'node:http2';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createHttp2Supervisor } from '../../src/server/http2-supervisor.ts';
import { DEFAULT_LISTENER_LIMITS } from '../../src/server/listener-limits.ts';

const SWEEP_MS = 10;
const LIMITS = { ...DEFAULT_LISTENER_LIMITS, requestTimeoutMs: 40, sweepIntervalMs: SWEEP_MS };
/** A late request may live longer by one sweep. */
const SWEEPS_TO_LATE = 5;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

class FakeStream extends EventEmitter {
  readonly endAfterHeaders: boolean;
  readonly state = { state: constants.NGHTTP2_STREAM_STATE_OPEN };
  readableEnded = false;
  readonly openedAtSweep: number;
  readonly closedWith: number[] = [];

  constructor(openedAtSweep: number, endAfterHeaders: boolean) {
    super();
    this.openedAtSweep = openedAtSweep;
    this.endAfterHeaders = endAfterHeaders;
  }

  close(code: number) {
    this.closedWith.push(code);
  }
}

const STEP = fc.oneof(
  { weight: 3, arbitrary: fc.record({ open: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ end: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ complete: fc.nat() }) },
  { weight: 3, arbitrary: fc.constant('sweep' as const) },
);

test('every late request is given up once, and no other', () => {
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 40, maxLength: 80, size: 'max' }), (steps) => {
      const supervisor = createHttp2Supervisor(LIMITS);
      supervisor.start();
      const session = Object.assign(new EventEmitter(), { destroyed: false, close() {}, destroy() {} });
      supervisor.add(session as unknown as Http2Session);
      const open: FakeStream[] = [];
      const given: FakeStream[] = [];
      let sweeps = 0;
      const pick = (nat: number) => open[nat % Math.max(open.length, 1)];
      for (const step of steps) {
        if (step === 'sweep') {
          sweeps++;
          jest.advanceTimersByTime(SWEEP_MS);
          given.push(...open.filter((stream) => isLate(stream, sweeps) && !given.includes(stream)));
        } else if ('open' in step) {
          const stream = new FakeStream(sweeps, step.open);
          open.push(stream);
          session.emit('stream', stream);
        } else if ('end' in step) {
          const stream = pick(step.end);
          if (stream !== undefined) open.splice(open.indexOf(stream), 1);
          stream?.emit('close');
        } else {
          const stream = pick(step.complete);
          if (stream !== undefined) stream.readableEnded = true;
        }
        for (const stream of open) {
          expect(stream.closedWith).toEqual(given.includes(stream) ? [constants.NGHTTP2_CANCEL] : []);
        }
      }
      supervisor.stop();
      session.emit('close');
      expect(jest.getTimerCount()).toBe(0);
    }),
  );
});

/** Looked at once: what is complete then stays. */
function isLate({ openedAtSweep, endAfterHeaders, readableEnded }: FakeStream, sweeps: number): boolean {
  return !endAfterHeaders && !readableEnded && sweeps === openedAtSweep + SWEEPS_TO_LATE;
}

test('a session is closed once it has had no stream for its idle time, and not before', () => {
  const supervisor = createHttp2Supervisor({ ...LIMITS, idleSessionTimeoutMs: 100 });
  const close = jest.fn();
  const session = Object.assign(new EventEmitter(), { destroyed: false, close, destroy() {} });
  supervisor.add(session as unknown as Http2Session);
  session.emit('remoteSettings');
  const [first, second] = [new FakeStream(0, true), new FakeStream(0, true)];
  for (const stream of [first, second]) session.emit('stream', stream);
  jest.advanceTimersByTime(1_000);
  first?.emit('close');
  jest.advanceTimersByTime(1_000);
  expect(close).not.toHaveBeenCalled();
  second?.emit('close');
  jest.advanceTimersByTime(99);
  expect(close).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(close).toHaveBeenCalledTimes(1);
  session.emit('close');
});
