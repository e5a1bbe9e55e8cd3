// Which requests the supervisor gives up, against a list of what is open: streams come and end in any order, and only the
// clock of this test runs. tests/transport/listener.test.ts has the same over real connections.
import { EventEmitter } from 'node:events';
import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createHttp2Supervisor, type Http2Supervisor } from '../../src/transport/http2-supervisor.ts';
import { DEFAULT_LISTENER_LIMITS } from '../../src/transport/listener-limits.ts';

const SWEEP_MS = 10;
const LIMITS = { ...DEFAULT_LISTENER_LIMITS, requestTimeoutMs: 40, lookIntervalMs: SWEEP_MS };
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
  readonly bufferSize = 0;
  readonly openedAtSweep: number;
  readonly closedWith: number[] = [];
  closed = false;

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
      const session = Object.assign(new EventEmitter(), { destroyed: false, close() {}, destroy() {} });
      supervisor.add(session as unknown as Http2Session);
      const open: FakeStream[] = [];
      const given: FakeStream[] = [];
      let sweeps = 0;
      const pick = (nat: number) => open[nat % Math.max(open.length, 1)];
      for (const step of steps) {
        if (step === 'sweep') {
          sweeps++;
          supervisor.look();
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
      session.emit('close');
      jest.advanceTimersByTime(1);
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
  const look = (times: number) => {
    for (let count = 0; count < times; count++) supervisor.look();
  };
  look(100);
  first?.emit('close');
  look(100);
  expect(close).not.toHaveBeenCalled();
  second?.emit('close');
  look(10);
  expect(close).not.toHaveBeenCalled();
  look(100);
  expect(close).toHaveBeenCalledTimes(1);
  session.emit('close');
});

test('a turn of the event loop begins so many streams of a session, in their order, and as many of the others', () => {
  const supervisor = createHttp2Supervisor({ ...LIMITS, streamsPerTurn: 3 });
  const served: string[] = [];
  const ask = (session: EventEmitter, name: string) => {
    const stream = new FakeStream(0, true);
    session.emit('stream', stream);
    const serve = () => served.push(name);
    const given = stream as unknown as ServerHttp2Stream;
    if (supervisor.mayServe(given, false)) serve();
    else supervisor.serveLater(given, serve);
    return stream;
  };
  const [busy, other] = [addSession(supervisor), addSession(supervisor)];
  const streams = ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8'].map((name) => ask(busy, name));
  ask(other, 'o1');
  expect(served.splice(0)).toEqual(['b1', 'b2', 'b3', 'o1']);
  // Neither what ends nor what comes gets in before those that wait.
  streams[0]?.emit('close');
  ask(busy, 'b9');
  expect(served).toEqual([]);
  jest.advanceTimersToNextTimer();
  expect(served.splice(0)).toEqual(['b4', 'b5', 'b6']);
  jest.advanceTimersToNextTimer();
  expect(served.splice(0)).toEqual(['b7', 'b8', 'b9']);
  jest.advanceTimersToNextTimer();
  ask(busy, 'b10');
  expect(served).toEqual(['b10']);
  expect(jest.getTimerCount()).toBeGreaterThan(0);
  for (const session of [busy, other]) session.emit('close');
  jest.advanceTimersToNextTimer();
  expect(jest.getTimerCount()).toBe(0);
});

function addSession(supervisor: Http2Supervisor): EventEmitter {
  const session = Object.assign(new EventEmitter(), { destroyed: false, close() {}, destroy() {} });
  supervisor.add(session as unknown as Http2Session);
  return session;
}
