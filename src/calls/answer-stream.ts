// The answers of a server stream, one by one, as fast as the caller takes them. Thousands of streams may wait at once, so
// what waits here is one promise with two functions, and not a chain of generators.
import { create, type Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { endOf, errorOf, isPending, pack } from './answer.ts';
import type { Call } from './call.ts';
import type { Envelope } from './envelope.ts';
import { invokeStream } from './invoke.ts';
import type { RequestReader } from './request-reader.ts';

export function answerStream(call: Call, reader: RequestReader): void {
  new StreamAnswer(call, invokeStream(call, reader)).pull();
}

class StreamAnswer {
  readonly #call: Call;
  readonly #answers: AsyncIterator<Message>;
  #isStarted = false;

  constructor(call: Call, answers: AsyncIterator<Message>) {
    this.#call = call;
    this.#answers = answers;
  }

  /** Nothing is made while the caller does not read: what comes next is then the latest. */
  pull(): void {
    this.#answers.next().then(this.#take, this.#fail).catch(this.#breakOff);
  }

  readonly #take = ({ done, value }: IteratorResult<Message>): void => {
    if (done) {
      this.#end(undefined);
      return;
    }
    let packed: Envelope | Promise<Envelope>;
    try {
      const { codec, spec } = this.#call.route;
      packed = pack(this.#call, codec.encode(create(spec.method.output, value)));
    } catch (reason) {
      this.#abandon(reason);
      return;
    }
    if (!isPending(packed)) this.#send(packed);
    else {
      packed
        .then(
          (envelope) => this.#send(envelope),
          (reason) => this.#abandon(reason),
        )
        .catch(this.#breakOff);
    }
  };

  #send({ bytes }: Envelope): void {
    const { transport } = this.#call;
    if (transport.isClosed) {
      this.#abandon(undefined);
      return;
    }
    try {
      if (!this.#isStarted) this.#start();
      this.#call.sentMessages++;
      if (transport.write(bytes)) this.pull();
      else transport.drained().then(() => this.pull());
    } catch {
      // Metadata that HTTP does not take: there is no way to answer.
      transport.destroy();
      this.#abandon(undefined);
    }
  }

  readonly #breakOff = (defect: unknown): void => this.#call.breakOff(defect);

  /** The handler ended by itself, in error. */
  readonly #fail = (reason: unknown): void => {
    this.#end({ reason });
  };

  /** Ends the handler too, whatever it then says. */
  #abandon(reason: unknown): void {
    this.#answers.return?.().catch(() => {});
    this.#end(reason === undefined ? undefined : { reason });
  }

  #start(): void {
    this.#isStarted = true;
    if (!this.#call.transport.isClosed) this.#call.transport.start(200, this.#call.answerHeaders());
  }

  #end(failure: { readonly reason: unknown } | undefined): void {
    const error = failure && errorOf(this.#call, failure.reason);
    this.#call.abort(failure?.reason);
    this.#call.observeEnd(error?.code);
    this.#sendEnd(error).catch(() => this.#call.transport.destroy());
  }

  async #sendEnd(error: ConnectError | undefined): Promise<void> {
    if (!this.#isStarted) this.#start();
    const { tail, trailers } = endOf(this.#call, error);
    const end = tail === undefined ? undefined : await pack(this.#call, tail);
    if (!this.#call.transport.isClosed) this.#call.transport.end(end, trailers);
  }
}
