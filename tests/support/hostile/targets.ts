// The targets of the fuzzer on loopback: each connection and each question gets the next answer of chance.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { decode } from 'dns-packet';
import { startTcp, startTls, type Upstream } from '../upstreams/tcp.ts';
import { type HostileAnswer, hostileDatagrams } from './answers.ts';
import type { Random } from './random.ts';

/** Time between two writes of a slow answer, in milliseconds. */
const SLOW_MS = 3;

/** The answer of a connection is asked for when it is opened. @param tls left out: cleartext */
export function startHostileTcp(next: () => HostileAnswer, tls?: TlsOptions): Promise<Upstream> {
  const serve = (socket: Socket) => void play(socket, next());
  return tls === undefined ? startTcp(serve) : startTls(tls, serve);
}

async function play(socket: Socket, { writes, waits, isSlow, ending }: HostileAnswer): Promise<void> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const asked = waits ? await Promise.race([once(socket, 'data').catch(() => []), gone.then(() => [])]) : [];
  for (const bytes of writes(asked[0] ?? Buffer.alloc(0))) {
    if (socket.destroyed) return;
    socket.write(bytes);
    await (isSlow ? new Promise((resolve) => setTimeout(resolve, SLOW_MS)) : new Promise(setImmediate));
  }
  if (ending === 'end') socket.end();
  // A reset throws away what is not read yet, which is a damage of its own.
  else if (ending === 'reset') 'encrypted' in socket ? socket.destroy() : socket.resetAndDestroy();
}

export interface HostileDns {
  /** IP:PORT. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startHostileDns(next: () => Random): Promise<HostileDns> {
  const socket = createSocket('udp4');
  socket.on('message', (query, peer) => {
    const name = decode(query).questions?.[0]?.name ?? '';
    for (const datagram of hostileDatagrams(query, name, next())) socket.send(datagram, peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
