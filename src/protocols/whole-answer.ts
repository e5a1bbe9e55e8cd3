// Answers of unary calls whose body is the message: what Connect and REST have in common.
import { COMPRESS_MIN_BYTES } from '../calls/compression.ts';
import { Body } from '../calls/envelope.ts';
import type { RawHeaders } from '../calls/exchange.ts';
import type { Call } from '../calls/protocol.ts';

/** As the handler has made them, with the trailing metadata, which Connect sends like this. */
export function wholeHeaders(call: Call): RawHeaders {
  const headers = call.answerHeaders();
  if (call.hasTrailers) call.responseTrailer.forEach((value, name) => void headers.push(`trailer-${name}`, value));
  return headers;
}

/** Compressed, where that was agreed upon and pays. @param headers Not to be used again. */
export function sendPacked(call: Call, status: number, headers: RawHeaders, body: Body): Promise<void> | undefined {
  const { compression } = call;
  if (compression === undefined || body.bytes.length < COMPRESS_MIN_BYTES) {
    sendWhole(call, status, headers, body);
    return undefined;
  }
  headers.push('content-encoding', compression.name);
  return compression
    .compress(new Uint8Array(body.bytes))
    .then((compressed) => sendWhole(call, status, headers, bodyOf(compressed)));
}

/** @param headers Not to be used again. */
export function sendWhole(call: Call, status: number, headers: RawHeaders, body: Body): void {
  const { exchange } = call;
  if (exchange.isClosed) return;
  headers.push('content-length', String(body.bytes.length));
  call.start(status, headers);
  exchange.end(exchange.method === 'HEAD' ? undefined : body, undefined);
}

export function bodyOf({ buffer, byteOffset, byteLength }: Uint8Array): Body {
  return new Body(Buffer.from(buffer, byteOffset, byteLength));
}
