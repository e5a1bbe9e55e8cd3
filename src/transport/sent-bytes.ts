// How far the bytes for a client have got. Node says what it was given to send, and not how much of that has gone: its
// handles know both, and a handle is no public API. Without it, only whole writes are seen to go.
import type { Socket } from 'node:net';

interface Handle {
  readonly bytesWritten?: number;
  readonly writeQueueSize?: number;
}

/** @param socket of TCP */
export function sentBytes(socket: Socket): { readonly taken: number; readonly queued: number } {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null };
  const queued = handle?.writeQueueSize ?? 0;
  return { taken: (handle?.bytesWritten ?? socket.bytesWritten) - queued, queued };
}
