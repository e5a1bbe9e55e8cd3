// The answers of a server stream, one by one, as fast as the caller takes them. Thousands of streams may wait at once, so
// what waits here is one promise with two functions, and not a chain of generators.
import { create, type Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import type { RunningCall } from './call.ts';
import type { Body } from './envelope.ts';
import { invokeStream, isThenable } from './invoke.ts';
import type { RequestReader, StreamProtocol } from './protocol.ts';

/** @param protocol of the call */
export function answerStream(call: RunningCall, protocol: StreamProtocol, reader: RequestReader): void {
  if (call.exchange.method === 'HEAD') {
    answerHead(call, protocol, reader);
    return;
  }
  call.stayWhileAdmitted();
  new StreamAnswer(call, protocol, invokeStream(call, reader)).pull();
}

/** In place of a stream: it starts none. */
function answerHead(call: RunningCall, protocol: StreamProtocol, reader: RequestReader): void {
  let error: ConnectError | undefined;
  try {
    reader.message();
  } catch (reason) {
    error = call.errorOf(reason);
  }
  call.abort(undefined);
  call.observeEnd(error?.code);
  void protocol.end(call, error, false);
}

class StreamAnswer {
  readonly #call: RunningCall;
  readonly #protocol: StreamProtocol;
  readonly #answers: AsyncIterator<Message>;
  #headTimer: NodeJS.Timeout | undefined;
  #isStarted = false;
  #isOver = false;

  constructor(call: RunningCall, protocol: StreamProtocol, answers: AsyncIterator<Message>) {
    this.#call = call;
    this.#protocol = protocol;
    this.#answers = answers;
    if (protocol.headWaitMs !== undefined) this.#headTimer = setTimeout(startEarly, protocol.headWaitMs, this);
  }

  /** Nothing is made while the caller does not read: what comes next is then the latest. */
  pull(): void {
    this.#answers.next().then(this.#take, this.#fail);
  }

  // Neither of the two throws: a promise for that would wait with every stream.
  readonly #take = (result: IteratorResult<Message>): void => {
    try {
      if (result.done) this.#end(undefined);
      else this.#frame(result.value);
    } catch (defect) {
      this.#call.breakOff(defect);
    }
  };

  #frame(value: Message): void {
    let bytes: Buffer | Promise<Buffer>;
    try {
      const framed = this.#protocol.frame(this.#call, create(this.#call.route.spec.method.output, value));
      bytes = isThenable<Body>(framed) ? framed.then((body) => this.#call.toSend(body)) : this.#call.toSend(framed);
    } catch (reason) {
      this.#abandon(reason);
      return;
    }
    if (!isThenable<Buffer>(bytes)) this.#send(bytes);
    else {
      bytes
        .then(
          (made) => this.#send(made),
          (reason) => this.#abandon(reason),
        )
        .catch((defect) => this.#call.breakOff(defect));
    }
  }

  #send(bytes: Buffer): void {
    const { exchange } = this.#call;
    if (exchange.isClosed) {
      this.#abandon(undefined);
      return;
    }
    try {
      if (!this.#isStarted) this.#start();
      this.#call.sentMessages++;
      if (exchange.write(bytes)) this.pull();
      else exchange.drained().then(() => this.pull());
    } catch {
      // Metadata that HTTP does not take: there is no way to answer.
      exchange.destroy();
      this.#abandon(undefined);
    }
  }

  /** The handler ended by itself, in error. */
  readonly #fail = (reason: unknown): void => {
    try {
      this.#end({ reason });
    } catch (defect) {
      this.#call.breakOff(defect);
    }
  };

  /** Ends the handler too, whatever it then says. */
  #abandon(reason: unknown): void {
    this.#answers.return?.().catch(() => {});
    this.#end(reason === undefined ? undefined : { reason });
  }

  startEarly(): void {
    if (this.#call.exchange.isClosed) return;
    try {
      this.#start();
      this.#call.exchange.flush();
    } catch {
      this.#call.exchange.destroy();
    }
  }

  #start(): void {
    clearTimeout(this.#headTimer);
    this.#isStarted = true;
    this.#call.start(200, this.#call.answerHeaders());
  }

  #end(failure: { readonly reason: unknown } | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#headTimer);
    const error = failure && this.#call.errorOf(failure.reason);
    this.#call.abort(failure?.reason);
    this.#call.observeEnd(error?.code);
    if (this.#call.exchange.isClosed) return;
    this.#protocol.end(this.#call, error, this.#isStarted).catch(() => this.#call.exchange.destroy());
  }
}

function startEarly(answer: StreamAnswer): void {
  answer.startEarly();
}
