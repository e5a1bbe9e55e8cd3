// An agent: probes what a server gives it, and says what it has seen. It decides nothing and keeps nothing. It dials: a stream
// of what to probe, and batches of what was seen, one after the other, each with a number, so that one that is sent again
// counts once. While it is cut off it probes on, and holds what it sees.
import { setImmediate } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type Client, Code, ConnectError } from '@connectrpc/connect';
import {
  type AgentService,
  type Assignment as AssignmentMessage,
  type ObserveRequest,
  ObserveRequestSchema,
  type WorkResponse,
} from '../../gen/openk/agent/v1/agent_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { Observation } from '../core/observation.ts';
import { pause } from '../core/pause.ts';
import type { ProbeFactory } from '../core/probe.ts';
import type { PlaceLimits } from '../core/probe-places.ts';
import { retryDelayMs } from '../core/retry-delay.ts';
import { inSlices, type Steps } from '../core/steps.ts';
import { createGaps } from '../engine/gaps.ts';
import { createProber, type ProbeListener } from '../engine/prober.ts';
import type { Assignment } from '../engine/worker-ports.ts';
import { hasReason, isCatalogued } from '../errors/to-connect.ts';
import { durationFromProto, timestampFromProto } from '../services/convert.ts';
import { assignmentFromProto, seenToProto, skewToProto } from '../services/convert-probes.ts';
import { createHeldObservations, type Held, type HeldLimits } from './held-observations.ts';
import { createServerClock } from './server-clock.ts';

/** A way to the server. */
export interface AgentConnection {
  readonly client: Pick<Client<typeof AgentService>, 'work' | 'observe'>;
  /** Closes it, and ends what is under way. */
  drop(): void;
}

export interface AgentOptions {
  readonly id: string;
  /** Of this process: nobody else has it. */
  readonly incarnation: string;
  /** Undefined: where the server is. */
  readonly place?: string | undefined;
  readonly version: string;
  /** Of probes. */
  readonly kinds: readonly string[];
  /** Called for each new try. Opens nothing before the first call. */
  readonly connect: () => AgentConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly createProbe: ProbeFactory;
  readonly limits: PlaceLimits;
  /** Addresses and networks that no probe is to connect to. */
  readonly onDenyAddresses: (addresses: readonly string[]) => void;
  readonly listener: AgentListener;
  readonly held?: HeldLimits;
  /** Ends it: what it holds is handed over, unless its reason is ABANDONED. */
  readonly signal: AbortSignal;
}

/** Must not throw. */
export interface AgentListener extends ProbeListener {
  /** It knows what to probe. */
  onConnected?(work: { readonly components: number; readonly held: number; readonly lost: number }): void;
  /** It is tried again after so long. */
  onCutOff?(error: ConnectError, retryInMs: number): void;
  /** Observations that did not count: somebody else probes these components by now. */
  onRefused?(count: number): void;
  /** Observations that are lost at the end. */
  onLost?(count: number): void;
}

/** Why it ends at once: nobody has a use for what it holds, or would probe. */
export const ABANDONED = Symbol('abandoned');

/** The server says something every 3 s. */
const SILENCE_MS = 10_000;
/** How often it is heard of, at least. */
const HEARTBEAT_MS = 3_000;
/** What is seen within this time is one batch. */
const BATCH_MS = 100;
const ANSWER_MS = 5_000;
/** As long as the server waits for a word. */
const RETRY_FOR_MS = 10_000;
const RETRY_MS = 250;
/** A server takes an agent whose stream has ended to be there for 10 s more. */
const RECONNECT = { firstMs: 500, maxMs: 5_000, spread: 0.2 };
/** For what is left to be said at the end. */
const FINISH_MS = 5_000;

interface Work extends Assignment {
  /** Monotonic milliseconds. */
  freshUntilMs: number;
}

interface Batch {
  readonly sequence: bigint;
  readonly held: readonly Held[];
  readonly isLast: boolean;
}

