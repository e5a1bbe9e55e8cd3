// Headers of the PROXY protocol as bytes, by its specification and by nothing of ours.
import { u16 } from './http2-frames.ts';

export const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
export const COMMAND = { local: 0x20, proxy: 0x21 } as const;
export const FAMILY = {
  unspec: 0x00,
  tcp4: 0x11,
  udp4: 0x12,
  tcp6: 0x21,
  udp6: 0x22,
  unix: 0x31,
  unixDatagram: 0x32,
} as const;

export function binaryHeader(command: number, family: number, body: Buffer): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.of(command, family), u16(body.length), body]);
}

/** Addresses of the client and of the server, then their ports. */
export function tcp4(client: readonly number[], more: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(client), Buffer.of(127, 0, 0, 1), u16(50_123), u16(8080), more]);
  return binaryHeader(COMMAND.proxy, FAMILY.tcp4, body);
}

/** @param client its eight groups */
export function tcp6(client: readonly number[], more: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([...client.map(u16), Buffer.alloc(15), Buffer.of(1), u16(50_123), u16(8080), more]);
  return binaryHeader(COMMAND.proxy, FAMILY.tcp6, body);
}

/** An extension: type, length, value. */
export function tlv(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), u16(value.length), value]);
}
