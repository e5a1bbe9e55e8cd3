// The body of a request, within a limit.
import type { AnyRequest } from '../../transport/listener.ts';

/** The client went away in the middle of its request: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Whether the client announced a body. One that is announced may still be empty. */
export function announcesBody(request: AnyRequest): boolean {
  const { headers } = request;
  if (headers['content-length'] !== undefined) return headers['content-length'] !== '0';
  return 'stream' in request ? !request.stream.endAfterHeaders : headers['transfer-encoding'] !== undefined;
}

/**
 * Undefined when there is more than `maxBytes`: the rest is left unread then. Rejects with ClientGone.
 */
export function readBody(request: AnyRequest, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (settle: () => void) => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      settle();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= maxBytes) return;
      request.pause();
      finish(() => resolve(undefined));
    };
    const onEnd = () => finish(() => resolve(Buffer.concat(chunks, bytes)));
    const onGone = () => finish(() => reject(new ClientGone('the client went away in the middle of its request')));
    request.on('data', onData).once('end', onEnd).once('close', onGone).once('error', onGone);
  });
}