/**
 * Runs until the signal fires and all is handed over, or the server has no use for it.
 * @throws ConnectError that it was refused with for good: before it was ever taken, or since another one of its id has come
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { clock, connect, listener, signal } = options;
  const work = new Map<string, Work>();
  const held = createHeldObservations(options.held);
  const serverClock = createServerClock(clock);
  let wasTaken = false;
  let failures = 0;
  let sequence = 0n;
  /** What was sent and is not known to be taken. */
  let unanswered: Batch | undefined;
  let wakeSender = () => {};

  const gaps = createGaps({ clock, onGap: () => prober.resume() });
  const prober = createProber({
    clock: gaps.clock,
    createProbe: (subject, context) => {
      try {
        return options.createProbe(subject, context);
      } catch (error) {
        listener.onDefect?.(error, context.componentId);
        return { host: '', probe: { run: async () => UNMADE, close: async () => {} } };
      }
    },
    limits: options.limits,
    listener,
    look: gaps.look,
    intervalMs: ({ id, subject }) => work.get(id)?.intervalMs ?? subject.schedule.intervalMs,
    freshUntilMs: (id) => work.get(id)?.freshUntilMs ?? Number.NEGATIVE_INFINITY,
    observe(id, observation) {
      const assigned = work.get(id);
      if (assigned === undefined) return;
      const nowMs = clock.monotonicMs();
      assigned.freshUntilMs = nowMs + assigned.definition.subject.schedule.staleAfterMs;
      held.add({ component: id, assignment: assigned.id, observation }, nowMs);
      wakeSender();
    },
  });

  const begin = async (assignments: Iterable<Assignment>) => {
    const nowMs = clock.monotonicMs();
    for (const assignment of assignments) {
      const { id, definition, freshForMs } = assignment;
      const before = work.get(definition.id);
      const freshUntilMs = before?.id === id ? before.freshUntilMs : nowMs + freshForMs;
      work.set(definition.id, { ...assignment, freshUntilMs });
    }
    const inShortSlices = <Result>(steps: Steps<Result>) =>
      inSlices(steps, { nowMs: () => clock.monotonicMs(), pause: () => setImmediate() });
    const made = await inShortSlices(prober.prepare(Array.from(work.values(), ({ definition }) => definition)));
    const others = await inShortSlices(prober.findOthers((id) => work.get(id)?.definition));
    await inShortSlices(prober.follow({ made, ...others }));
  };

  const follow = async ({ event }: WorkResponse) => {
    if (event.case === 'snapshot') {
      options.onDenyAddresses(event.value.denyAddresses);
      const assignments = known(event.value.assignments);
      const ids = new Set(assignments.map(({ definition }) => definition.id));
      for (const id of work.keys()) if (!ids.has(id)) work.delete(id);
      await begin(assignments);
      wasTaken = true;
      failures = 0;
      listener.onConnected?.({ components: work.size, held: held.size, lost: held.lost });
    }
    if (event.case === 'change') {
      for (const id of event.value.removed) work.delete(id);
      await begin(known(event.value.assigned));
      for (const { component, interval } of event.value.paces) {
        const assigned = work.get(component);
        if (assigned === undefined || interval === undefined) continue;
        work.set(component, { ...assigned, intervalMs: durationFromProto(interval) });
        prober.reschedule(component);
      }
    }
  };

  const read = async ({ client }: AgentConnection, end: AbortSignal, onFirst: () => void): Promise<never> => {
    const silence = new AbortController();
    const { id: agent, incarnation, place = '', version, kinds } = options;
    const hello = { agent, incarnation, place, version, kinds: [...kinds] };
    const messages = client.work(hello, { signal: AbortSignal.any([end, silence.signal]) })[Symbol.asyncIterator]();
    try {
      for (;;) {
        const cancelSilence = clock.after(SILENCE_MS, () => silence.abort());
        const next = await messages.next().finally(cancelSilence);
        if (next.done === true) throw new ConnectError('the server ended the stream', Code.Unavailable);
        await follow(next.value);
        onFirst();
      }
    } catch (error) {
      if (!silence.signal.aborted || end.aborted) throw error;
      throw new ConnectError(`no word from the server for ${SILENCE_MS / 1000} s`, Code.Unavailable);
    } finally {
      silence.abort();
    }
  };

  const nextBatch = (mayBeLast: boolean): Batch => {
    sequence += 1n;
    const some = held.take(clock.monotonicMs());
    return { sequence, held: some, isLast: mayBeLast && held.size === 0 };
  };

  const requestOf = ({ sequence: number, held: some, isLast }: Batch): ObserveRequest => {
    const nowMs = clock.nowMs();
    const monotonicMs = clock.monotonicMs();
    const skewMs = serverClock.skewMs();
    return create(ObserveRequestSchema, {
      agent: options.id,
      incarnation: options.incarnation,
      sequence: number,
      ...(skewMs !== undefined && { clockSkew: skewToProto(skewMs) }),
      // By the clock as it stands now: that may have been set since.
      observations: some.map(({ seen, atMs }) => seenToProto(seen, nowMs - (monotonicMs - atMs))),
      lost: BigInt(held.lost),
      isLast,
    });
  };

  /** Sends one batch, and knows that it is taken. @returns whether it was the last @throws ConnectError */
  const say = async ({ client }: AgentConnection, end: AbortSignal, mayBeLast: boolean): Promise<boolean> => {
    unanswered ??= nextBatch(mayBeLast);
    const { isLast } = unanswered;
    const sentMs = clock.monotonicMs();
    try {
      const answer = await client.observe(requestOf(unanswered), { signal: end, timeoutMs: ANSWER_MS });
      if (answer.time) serverClock.sample(sentMs, clock.monotonicMs(), timestampFromProto(answer.time));
      if (answer.refused > 0) listener.onRefused?.(answer.refused);
    } catch (error) {
      if (!isUnsayable(ConnectError.from(error))) throw error;
      held.giveUp(unanswered.held.length);
      listener.onDefect?.(error, '');
    }
    unanswered = undefined;
    return isLast;
  };

  /** @param end the way is of no use any more: what is under way is given up. When the agent itself ends, it is not */
  const send = async (connection: AgentConnection, end: AbortSignal): Promise<never> => {
    const stop = AbortSignal.any([signal, end]);
    let heardMs = clock.monotonicMs();
    for (;;) {
      try {
        stop.throwIfAborted();
        await say(connection, end, false);
        heardMs = clock.monotonicMs();
      } catch (error) {
        const isHopeless = stop.aborted || clock.monotonicMs() - heardMs > RETRY_FOR_MS;
        if (isHopeless || !isPassing(ConnectError.from(error))) throw error;
        await pause(clock, RETRY_MS, stop);
        continue;
      }
      // What comes within a moment goes together.
      await pause(clock, BATCH_MS, stop);
      if (held.size === 0) await pause(clock, HEARTBEAT_MS - BATCH_MS, stop, (wake) => (wakeSender = wake));
      wakeSender = () => {};
    }
  };

  /** One stream, with all that is said meanwhile. Settles when it is over. */
  const session = async (connection: AgentConnection): Promise<ConnectError> => {
    const over = new AbortController();
    const end = AbortSignal.any([signal, over.signal]);
    const first = Promise.withResolvers<void>();
    serverClock.renew();
    const reading = read(connection, end, first.resolve);
    const sending = first.promise.then(() => send(connection, over.signal));
    try {
      return await Promise.race([reading, sending]);
    } catch (error) {
      return ConnectError.from(error);
    } finally {
      if (!signal.aborted || signal.reason === ABANDONED) over.abort();
      first.resolve();
      await Promise.allSettled([reading, sending]);
    }
  };

  /** Says what is left, and that it was all. */
  const finish = async (connection: AgentConnection) => {
    const time = new AbortController();
    const cancel = clock.after(FINISH_MS, () => time.abort());
    try {
      while (!(await say(connection, time.signal, true)));
    } catch (error) {
      const left = held.size + (unanswered?.held.length ?? 0);
      if (left > 0) listener.onLost?.(left);
      listener.onCutOff?.(ConnectError.from(error), 0);
    } finally {
      cancel();
    }
  };

  gaps.start();
  prober.start();
  try {
    for (;;) {
      if (signal.reason === ABANDONED) return;
      const connection = connect();
      try {
        const error = await session(connection);
        if (signal.aborted) {
          await prober.close();
          if (signal.reason !== ABANDONED) await finish(connection);
          return;
        }
        if (hasReason(error, 'AGENT_REPLACED') || (!wasTaken && isRefusal(error))) throw error;
        const retryInMs = retryDelayMs(failures++, RECONNECT, options.random);
        listener.onCutOff?.(error, retryInMs);
        await pause(clock, retryInMs, signal);
      } finally {
        connection.drop();
      }
    }
  } finally {
    gaps.close();
    await prober.close();
  }
}

/** Without what it does not know: a kind that is newer than it is, which it has not said that it can. */
function known(assignments: readonly AssignmentMessage[]): Assignment[] {
  return assignments.flatMap((assignment) => assignmentFromProto(assignment) ?? []);
}

const UNMADE: Observation = {
  outcome: 'UNKNOWN',
  reason: { code: 'PROBE_UNMADE', message: 'the agent cannot make this probe: its log says why' },
};

/** Whether OpenK itself says that it will not do as long as nobody changes something. */
function isRefusal(error: ConnectError): boolean {
  return isCatalogued(error) && REFUSALS.has(error.code);
}

const REFUSALS: ReadonlySet<Code> = new Set([
  Code.AlreadyExists,
  Code.InvalidArgument,
  Code.PermissionDenied,
  Code.Unauthenticated,
]);

/** Whether the same batch may be taken a little later, without another stream. */
function isPassing(error: ConnectError): boolean {
  return error.code === Code.Unavailable || error.code === Code.DeadlineExceeded;
}

/** Whether the batch as it is will never be taken. */
function isUnsayable(error: ConnectError): boolean {
  return hasReason(error, 'INVALID_REQUEST') || hasReason(error, 'BODY_TOO_LARGE');
}
