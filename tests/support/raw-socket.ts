// A client that says exactly what a test writes, byte for byte, over TCP or TLS, and remembers what came back.
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Identity } from './certs.ts';

export interface RawSocketOptions {
  /** With it: TLS, trusting this authority. */
  readonly ca?: string;
  /** ALPN, for TLS. Default: `http/1.1`. */
  readonly protocol?: 'http/1.1' | 'h2';
  /** Client certificate, for TLS. */
  readonly identity?: Identity;
  /** TCP alone, also to a TLS port: the handshake never comes. */
  readonly withoutHandshake?: boolean;
}

export interface RawSocket {
  readonly socket: Socket;
  write(data: string | Uint8Array): void;
  /** Everything that came so far, as Latin-1. */
  text(): string;
  /** Settles with the text once it matches; rejects when the connection ends before. */
  received(pattern: RegExp): Promise<string>;
  /** Settles with the text once the connection is closed, by whatever end. */
  closed(): Promise<string>;
  destroy(): void;
}

/** @param url Address of the server; only host and port count. */
export async function openRawSocket(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
  const { hostname: host, port: portText } = new URL(url);
  const port = Number(portText);
  const { ca, protocol = 'http/1.1', identity, withoutHandshake = false } = options;
  const isTls = ca !== undefined && !withoutHandshake;
  const socket: Socket = isTls
    ? connectTls({ host, port, ca, ALPNProtocols: [protocol], ...identity })
    : connectTcp({ host, port, noDelay: true });
  let text = '';
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of watchers) watcher();
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    notify();
  });
  // A reset is an end like any other here; tests look at what came before.
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => {
      notify();
      resolve(text);
    });
  });
  await once(socket, isTls ? 'secureConnect' : 'connect');

  return {
    socket,
    write: (data) => socket.write(data),
    text: () => text,
    received: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const isThere = pattern.test(text);
          if (!isThere && !socket.closed) return;
          watchers.delete(look);
          if (isThere) resolve(text);
          else reject(new Error(`the connection ended without ${pattern}; it sent ${JSON.stringify(text)}`));
        };
        watchers.add(look);
        look();
      }),
    closed: () => closed,
    destroy: () => socket.destroy(),
  };
}
