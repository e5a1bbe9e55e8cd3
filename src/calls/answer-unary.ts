// The answer of a unary call, from its request message to the last byte. Nothing here waits unless a handler, an interceptor
// or a compression does: then a call is answered in the turn of the event loop in which its request came.
import type { Message } from '@bufbuild/protobuf';
import type { RunningCall } from './call.ts';
import type { Envelope } from './envelope.ts';
import { invokeUnary, isThenable } from './invoke.ts';
import type { Outcome, RequestReader } from './protocol.ts';

export function answerUnary(call: RunningCall, reader: RequestReader): void {
  let message: Message | Promise<Message>;
  try {
    const input = reader.message();
    message = isThenable<Message>(input) ? input.then((opened) => invokeUnary(call, opened)) : invokeUnary(call, input);
  } catch (reason) {
    fail(call, reason);
    return;
  }
  if (!isThenable<Message>(message)) succeed(call, message);
  else {
    message.then(
      (answer) => settle(call, () => succeed(call, answer)),
      (reason) => settle(call, () => fail(call, reason)),
    );
  }
}

/** What is thrown here has nobody above it. */
function settle(call: RunningCall, finish: () => void): void {
  try {
    finish();
  } catch (defect) {
    call.breakOff(defect);
  }
}

function succeed(call: RunningCall, answer: Message): void {
  let message: Envelope;
  try {
    message = call.route.encode(answer);
  } catch (reason) {
    fail(call, reason);
    return;
  }
  call.abort(undefined);
  call.sentMessages = 1;
  call.observeEnd(undefined);
  send(call, { message });
}

function fail(call: RunningCall, reason: unknown): void {
  const error = call.errorOf(reason);
  call.abort(reason);
  call.observeEnd(error.code);
  send(call, { error });
}

function send(call: RunningCall, outcome: Outcome): void {
  // Metadata that HTTP does not take, or a metadata of an error that cannot be written: there is no way to answer.
  const giveUp = () => call.exchange.destroy();
  try {
    call.route.protocol.answer(call, outcome)?.catch(giveUp);
  } catch {
    giveUp();
  }
}
