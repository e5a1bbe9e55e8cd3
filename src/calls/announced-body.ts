// The body of a request, as its headers announce it, and how much of it is taken and thrown away once its answer is out. Where there
// is more, a stream of HTTP/2 is reset. HTTP/1.1 can only end the connection, and many clients that are still sending lose
// the answer with it: so there whatever is not very large is taken to its end.
import type { IncomingHttpHeaders } from 'node:http';

/** More than the buffers between the two sides hold, so that the answer is out before the end. */
export const MAX_DISCARDED_BYTES = 1_048_576;
const MAX_TAKEN_WHOLE_BYTES = 16_777_216;

/** Whether there is a body behind the head of a request of HTTP/1.1. */
export function announcesBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

/** Of a request of HTTP/1.1. One that says that it is larger is not taken to its end, and so not far. */
export function discardedOfHttp1({ 'content-length': length }: IncomingHttpHeaders): number {
  return Number(length ?? 0) > MAX_TAKEN_WHOLE_BYTES ? MAX_DISCARDED_BYTES : MAX_TAKEN_WHOLE_BYTES;
}

/** Whether the next request on its connection may never be read. @param headers of a request with a body that has not come in full */
export function mayBeCut(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return length === undefined || Number(length) > discardedOfHttp1(headers);
}
