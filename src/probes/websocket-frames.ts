// Frames of WebSocket (RFC 6455, section 5) as a client writes and reads them. It knows bytes and no sockets.
import { ProtocolFault } from './reason.ts';

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(OPCODES));

/** Frames of clients are masked. @param mask four random bytes */
export function writeFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(6 + extended + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(mask, 2 + extended);
  for (let at = 0; at < length; at++) frame[6 + extended + at] = payload[at]! ^ mask[at % 4]!;
  return frame;
}

/** The first frame of a server; undefined while it is not all there. @throws ProtocolFault */
export function readFrame(
  bytes: Buffer,
  maxBytes: number,
): { readonly value: Frame; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = [bytes[0]!, bytes[1]!];
  const opcode = first & 0x0f;
  const isLast = (first & 0x80) !== 0;
  if ((first & 0x70) !== 0 || !KNOWN.has(opcode)) throw new ProtocolFault('a frame of a kind that nobody asked for');
  if ((second & 0x80) !== 0) throw new ProtocolFault('a masked frame');
  const short = second & 0x7f;
  if (opcode >= OPCODES.close && (short > 125 || !isLast)) throw new ProtocolFault('a control frame that is too long');
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extended;
  if (bytes.length < start) return undefined;
  const length = extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > maxBytes) throw new ProtocolFault('a message that is longer than max_message');
  if (bytes.length < start + length) return undefined;
  return { value: { opcode, isLast, payload: bytes.subarray(start, start + length) }, length: start + length };
}
