// The stream of changes as a command sees it: it outlives broken connections and restarted servers. wait and watch share
// it. Pulled, not pushed: a slow consumer slows the stream down, and the server then merges what changes meanwhile.
import { Code, ConnectError } from '@connectrpc/connect';
import type { WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import { pause } from '../core/pause.ts';
import { retryDelayMs } from '../core/retry-delay.ts';
import { hasReason } from '../errors/to-connect.ts';
import type { Connection } from './connection.ts';
import { isCredentialRefusal, isFinal } from './failure.ts';

/** The server says something every 15 s at least. After three times as long the connection is taken for dead. */
export const SILENCE_MS = 45_000;

const RETRY = { firstMs: 500, maxMs: 10_000, spread: 0.2 };

export type FollowEvent =
  | { readonly kind: 'message'; readonly response: WatchHealthResponse }
  /** The stream broke, or could not be opened. Another is opened after `retryInMs`. */
  | { readonly kind: 'lost'; readonly error: ConnectError; readonly retryInMs: number };

export interface FollowOptions {
  readonly connection: Connection;
  /** Ids; empty for all. */
  readonly components: readonly string[];
  /** Selectors, as `openk list` takes them. Left out: any. */
  readonly label?: readonly string[];
  /** Only direct members of this group. Left out: all. */
  readonly parent?: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * Follows until `signal` fires, then returns. Resumes with the revision of the last message, so that nothing is missed.
 * @throws {ConnectError} when OpenK refuses the first stream for good (NOT_FOUND, UNAUTHENTICATED …). Once it has
 *   answered it is asked for ever: what it refuses then may come back with its next configuration. But a credential that
 *   opens no stream any more is of no use again: what it may do can have changed, and then the next stream opens.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<FollowEvent, void> {
  const { connection, clock, random, signal } = options;
  let answered = false;
  let sinceRevision = 0n;
  let failures = 0;

  while (!signal.aborted) {
    let error: ConnectError;
    let opened = false;
    try {
      for await (const response of readStream(options, sinceRevision)) {
        answered = true;
        opened = true;
        failures = 0;
        sinceRevision = response.event.value?.revision ?? sinceRevision;
        yield { kind: 'message', response };
      }
      error = new ConnectError('the server ended the stream', Code.Unavailable);
    } catch (caught) {
      error = ConnectError.from(caught);
    }
    if (signal.aborted) return;
    if (answered ? !opened && isCredentialRefusal(error) : isFinal(error)) throw error;
    // A revision that this server never gave: it lost its state. Begin anew.
    if (hasReason(error, 'REVISION_IN_THE_FUTURE')) sinceRevision = 0n;
    connection.drop();
    const retryInMs = retryDelayMs(failures++, RETRY, random);
    yield { kind: 'lost', error, retryInMs };
    await pause(clock, retryInMs, signal);
  }
}

/** One stream, which ends with an error when the server is silent for too long. */
async function* readStream(
  { connection, components, label = [], parent = '', clock, signal }: FollowOptions,
  sinceRevision: bigint,
): AsyncGenerator<WatchHealthResponse, void> {
  const silence = new AbortController();
  const stream = connection.client.watchHealth(
    { components: [...components], label: [...label], parent, sinceRevision },
    { signal: AbortSignal.any([signal, silence.signal]) },
  );
  const messages = stream[Symbol.asyncIterator]();
  try {
    while (true) {
      // Only our own waiting counts: a slow consumer is no silence of the server.
      const cancelSilence = clock.after(SILENCE_MS, () => silence.abort());
      const next = await messages.next().finally(cancelSilence);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    throw new ConnectError(`no word from the server for ${SILENCE_MS / 1000} s`, Code.Unavailable);
  } finally {
    silence.abort();
  }
}
