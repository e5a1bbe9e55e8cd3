// What is asked for with the first bytes of a connection. Node parses all that it has read before anybody can stop it: of
// 64 KiB, in which more than a thousand requests fit, that is a hundredth of a second, and over HTTP/2 two. Where they
// come with the first bytes, they can be counted before.

/** Less than this does not hold many requests. */
const FEW_BYTES = 2_048;

/** Whether there may be many requests in it. */
export function isLarge(first: Buffer): boolean {
  return first.length >= FEW_BYTES;
}

/** The end of one request and the first line of the next: more than a body would ever hold many of. */
const NEXT_REQUEST = /\r\n\r\n[A-Z]{1,20} [^\r\n]+ HTTP\/1\.[01]\r\n/g;

/** Requests of HTTP/1.1. */
export function countRequests(first: Buffer): number {
  if (!isLarge(first)) return 1;
  return 1 + (first.toString('latin1').match(NEXT_REQUEST)?.length ?? 0);
}

const PREFACE_BYTES = 24;
/** RFC 9113, section 4.1: length, type, flags, stream. */
const FRAME_HEAD_BYTES = 9;
/** Offset of the type, behind the length. */
const TYPE_AT = 3;
const RST_STREAM = 3;

/** Streams of HTTP/2 that are reset in one flight with their requests (CVE-2023-44487). */
export function countResets(first: Buffer): number {
  let resets = 0;
  for (let at = PREFACE_BYTES; at + FRAME_HEAD_BYTES <= first.length; ) {
    if (first[at + TYPE_AT] === RST_STREAM) resets++;
    at += FRAME_HEAD_BYTES + first.readUIntBE(at, TYPE_AT);
  }
  return resets;
}

/** Empty SETTINGS, which come first, and a GOAWAY that names no stream, with ENHANCE_YOUR_CALM (RFC 9113, section 7). */
export const CALM_DOWN = Buffer.from('000000040000000000' + '000008070000000000' + '000000000000000b', 'hex');
