// The text of a gRPC error as gRPC writes it: percent-encoded, but no more of it than need be (PROTOCOL-HTTP2.md,
// Status-Message). Connect escapes punctuation too, which @grpc/grpc-js then shows to people as `%3A` and `%2C`.

/** Escapes the percent sign and everything but printable ASCII, as UTF-8. */
export function encodeGrpcMessage(message: string): string {
  return message.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}

/** Takes the needless escapes out of `grpc-message`. */
export function relaxGrpcMessage(trailer: Headers): void {
  const encoded = trailer.get('grpc-message');
  if (encoded !== null) trailer.set('grpc-message', encodeGrpcMessage(decodeURIComponent(encoded)));
}
