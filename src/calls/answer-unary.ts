// The answer of a unary call, from its request message to the last byte. Nothing here waits unless a handler, an interceptor
// or a compression does: then a call is answered in the turn of the event loop in which its request came.
import type { Message } from '@bufbuild/protobuf';
import type { Code } from '@connectrpc/connect';
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
  send(call, { message }, undefined);
}

function fail(call: RunningCall, reason: unknown): void {
  const error = call.errorOf(reason);
  call.abort(reason);
  send(call, { error }, error.code);
}

/** @param code undefined when all went well */
function send(call: RunningCall, outcome: Outcome, code: Code | undefined): void {
  try {
    const answered = call.route.protocol.answer(call, outcome);
    if (answered === undefined) call.observeEnd(code);
    else
      answered.then(
        () => call.observeEnd(code),
        () => call.giveUp(),
      );
  } catch {
    // Metadata that HTTP does not take, or a metadata of an error that cannot be written.
    call.giveUp();
  }
}
