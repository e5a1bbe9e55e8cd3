// Opens one TCP or TLS connection, or fails, or gives up when told to. It stands alone since Node takes no abort signal
// while it connects, and every kind of probe needs to be stopped there too.
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { HostPort } from './host-port.ts';

/**
 * Connects; the caller owns the socket, also its end. An error after that shows in `close` or in the next read or write, and
 * never as an uncaught exception.
 * @param signal stops the attempt, not the connection
 * @throws Node's error of the failed attempt, or the signal's reason
 */
export function dial(target: HostPort, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  return established(connectTcp({ host: target.host, port: target.port, noDelay: true }), 'connect', signal);
}

/** As `dial`, with a TLS handshake. @param tls options of the handshake, `servername` and trust among them */
export function dialTls(target: HostPort, tls: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  signal.throwIfAborted();
  const socket = connectTls({ ...tls, host: target.host, port: target.port });
  socket.setNoDelay(true);
  return established(socket, 'secureConnect', signal);
}

/** Ends a connection at once. Settles when its handle is gone. */
export function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}

function established<S extends Socket>(socket: S, ready: 'connect' | 'secureConnect', signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      socket.off(ready, onReady);
      socket.off('error', onError);
      socket.off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (error: unknown) =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const onReady = () => settle(() => resolve(socket));
    const onError = (error: Error) => fail(error);
    const onClose = () => fail(Object.assign(new Error('closed before it was connected'), { code: 'UND_ERR_SOCKET' }));
    const onAbort = () => fail(signal.reason);

    // Stays for good: an error event that nobody listens to would end the process.
    socket.on('error', () => {});
    socket.once(ready, onReady);
    socket.once('error', onError);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
