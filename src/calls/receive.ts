// The request of a call, to its end, also where it is refused: an answer before that could get lost with the connection.
import { Code } from '@connectrpc/connect';
import type { Call } from './call.ts';
import type { TransportListener } from './exchange.ts';
import type { RequestReader } from './request-reader.ts';

/** Of what a caller sends on after a fault: more than the buffers between the two sides hold. */
const MAX_DISCARDED_BYTES = 1_048_576;

export class Receiver implements TransportListener {
  readonly #call: Call;
  /** Until it is read: streams live longer than their requests. */
  #reader: RequestReader | undefined;
  readonly #answer: (call: Call, reader: RequestReader) => void;
  readonly #onClosed: () => void;
  #discardedBytes = 0;

  /** @param answer called once, unless the caller goes before @param onClosed called once, at the very end */
  constructor(
    call: Call,
    reader: RequestReader,
    answer: (call: Call, reader: RequestReader) => void,
    onClosed: () => void,
  ) {
    this.#call = call;
    this.#reader = reader;
    this.#answer = answer;
    this.#onClosed = onClosed;
  }

  onData(chunk: Buffer): void {
    try {
      this.#take(chunk);
    } catch (defect) {
      this.#call.breakOff(defect);
    }
  }

  #take(chunk: Buffer): void {
    if (this.#reader?.push(chunk) !== true) return;
    this.#discardedBytes += chunk.length;
    if (this.#discardedBytes <= MAX_DISCARDED_BYTES) return;
    this.#call.transport.cut();
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
    reader.end();
    this.#answer(this.#call, reader);
  }

  onClose(): void {
    this.#reader = undefined;
    try {
      this.#call.abort(this.#call.transport.closeReason());
      this.#call.observeEnd(Code.Canceled);
    } catch (defect) {
      this.#call.breakOff(defect);
    } finally {
      this.#onClosed();
    }
  }
}
