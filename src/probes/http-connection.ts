// What a connection of either version of HTTP is to the client: something that asks, once at a time.
import type { Cancellation } from '../core/cancellation.ts';
import type { Phases } from '../core/observation.ts';
import type { HttpRequest } from './http-request.ts';
import type { AnswerHead } from './http1-answer.ts';

/** As it came: the body may be coded. */
export interface RawAnswer extends AnswerHead {
  readonly body: Buffer;
  /** The body went on after its bound. */
  readonly bodyTruncated: boolean;
}

/** Takes the phases of a request that are over, each time that there is one more. */
export type OnPhases = (phases: Pick<Phases, 'firstByteMs' | 'bodyMs'>) => void;

export interface HttpConnection {
  /** Whether it takes another request. */
  readonly usable: boolean;
  /** Whether it was closed before the latest request had a byte of an answer. */
  readonly closedUnanswered: boolean;
  /**
   * Asks once. Requests do not overlap.
   * @throws the error of the socket or of the protocol; the reason of `signal` once that fired, which ends the connection
   */
  exchange(request: HttpRequest, signal: Cancellation, onPhases: OnPhases): Promise<RawAnswer>;
  close(): void;
}
