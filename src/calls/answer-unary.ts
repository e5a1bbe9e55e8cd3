// The answer of a unary call, from its request message to the last byte. Nothing here waits unless a handler, an interceptor
// or a compression does: then a call is answered in the turn of the event loop in which its request came.
import type { Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { mergeNonProtocolHeaders } from '@connectrpc/connect/protocol';
import { codeToHttpStatus, errorToJsonBytes, trailerMux } from '@connectrpc/connect/protocol-connect';
import { COMPRESS_MIN_BYTES, type End, endOf, errorOf, isPending, pack } from './answer.ts';
import type { Call } from './call.ts';
import { Body, type Envelope, toEnvelope } from './envelope.ts';
import { invokeUnary, isThenable } from './invoke.ts';
import { toRawHeaders } from './node-headers.ts';
import type { RequestReader } from './request-reader.ts';

export function answerUnary(call: Call, reader: RequestReader): void {
  let message: Message | Promise<Message>;
  try {
    message = invokeUnary(call, reader.single(call.route.codec.parse));
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
function settle(call: Call, finish: () => void): void {
  try {
    finish();
  } catch (defect) {
    call.breakOff(defect);
  }
}

function succeed(call: Call, message: Message): void {
  let envelope: Envelope;
  try {
    envelope = call.route.codec.encode(message);
  } catch (reason) {
    fail(call, reason);
    return;
  }
  call.abort(undefined);
  call.sentMessages = 1;
  call.observeEnd(undefined);
  send(call, envelope, undefined);
}

function fail(call: Call, reason: unknown): void {
  const error = errorOf(call, reason);
  call.abort(reason);
  call.observeEnd(error.code);
  send(call, undefined, error);
}

/** `envelope` holds the message, unless the call failed. */
function send(call: Call, envelope: Envelope | undefined, error: ConnectError | undefined): void {
  // Metadata that HTTP does not take, or a metadata of an error that cannot be written: there is no way to answer.
  const giveUp = () => call.transport.destroy();
  try {
    const pending = call.route.format.isEnveloped
      ? answerEnveloped(call, envelope, error)
      : answerPlain(call, envelope, error);
    pending?.catch(giveUp);
  } catch {
    giveUp();
  }
}

function answerEnveloped(
  call: Call,
  envelope: Envelope | undefined,
  error: ConnectError | undefined,
): Promise<void> | undefined {
  const { tail, trailers } = endOf(call, error);
  const message = envelope === undefined ? undefined : pack(call, envelope);
  const end = tail === undefined ? undefined : pack(call, tail);
  if (!isPending(message) && !isPending(end)) {
    sendEnveloped(call, message, end, trailers);
    return undefined;
  }
  return Promise.all([message, end]).then(([packed, last]) => sendEnveloped(call, packed, last, trailers));
}

function sendEnveloped(
  call: Call,
  message: Envelope | undefined,
  end: Envelope | undefined,
  trailers: End['trailers'],
): void {
  const { transport } = call;
  if (transport.isClosed) return;
  const body = message !== undefined && end !== undefined ? message.followedBy(end) : (message ?? end);
  const headers = call.answerHeaders();
  if (!transport.isHttp2) headers.push('content-length', `${body?.bytes.length ?? 0}`);
  transport.start(200, headers);
  transport.end(body, trailers);
}

/** Connect's unary calls: the message is the body, the status that of HTTP (connectrpc.com/docs/protocol). */
function answerPlain(
  call: Call,
  envelope: Envelope | undefined,
  error: ConnectError | undefined,
): Promise<void> | undefined {
  if (error !== undefined) {
    call.responseHeader.set('content-type', 'application/json');
    // What came over the wire from somebody else is no metadata of this call.
    if (!('isWireError' in error && error.isWireError)) mergeNonProtocolHeaders(call.responseHeader, error.metadata);
  }
  const httpStatus = error === undefined ? 200 : codeToHttpStatus(error.code);
  const body =
    error === undefined ? (envelope ?? EMPTY).payload : toBody(errorToJsonBytes(error, call.route.jsonOptions));
  if (call.compression === undefined || body.bytes.length < COMPRESS_MIN_BYTES) {
    sendPlain(call, httpStatus, body);
    return undefined;
  }
  const { name } = call.compression;
  return call.compression.compress(body.bytes).then((compressed) => {
    call.responseHeader.set('content-encoding', name);
    sendPlain(call, httpStatus, toBody(compressed));
  });
}

function sendPlain(call: Call, httpStatus: number, body: Body): void {
  const { transport } = call;
  if (transport.isClosed) return;
  const headers = call.hasTrailers
    ? toRawHeaders(trailerMux(call.responseHeader, call.responseTrailer), transport.isHttp2)
    : call.answerHeaders();
  headers.push('content-length', `${body.bytes.length}`);
  transport.start(httpStatus, headers);
  transport.end(body, undefined);
}

function toBody({ buffer, byteOffset, byteLength }: Uint8Array): Body {
  return new Body(Buffer.from(buffer, byteOffset, byteLength));
}

const EMPTY = toEnvelope(0, Buffer.alloc(0));
