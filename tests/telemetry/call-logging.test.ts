// One line per call, at a level by its outcome; of calls that went well, a sample that says how many it speaks for.
import { expect, it } from '@jest/globals';
import { createCallLogging } from '../../src/telemetry/calls/logging.ts';
import type { CallEnd, ObservedCall } from '../../src/telemetry/calls/observed-call.ts';
import { createPropagation } from '../../src/telemetry/propagation.ts';

const LEVELS = ['debug', 'info', 'warn'] as const;
type Level = (typeof LEVELS)[number];
const METHOD = 'acme.Pay/Charge';
const CALL: ObservedCall = {
  method: METHOD,
  service: 'acme.Pay',
  protocol: 'grpc',
  isStream: false,
  peer: '192.0.2.7',
  header: () => undefined,
};

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: object;
}

/** @param from the lowest level that is written */
function startLog(
  from: Level,
  options: { readonly traceIdOf?: (call: ObservedCall) => string | undefined; readonly draining?: AbortSignal } = {},
) {
  const lines: Line[] = [];
  const write = (level: Level) => (fields: object, message: string) => void lines.push({ level, message, fields });
  let nowMs = 0;
  const observe = createCallLogging({
    propagation: createPropagation({}),
    logger: {
      isLevelEnabled: (level) => LEVELS.indexOf(level as Level) >= LEVELS.indexOf(from),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
    },
    monotonicMs: () => nowMs,
    slowMs: 500,
    linesPerSecond: 3,
    ...options,
  });
  return {
    lines,
    pass: (ms: number) => {
      nowMs += ms;
    },
    call: (call: Partial<ObservedCall> = {}, end: Partial<CallEnd> = {}) =>
      observe({ ...CALL, ...call })({ code: 'OK', durationMs: 1.23456, messages: 1, ...end }),
  };
}

it.each([
  ['OK', METHOD, 'debug'],
  ['CANCELLED', METHOD, 'debug'],
  ['NOT_FOUND', METHOD, 'info'],
  ['INVALID_ARGUMENT', METHOD, 'info'],
  ['INTERNAL', METHOD, 'warn'],
  ['UNAVAILABLE', METHOD, 'warn'],
  ['DEADLINE_EXCEEDED', METHOD, 'warn'],
  ['UNIMPLEMENTED', '_OTHER', 'info'],
])('writes %s of %s at %s', (code, method, level) => {
  const log = startLog('debug');
  log.call({ method }, { code });
  expect(log.lines).toEqual([
    { level, message: 'call', fields: { method, protocol: 'grpc', code, durationMs: 1.235, peer: '192.0.2.7' } },
  ]);
});

it('writes nothing below the level of the log', () => {
  const log = startLog('info');
  log.call();
  expect(log.lines).toEqual([]);
});

it('writes at debug of the streams that end with OpenK itself', () => {
  const draining = new AbortController();
  const log = startLog('debug', { draining: draining.signal });
  const levels = () => log.lines.map(({ level }) => level);
  log.call({ isStream: true }, { code: 'UNAVAILABLE' });
  draining.abort();
  log.call({ isStream: true }, { code: 'UNAVAILABLE' });
  log.call({ isStream: true }, { code: 'INTERNAL' });
  log.call({ isStream: false }, { code: 'UNAVAILABLE' });
  expect(levels()).toEqual(['warn', 'debug', 'warn', 'warn']);
});

it('points out slow calls, and takes no stream for slow', () => {
  const log = startLog('info');
  log.call({}, { durationMs: 500 });
  log.call({ isStream: true }, { durationMs: 60_000 });
  expect(log.lines).toMatchObject([{ level: 'info', message: 'slow call', fields: { durationMs: 500 } }]);
});

it('writes a few lines a second for calls that went well, and counts the others', () => {
  const log = startLog('debug');
  for (let calls = 0; calls < 10; calls++) log.call();
  expect(log.lines).toHaveLength(3);
  log.pass(1000);
  log.call();
  log.call();
  expect(log.lines.slice(3).map(({ fields }) => fields)).toEqual([
    expect.objectContaining({ skipped: 7 }),
    expect.not.objectContaining({ skipped: expect.anything() }),
  ]);
});

it('samples each method and protocol by itself, and no errors', () => {
  const log = startLog('debug');
  for (let calls = 0; calls < 10; calls++) {
    log.call({ method: 'acme.Pay/Refund' });
    log.call({ protocol: 'connect' });
    log.call({}, { code: 'NOT_FOUND' });
  }
  expect(log.lines.filter(({ level }) => level === 'debug')).toHaveLength(6);
  expect(log.lines.filter(({ level }) => level === 'info')).toHaveLength(10);
});

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

it.each([
  ['the trace that it is recorded in', 'f'.repeat(32), `00-${TRACE_ID}-b7ad6b7169203331-01`, 'f'.repeat(32)],
  ['the trace of its caller', undefined, `00-${TRACE_ID}-b7ad6b7169203331-00`, TRACE_ID],
  ['no trace that is none', undefined, 'a-made up text-b', undefined],
])('names %s', (_name, recorded, traceparent, traceId) => {
  const log = startLog('debug', { traceIdOf: () => recorded });
  log.call({ header: (header) => (header === 'traceparent' ? traceparent : undefined) });
  expect(log.lines[0]?.fields).toEqual(
    traceId === undefined
      ? expect.not.objectContaining({ traceId: expect.anything() })
      : expect.objectContaining({ traceId }),
  );
});
