// The request of a call, chunk by chunk. Where it is refused, the answer does not wait for the rest of it, unless it could get
// lost then. The rest is read and thrown away, within bounds: nothing behind it on the connection would ever be read
// otherwise, and a reset at once could overtake the answer.
import { Code, ConnectError } from '@connectrpc/connect';
import { discardedOfHttp1, MAX_DISCARDED_BYTES } from './announced-body.ts';
import type { RunningCall } from './call.ts';
import { clientGone } from './client-gone.ts';
import type { ExchangeListener } from './exchange.ts';
import type { RequestReader } from './protocol.ts';
import { refusedReader } from './readers.ts';

export type Answer = (call: RunningCall, reader: RequestReader) => void;

export class Receiver implements ExchangeListener {
  readonly #call: RunningCall;
  /** Until it is read: streams live longer than their requests. */
  #reader: RequestReader | undefined;
  readonly #answer: Answer;
  readonly #onClosed: () => void;
  #discardedBytes = 0;

  /** @param answer called once, unless the caller goes before @param onClosed called once, at the very end */
  constructor(call: RunningCall, reader: RequestReader, answer: Answer, onClosed: () => void) {
    this.#call = call;
    this.#reader = reader;
    this.#answer = answer;
    this.#onClosed = onClosed;
  }

  /** Begins to read, or refuses at once what is refused whatever it says. */
  start(): void {
    const { exchange } = this.#call;
    if (this.#reader?.isRefused === false) exchange.proceed();
    exchange.listen(this);
    if (this.#reader?.isRefused && exchange.mayAnswerEarly) this.onEnd();
    // The deadline is the end of a call also where its request never ends.
    if (this.#reader !== undefined && this.#call.remainingMs() !== undefined)
      this.#call.addEventListener('abort', this);
  }

  /** The call is over before its request is complete. */
  handleEvent(): void {
    if (this.#reader === undefined) return;
    this.#reader = undefined;
    try {
      this.#answer(this.#call, refusedReader(ConnectError.from(this.#call.reason)));
    } catch (defect) {
      this.#call.breakOff(defect);
    }
  }

  onData(chunk: Buffer): void {
    try {
      this.#take(chunk);
    } catch (defect) {
      this.#call.breakOff(defect);
    }
  }

  #take(chunk: Buffer): void {
    if (this.#reader?.push(chunk) === false) return;
    this.#discardedBytes += chunk.length;
    if (this.#reader?.isRefused && this.#call.exchange.mayAnswerEarly) this.#end();
    const { isHttp2, headers } = this.#call.exchange;
    if (this.#discardedBytes <= (isHttp2 ? MAX_DISCARDED_BYTES : discardedOfHttp1(headers))) return;
    this.#call.exchange.cut();
    this.#end();
  }

  onEnd(): void {
    try {
      this.#end();
    } catch (defect) {
      this.#call.breakOff(defect);
    }
  }

  #end(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    this.#call.removeEventListener('abort', this);
    reader.end();
    this.#answer(this.#call, reader);
  }

  onClientEnd(): void {
    this.#call.abort(clientGone());
  }

  onClose(): void {
    this.#reader = undefined;
    try {
      this.#call.abort(clientGone());
      this.#call.observeEnd(Code.Canceled);
    } catch (defect) {
      this.#call.breakOff(defect);
    } finally {
      this.#onClosed();
    }
  }
}
