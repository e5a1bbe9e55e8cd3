// What channels need of the network, as an argument: the room that looks names up and connects is another one.
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

export interface HostPort {
  /** A name in ASCII, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface Connections {
  /**
   * Looks up and connects, to no address that `alerts.deny_addresses` has. The caller owns the socket, also its end.
   * @throws an error that `explain` has words for; the signal's reason once that fired
   */
  dial(target: HostPort, signal: AbortSignal): Promise<Socket>;
  /** As `dial`, with a TLS handshake in which HTTP/1.1 is asked for. */
  dialTls(target: HostPort, signal: AbortSignal): Promise<Socket>;
  /** Options of a handshake with this host, for who makes it himself. @throws where the file of authorities cannot be read */
  tlsOptions(host: string, caFile?: string): ConnectionOptions;
  /** What became of a connection, for people: holds nothing but `target` and what is known beforehand. */
  explain(error: unknown, target: string): string;
}
