// The answers of a server stream, one by one, as fast as the caller takes them. Thousands of streams may wait at once, so
// a stream of news is asked without promises, and nothing is made for it while it waits.
import { create, type Message } from '@bufbuild/protobuf';
import { Code, type ConnectError } from '@connectrpc/connect';
import type { RunningCall } from './call.ts';
import { Body } from './envelope.ts';
import { invokeStream } from './invoke.ts';
import type { RequestReader, StreamProtocol } from './protocol.ts';

/** @param protocol of the call */
export function answerStream(call: RunningCall, protocol: StreamProtocol, reader: RequestReader): void {
  if (call.exchange.method === 'HEAD') {
    answerHead(call, protocol, reader);
    return;
  }
  call.stayWhileAdmitted();
  new StreamAnswer(call, protocol, invokeStream(call, reader)).resume();
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

/** A stream that can be asked without a promise: what is to be sent now, or undefined, and `reader` resumes when it is worth asking again. */
interface Polled {
  /** @throws what `next` would reject with */
  poll(reader: { resume(): void }): Message | undefined;
}

function isPolled(answers: AsyncIterator<Message>): answers is AsyncIterator<Message> & Polled {
  return 'poll' in answers;
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
  resume(): void {
    if (isPolled(this.#answers)) this.#poll(this.#answers);
    else
      this.#answers.next().then(
        (result) => this.#takeNext(result),
        (reason) => this.#finish({ reason }),
      );
  }

  // None of these throws: a promise for that would wait with every stream.
  #poll(answers: Polled): void {
    let value: Message | undefined;
    do {
      try {
        value = answers.poll(this);
      } catch (reason) {
        this.#finish({ reason });
        return;
      }
    } while (value !== undefined && this.#take(value));
  }

  #takeNext(result: IteratorResult<Message>): void {
    if (result.done) this.#finish(undefined);
    else if (this.#take(result.value)) this.resume();
  }

  /** Whether the next one may be asked for. */
  #take(value: Message): boolean {
    try {
      return this.#frame(value);
    } catch (defect) {
      this.#call.breakOff(defect);
      return false;
    }
  }

  #frame(value: Message): boolean {
    let bytes: Buffer | Promise<Buffer>;
    try {
      const framed = this.#protocol.frame(this.#call, create(this.#call.route.spec.method.output, value));
      bytes = framed instanceof Body ? this.#call.toSend(framed) : framed.then((body) => this.#call.toSend(body));
    } catch (reason) {
      this.#abandon(reason);
      return false;
    }
    if (Buffer.isBuffer(bytes)) return this.#send(bytes);
    bytes
      .then(
        (made) => {
          if (this.#send(made)) this.resume();
        },
        (reason) => this.#abandon(reason),
      )
      .catch((defect) => this.#call.breakOff(defect));
    return false;
  }

  #send(bytes: Buffer): boolean {
    const { exchange } = this.#call;
    if (exchange.isClosed) {
      this.#abandon(undefined);
      return false;
    }
    try {
      if (!this.#isStarted) this.#start();
      this.#call.sentMessages++;
      if (exchange.write(bytes)) return true;
      exchange.drained().then(() => this.resume());
    } catch {
      // Metadata that HTTP does not take.
      this.#call.giveUp();
      this.#abandon(undefined);
    }
    return false;
  }

  /** The handler ended by itself. */
  #finish(failure: { readonly reason: unknown } | undefined): void {
    try {
      this.#end(failure);
    } catch (defect) {
      this.#call.breakOff(defect);
    }
  }

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
      this.#call.giveUp();
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
    const { isClosed } = this.#call.exchange;
    this.#call.observeEnd(error?.code ?? (isClosed ? Code.Canceled : undefined));
    if (isClosed) return;
    this.#protocol.end(this.#call, error, this.#isStarted).catch(() => this.#call.giveUp());
  }
}

function startEarly(answer: StreamAnswer): void {
  answer.startEarly();
}
