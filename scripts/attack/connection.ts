// Connections of attackers: raw, bounded, and gone when the attack is over. What the server does to them is no error here.
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './attack.ts';

/** Undefined where the server takes none. What comes is thrown away, unless the attack pauses the socket. */
export async function connect({ host, port, until }: Target): Promise<Socket | undefined> {
  if (until.aborted) return undefined;
  const socket = connectTcp({ host, port, noDelay: true });
  const destroy = () => socket.destroy();
  until.addEventListener('abort', destroy);
  socket.on('error', () => {});
  socket.on('close', () => until.removeEventListener('abort', destroy));
  socket.resume();
  try {
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  } catch {
    return undefined;
  }
  return socket.destroyed ? undefined : socket;
}

/** Settles when there is room for more. False once the connection is gone. */
export async function send(socket: Socket, bytes: Buffer | string): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false;
  if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), closed(socket)]).catch(() => {});
  return !socket.destroyed;
}

export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close').catch(() => {});
}

/** Does it over and over, so many at a time, until the attack is over. Resolves to how often. */
export async function repeat({ until }: Target, count: number, attackOnce: () => Promise<unknown>): Promise<number> {
  let times = 0;
  const go = async () => {
    while (!until.aborted) {
      times += 1;
      await attackOnce();
      // Whom the server turns away at once must not spin.
      await pause(until, 10);
    }
  };
  await Promise.all(Array.from({ length: count }, go));
  return times;
}

/** Settles at once when the attack is over. */
export function pause(until: AbortSignal, ms: number): Promise<void> {
  return sleep(ms, undefined, { signal: until }).catch(() => {});
}

/** Sends it piece by piece, a pause before each, until it or the connection ends. */
export async function trickle(target: Target, socket: Socket, pieces: Iterable<Buffer | string>, ms: number) {
  for (const piece of pieces) {
    await pause(target.until, ms);
    if (!(await send(socket, piece))) return;
  }
}
