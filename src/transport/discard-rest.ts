// What a client still sends after its answer is complete: a message that was refused for its size, the body of a request
// for what is not there. Nobody reads it, and so nothing behind it on the connection would ever be read either. It is
// taken and thrown away, within bounds; a reset at once could overtake the answer.
import { constants } from 'node:http2';
import { discardedOfHttp1, MAX_DISCARDED_BYTES } from '../calls/announced-body.ts';
import type { AnyRequest, AnyResponse } from '../calls/exchange.ts';

/** Time is bounded by the request time-out of the listener, bytes here. */
export function discardRest(request: AnyRequest, response: AnyResponse): void {
  // An HTTP/2 response is finished only with its stream, which waits for the client's last byte.
  const answer = 'stream' in response ? response.stream : response;
  // Before `finish`, since Node then takes over a body that was never touched, and counts nothing of it.
  answer.once('prefinish', () => {
    if (request.readableEnded || (request.complete && request.readableLength === 0)) return;
    let leftBytes = 'stream' in request ? MAX_DISCARDED_BYTES : discardedOfHttp1(request.headers);
    const discard = () => {
      for (let chunk: Buffer | null = request.read(); chunk !== null; chunk = request.read()) {
        leftBytes -= chunk.length;
        if (leftBytes < 0) return cut(request);
      }
    };
    request.on('readable', discard);
    discard();
  });
}

function cut(request: AnyRequest): void {
  if ('stream' in request) request.stream.close(constants.NGHTTP2_NO_ERROR);
  else request.socket.destroy();
}
