// The probe kind `tcp`: connects, with TLS where asked; sends bytes and reads the beginning of the answer where asked. What an
// answer means to an expression is the concern of answer-pattern.ts.

import type { Socket } from 'node:net';
import type { TcpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { Observation, Reason } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { OnProgress, Probe, ProbeRun } from '../core/probe.ts';
import { type AnswerPattern, compileAnswerPattern } from './answer-pattern.ts';
import { type ClientTlsContext, checkClientTls, createClientTls } from './client-tls.ts';
import { Defect, guarded } from './defect.ts';
import { closed, type Dialed, type Dialer } from './dial.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { NO_HOST_PORT, parseHostPort, readHostPort } from './host-port.ts';
import { lastLookMs } from './last-look.ts';
import { createNotes } from './notes.ts';
import type { ProbeKind } from './probe.ts';
import { failure, MAX_EVIDENCE_LENGTH, reason } from './reason.ts';
import { createRedaction } from './redaction.ts';
import { startTlsBy } from './starttls.ts';
import { checkWay, wayOf } from './way.ts';

/** How much of an answer is read, in bytes. */
const MAX_ANSWER_BYTES = 4096;
/** Time between two looks at an answer that comes in many small pieces, in milliseconds. */
const LOOK_INTERVAL_MS = 10;

export const tcpProbe: ProbeKind<TcpProbe> = {
  kind: 'tcp',
  host: ({ target }) => parseHostPort(target).host,
  check,
  create(options, { clock, dialer }) {
    assertNoFaults('tcp', check(options));
    return new TcpTarget(options, clock, dialer.over(wayOf(options)));
  },
};

/** A class: there may be very many, and closures of each take more than what they know. */
class TcpTarget implements Probe {
  readonly #options: TcpProbe;
  readonly #clock: Clock;
  readonly #dialer: Dialer;
  readonly #tls: TlsWay | undefined;
  readonly #pattern: AnswerPattern | undefined;

  constructor(options: TcpProbe, clock: Clock, dialer: Dialer) {
    this.#options = options;
    this.#clock = clock;
    this.#dialer = dialer;
    const start = startTlsBy(options.starttls);
    this.#tls = options.tls || start ? { context: createClientTls(options.tls), start } : undefined;
    this.#pattern = options.expect === '' ? undefined : compileAnswerPattern(options.expect);
  }

  async run({ signal, timeoutMs, onProgress }: ProbeRun): Promise<Observation> {
    const clock = this.#clock;
    const pattern = this.#pattern;
    const options = this.#options;
    const startedMs = clock.monotonicMs();
    const elapsedMs = () => clock.monotonicMs() - startedMs;
    let socket: Socket | undefined;
    const notes = createNotes(onProgress);
    const stop = () => socket?.destroy(signal.reason as Error);
    signal.addEventListener('abort', stop);
    try {
      const dialed = await connect(this.#dialer, options.target, this.#tls, signal, notes.take);
      socket = dialed.socket;
      signal.throwIfAborted();
      const onFirstByte = (firstByteMs: number) => notes.take({ phases: { ...dialed.phases, firstByteMs } });
      const fault = await converse(socket, {
        ...{ options, pattern, clock, onFirstByte },
        lookLastMs: lastLookMs(timeoutMs) - elapsedMs(),
      });
      signal.throwIfAborted();
      const why = fault ?? (pattern ? ANSWERED : CONNECTED);
      return notes.addTo({ outcome: fault ? 'UNHEALTHY' : 'HEALTHY', reason: why, latencyMs: elapsedMs() });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof Defect) throw error.cause;
      return notes.addTo(failure(error, options.target, elapsedMs()));
    } finally {
      signal.removeEventListener('abort', stop);
      if (socket) await closed(socket);
    }
  }

  // A socket does not outlive its run.
  async close() {}
}

interface TlsWay {
  readonly context: ClientTlsContext;
  readonly start: ReturnType<typeof startTlsBy>;
}

/** The target is read anew for each run: that takes less than to keep what it says of very many. */
function connect(
  dialer: Dialer,
  target: string,
  tls: TlsWay | undefined,
  signal: Cancellation,
  onProgress: OnProgress,
): Promise<Dialed<Socket>> {
  const address = parseHostPort(target);
  if (tls === undefined) return dialer.dial(address, signal, onProgress);
  return dialer.dialTls(address, tls.context.connectOptions(address.host), signal, onProgress, tls.start);
}

const ANSWERED = reason('OK', 'answered as expected');
const CONNECTED = reason('OK', 'connected');

function check(options: TcpProbe): readonly ProbeFault[] {
  const { target, expect, tls } = options;
  const faults: ProbeFault[] = [];
  if (readHostPort(target) === undefined) faults.push({ path: ['target'], message: NO_HOST_PORT });
  try {
    compileAnswerPattern(expect);
  } catch (error) {
    // What stands between the quotes is of the expression, into which a variable may have brought a secret.
    const kind = (error as Error).message.replace(/: `.*$/s, '');
    faults.push({ path: ['expect'], message: `is no RE2 expression: ${printable(kind, 200)}` });
  }
  return [...faults, ...checkClientTls(tls, ['tls']), ...checkWay(options, readHostPort(target)?.host)];
}

interface Conversation {
  readonly options: TcpProbe;
  readonly pattern: AnswerPattern | undefined;
  readonly clock: Clock;
  /** From now; what came by then is judged as it is. */
  readonly lookLastMs: number;
  readonly onFirstByte: (afterMs: number) => void;
}

/** Sends and reads; says what is wrong with the answer. @throws the error of the socket */
async function converse(socket: Socket, conversation: Conversation): Promise<Reason | undefined> {
  const { options, pattern, clock, lookLastMs, onFirstByte } = conversation;
  const startedMs = clock.monotonicMs();
  let answer = Buffer.alloc(0);
  let lookedMs = Number.NEGATIVE_INFINITY;
  let cancelLook: (() => void) | undefined;
  let cancelLastLook: (() => void) | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<Reason | undefined>();

  // Made when it is needed, which it seldom is.
  const came = () => `came: ${createRedaction(options.send)(answer)}`;
  const mismatch = (what: string) =>
    resolve(reason('EXPECTATION_FAILED', `${what} match ${printable(options.expect, 200)}`, came()));
  const look = guarded((isWhole: boolean) => {
    cancelLook = undefined;
    lookedMs = clock.monotonicMs();
    const verdict = pattern?.judge({ bytes: answer, isWhole });
    if (verdict === 'matches') resolve(undefined);
    else if (verdict === 'fails') mismatch('the answer does not');
    else if (answer.length === MAX_ANSWER_BYTES) mismatch('the first 4 KiB of the answer do not');
  }, reject);
  const onData = (chunk: Buffer) => {
    if (answer.length === 0) onFirstByte(clock.monotonicMs() - startedMs);
    answer = Buffer.concat([answer, chunk.subarray(0, MAX_ANSWER_BYTES - answer.length)]);
    const waitMs = answer.length === MAX_ANSWER_BYTES ? 0 : lookedMs + LOOK_INTERVAL_MS - clock.monotonicMs();
    if (waitMs <= 0) {
      cancelLook?.();
      look(false);
    } else {
      cancelLook ??= clock.after(waitMs, () => look(false));
    }
  };
  // The peer has said all that it will.
  const onEnd = () => {
    if (answer.length > 0) look(true);
    else resolve(reason('CONNECTION_CLOSED', `${options.target} closed the connection before it had answered`));
  };

  socket.once('error', (error) => {
    if (answer.length === 0) reject(error);
    else resolve({ ...failure(error, options.target, 0).reason, evidence: printable(came(), MAX_EVIDENCE_LENGTH) });
  });
  if (pattern !== undefined) {
    socket.once('end', onEnd);
    socket.on('data', onData);
    cancelLastLook = clock.after(Math.max(lookLastMs, 0), () => {
      if (answer.length > 0) look(true);
    });
  }
  const onSent = (error?: Error | null) => {
    if (error) reject(error);
    else if (pattern === undefined) resolve(undefined);
  };
  if (options.send.length === 0) onSent();
  else socket.write(options.send, onSent);
  try {
    return await promise;
  } finally {
    cancelLook?.();
    cancelLastLook?.();
    socket.off('data', onData);
  }
}
