// A few words with a server before the connection is what it is meant for: a tunnel through a proxy, TLS that is asked for. It
// stands alone since both have to stop exactly where the words end.

import type { Socket } from 'node:net';
import type { Cancellation } from '../core/cancellation.ts';
import { ProtocolFault } from './reason.ts';

/** Far more than a greeting, or the head of an answer. */
const MAX_BYTES = 16 * 1024;

export interface Dialogue {
  send(bytes: string | Uint8Array): void;
  /**
   * Waits until `read` makes something of what came. It gets all that nobody took so far, and says how much of it it took;
   * undefined: it needs more.
   * @throws the error of the socket, what `read` throws, and the reason of the signal
   */
  receive<T>(read: (bytes: Buffer) => { readonly value: T; readonly length: number } | undefined): Promise<T>;
  /** Leaves the socket alone. What nobody took is there to be read again. @returns how many bytes that is */
  end(): number;
}

/** The socket stays the caller's, who also ends it. @param maxBytes that wait to be taken */
export function createDialogue(socket: Socket, signal: Cancellation, maxBytes = MAX_BYTES): Dialogue {
  let pending: Buffer = Buffer.alloc(0);
  let failed: unknown;
  let waiting: { look(): void; fail(error: unknown): void } | undefined;
  const fail = (error: unknown) => {
    failed ??= error;
    waiting?.fail(failed);
  };
  // Not by `data`: a stream that was made to flow once goes on or is paused, and who takes it over expects neither.
  const onReadable = () => {
    for (let bytes: Buffer | null = socket.read(); bytes !== null; bytes = socket.read()) {
      pending = Buffer.concat([pending, bytes]);
    }
    waiting?.look();
  };
  const onEnd = () =>
    fail(Object.assign(new Error('closed before it had answered'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
  const onAbort = () => fail(signal.reason);
  socket.on('readable', onReadable);
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  socket.on('error', fail);
  signal.addEventListener('abort', onAbort);

  return {
    send: (bytes) => void socket.write(bytes),
    receive: (read) =>
      new Promise((resolve, reject) => {
        const done = (act: () => void) => {
          waiting = undefined;
          act();
        };
        const look = () => {
          try {
            const found = read(pending);
            if (found !== undefined) {
              pending = pending.subarray(found.length);
              done(() => resolve(found.value));
            } else if (pending.length > maxBytes) {
              throw new ProtocolFault('it says too much before it has answered');
            }
          } catch (error) {
            done(() => reject(error));
          }
        };
        waiting = { look, fail: (error) => done(() => reject(error)) };
        if (signal.aborted) return waiting.fail(signal.reason);
        look();
        if (failed !== undefined) waiting?.fail(failed);
      }),
    end() {
      socket.off('readable', onReadable);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      socket.off('error', fail);
      signal.removeEventListener('abort', onAbort);
      if (pending.length > 0) socket.unshift(pending);
      return pending.length;
    },
  };
}

/** Reads up to the end of a line, which is left out. For `receive`. */
export function readLine(bytes: Buffer): { readonly value: string; readonly length: number } | undefined {
  const end = bytes.indexOf(0x0a);
  if (end === -1) return undefined;
  return { value: bytes.toString('latin1', 0, end).replace(/\r$/, ''), length: end + 1 };
}
