// The PROXY protocol (haproxy.org/download/3.2/doc/proxy-protocol.txt): what a proxy says of a connection before the first byte
// that it forwards, as binary (version 2) or as a line (version 1).
import { isIPv4, isIPv6, type Socket } from 'node:net';
import { type AnnouncedClient, plainAddress } from './client-address.ts';

export interface ProxyHeader {
  /** Bytes that it takes. */
  readonly length: number;
  readonly client: AnnouncedClient;
}

/** What is missing: how many bytes there must be, at the least, before it is worth looking again. */
interface Incomplete {
  readonly wanted: number;
}

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** Signature, version and command, family and transport, length of what follows. */
const HEAD_BYTES = 16;
/** Of addresses and extensions (TLVs). Certificates of clients among them are not for us. */
const MAX_BODY_BYTES = 4096;
const LOCAL = 0x20;
const PROXY = 0x21;
/** Bytes of the addresses, by family and transport. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x11, 12],
  [0x12, 12],
  [0x21, 36],
  [0x22, 36],
  [0x31, 216],
  [0x32, 216],
]);

const LINE_START = Buffer.from('PROXY ');
const MAX_LINE_BYTES = 107;
const LINE = /^PROXY (?:UNKNOWN(?: [^\r\n]*)?|(TCP[46]) (\S+) (\S+) (\d{1,5}) (\d{1,5}))\r\n$/;

/** @param bytes the first of a connection */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | Incomplete | 'invalid' {
  if (startsLike(bytes, SIGNATURE)) return parseBinary(bytes);
  return startsLike(bytes, LINE_START) ? parseLine(bytes) : 'invalid';
}

/** As far as both go. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function parseBinary(bytes: Buffer): ProxyHeader | Incomplete | 'invalid' {
  if (bytes.length < HEAD_BYTES) return { wanted: HEAD_BYTES };
  const [command = 0, family = 0] = bytes.subarray(SIGNATURE.length);
  const bodyBytes = bytes.readUInt16BE(HEAD_BYTES - 2);
  if ((command !== LOCAL && command !== PROXY) || bodyBytes > MAX_BODY_BYTES) return 'invalid';
  const addressBytes = command === LOCAL ? 0 : ADDRESS_BYTES.get(family);
  if (addressBytes === undefined || bodyBytes < addressBytes) return 'invalid';
  const length = HEAD_BYTES + bodyBytes;
  if (bytes.length < length) return { wanted: length };
  if (command === LOCAL) return { length, client: 'itself' };
  const address = readAddress(bytes.subarray(HEAD_BYTES), addressBytes);
  return { length, client: address === undefined ? 'unnamed' : { address } };
}

/** The first of the addresses is the client's. */
function readAddress(body: Buffer, addressBytes: number): string | undefined {
  if (addressBytes === 12) return body.subarray(0, 4).join('.');
  if (addressBytes !== 36) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => body.readUInt16BE(index * 2).toString(16));
  return plainAddress(groups.join(':'));
}

function parseLine(bytes: Buffer): ProxyHeader | Incomplete | 'invalid' {
  const end = bytes.subarray(0, MAX_LINE_BYTES).indexOf('\n') + 1;
  if (end === 0) return bytes.length < MAX_LINE_BYTES ? { wanted: bytes.length + 1 } : 'invalid';
  const parts = LINE.exec(bytes.toString('latin1', 0, end));
  if (parts === null) return 'invalid';
  const [, family, from = '', to = '', ...ports] = parts;
  if (family === undefined) return { length: end, client: 'unnamed' };
  const isOne = family === 'TCP4' ? isIPv4 : isIPv6;
  const address = plainAddress(from);
  if (address === undefined || !isOne(from) || !isOne(to) || ports.some((port) => Number(port) > 65_535))
    return 'invalid';
  return { length: end, client: { address } };
}

/**
 * Takes the header from the socket, and calls `done` once, with what it said, or with undefined for what is none. Never calls
 * it for a connection that ends before its first byte. What it holds is bounded by the longest header and one read.
 */
export function readProxyHeader(socket: Socket, done: (header: ProxyHeader | undefined) => void): void {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = 1;

  const settle = (header: ProxyHeader | undefined) => {
    socket.off('readable', onReadable).off('end', onEnd);
    // Whoever reads next listens anew, which a stream notices only once it has noticed that nobody did.
    process.nextTick(done, header);
  };
  const onReadable = () => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      chunks.push(chunk);
      held += chunk.length;
    }
    if (held < wanted) return;
    const bytes = Buffer.concat(chunks);
    chunks = [bytes];
    const parsed = parseProxyHeader(bytes);
    if (parsed === 'invalid') return settle(undefined);
    if ('wanted' in parsed) {
      wanted = parsed.wanted;
      return;
    }
    if (parsed.length < held) socket.unshift(bytes.subarray(parsed.length));
    settle(parsed);
  };
  const onEnd = () => {
    if (held > 0) settle(undefined);
  };
  socket.on('readable', onReadable).on('end', onEnd);
}
