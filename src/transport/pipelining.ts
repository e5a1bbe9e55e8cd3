// How many requests of HTTP/1.1 came at once. Node parses all that it has read before anybody can stop it, and makes a
// request and an answer of each: of 64 KiB, in which more than a thousand fit, that is a hundredth of a second. Where they
// come with the first bytes of a connection, they can be counted before.

/** Less than this does not hold many. */
const FEW_BYTES = 2_048;
/** The end of one request and the first line of the next: more than a body would ever hold many of. */
const NEXT_REQUEST = /\r\n\r\n[A-Z]{1,20} [^\r\n]+ HTTP\/1\.[01]\r\n/g;

export function countRequests(first: Buffer): number {
  if (first.length < FEW_BYTES) return 1;
  return 1 + (first.toString('latin1').match(NEXT_REQUEST)?.length ?? 0);
}
