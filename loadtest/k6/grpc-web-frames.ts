// The frames of gRPC-Web: a flag byte, four bytes of length (big-endian), the payload; a frame whose flag has the highest
// bit set holds the trailers as text. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
// TypeScript, which k6 reads too, unlike the other scripts here: it is the one without k6's own modules.
const HEADER_BYTES = 5;
const TRAILERS_FLAG = 0x80;

export interface Frames {
  readonly messages: readonly string[];
  readonly trailers: string;
}

/** One message, as the body of a request. */
export function writeFrame(text: string): ArrayBuffer {
  const payload = new TextEncoder().encode(text);
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  new DataView(frame.buffer).setUint32(1, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame.buffer;
}

/** What is cut off is left out, so that what should have been there is missed. */
export function readFrames(body: ArrayBuffer): Frames {
  const view = new DataView(body);
  const messages: string[] = [];
  let trailers = '';
  let at = 0;
  while (at + HEADER_BYTES <= body.byteLength) {
    const flags = view.getUint8(at);
    const end = at + HEADER_BYTES + view.getUint32(at + 1);
    if (end > body.byteLength) break;
    const text = new TextDecoder().decode(new Uint8Array(body.slice(at + HEADER_BYTES, end)));
    if (flags & TRAILERS_FLAG) trailers += text;
    else messages.push(text);
    at = end;
  }
  return { messages, trailers };
}
