// Node's responses of HTTP/1.1 and HTTP/2 have the same methods under types that TypeScript cannot call together, and
// differ in how they tell that they are closed.
import type { OutgoingHttpHeaders } from 'node:http';
import type { AnyResponse } from '../../transport/listener.ts';

/** Whether nothing can be sent any more. */
export function isGone(response: AnyResponse): boolean {
  if ('stream' in response) return response.stream.closed || response.stream.destroyed;
  return response.closed || response.destroyed;
}

/** Keeps the headers that are set already. */
export function writeHead(response: AnyResponse, httpStatus: number, headers: OutgoingHttpHeaders): void {
  if ('stream' in response) response.writeHead(httpStatus, headers);
  else response.writeHead(httpStatus, headers);
}

/** @returns false when the reader is slow: `drain` tells when it has taken what was written. */
export function writeChunk(response: AnyResponse, chunk: string): boolean {
  return 'stream' in response ? response.write(chunk) : response.write(chunk);
}

/** Sends the head by itself. HTTP/2 sends it at once anyway. */
export function flushHead(response: AnyResponse): void {
  if (!('stream' in response)) response.flushHeaders();
}
