// Takes the address to listen on before anything else is touched: an OpenK that cannot have it has then changed nothing. The
// server itself needs what is read from the store, so this stands in for it, and answers nobody.
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Says why it cannot be listened there, and what to do. */
export class ListenFault extends Error {
  override readonly name = 'ListenFault';
}

const FAULTS: Readonly<Record<string, (address: string) => string>> = {
  EADDRINUSE: (address) =>
    `${address} is in use: another program listens there, perhaps another OpenK. End it, or name another address with --listen`,
  EACCES: (address) =>
    `this user must not listen on ${address}. Name a port of 1024 or above with --listen, or give the right to it`,
  EADDRNOTAVAIL: (address) =>
    `${address} is no address of this machine. Name one that is with --listen; 0.0.0.0 is all of them`,
  ENOTFOUND: (address) => `the host of ${address} is not known. Check its name, or name an address with --listen`,
  EAI_AGAIN: (address) =>
    `the host of ${address} cannot be looked up now. Check the name server, or name an address with --listen`,
};

/**
 * Holds it until the result is called. Of port 0 only the host is tried.
 * @throws ListenFault
 */
export async function reserveAddress(address: Address): Promise<() => Promise<void>> {
  const server = createServer((socket) => socket.on('error', () => {}).destroy());
  const listening = once(server, 'listening');
  server.listen({ ...address });
  try {
    await listening;
  } catch (error) {
    throw toListenFault(error, address);
  }
  return async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
}

/** What listening there ended with, in words; other errors stay as they are. */
export function toListenFault(error: unknown, { host, port }: Address): unknown {
  const code = Error.isError(error) && 'code' in error ? String(error.code) : '';
  const words = Object.hasOwn(FAULTS, code) ? FAULTS[code] : undefined;
  if (words === undefined) return error;
  return new ListenFault(words(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`), { cause: error });
}
