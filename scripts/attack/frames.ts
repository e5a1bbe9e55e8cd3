// Frames of HTTP/2 as bytes (RFC 9113), for what no client library would send.
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;
export const ACK = 1;
/** SETTINGS_INITIAL_WINDOW_SIZE. */
const INITIAL_WINDOW_SIZE = 4;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const SETTINGS = frame(TYPE.settings, 0, 0);
export const OPENING = Buffer.concat([PREFACE, SETTINGS]);

/** No stream may send a byte. */
export function zeroWindow(): Buffer {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(INITIAL_WINDOW_SIZE);
  return frame(TYPE.settings, 0, 0, payload);
}

/** Literals without indexing and without Huffman (RFC 7541, section 6.2.2). */
export function fields(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([length(bytes.length), bytes]);
}

/** Of a prefix of seven bits (RFC 7541, section 5.1). */
function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

export function request(method: string, path: string, more: readonly (readonly [string, string])[] = []): Buffer {
  return fields([[':method', method], [':scheme', 'http'], [':authority', 'localhost'], [':path', path], ...more]);
}

/** A GET with nothing after it. */
export function get(stream: number, path: string): Buffer {
  return frame(TYPE.headers, END_HEADERS | END_STREAM, stream, request('GET', path));
}

/** Ids of client streams, the first `count`. */
export function streams(count: number): number[] {
  return Array.from({ length: count }, (_, n) => 2 * n + 1);
}
