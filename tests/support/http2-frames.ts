// HTTP/2 as bytes (RFC 9113): frames right and wrong, for what no client library would ever send.

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;
/** The most that a frame may hold unless the other side says so (RFC 9113, section 4.2). */
export const FRAME_BYTES = 16_384;

/** @param length what the frame says of its payload, where that is not true */
export function frame(type: number, flags: number, streamId: number, payload: Buffer, length = payload.length): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Literals without indexing and without Huffman (RFC 7541, section 6.2.2); none longer than 126 bytes. */
export function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [
      Buffer.from([0]),
      ...[name, value].map((text) => Buffer.from(`${String.fromCharCode(text.length)}${text}`, 'latin1')),
    ]),
  );
}

export function requestFields(method: string, path: string, more: Readonly<Record<string, string>> = {}) {
  return { ':method': method, ':scheme': 'http', ':authority': 'localhost', ':path': path, ...more };
}

/** @param flags beside END_HEADERS */
export function headersFrame(streamId: number, fields: Readonly<Record<string, string>>, flags = 0): Buffer {
  return frame(TYPE.headers, FLAG.endHeaders | flags, streamId, headerBlock(fields));
}

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[] = []): Buffer {
  return frame(TYPE.settings, 0, 0, Buffer.concat(settings.map(([id, value]) => Buffer.concat([u16(id), u32(value)]))));
}

/** What a connection opens with: preface and SETTINGS. */
export function opening(settings: readonly (readonly [id: number, value: number])[] = []): Buffer {
  return Buffer.concat([PREFACE, settingsFrame(settings)]);
}

/** Matches these bytes in Latin-1, none of which may mean something in a pattern. */
export function patternOf(bytes: Buffer): RegExp {
  return new RegExp(bytes.toString('latin1'));
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const bytes = (length: number, value = 0x61) => Buffer.alloc(length, value);
const fields = requestFields('GET', '/x');

/** What breaks a connection on which stream 1 is open, each by the section of RFC 9113 that says so. */
export const CONNECTION_ERRORS: Readonly<Record<string, Buffer>> = {
  'DATA on stream 0 (6.1)': frame(TYPE.data, 0, 0, bytes(1)),
  'DATA on an idle stream (5.1)': frame(TYPE.data, 0, 7, bytes(1)),
  'DATA with more padding than payload (6.1)': frame(TYPE.data, FLAG.padded, 1, Buffer.from([200, 1, 2])),
  'DATA beyond the window (6.9.1)': Buffer.concat(
    Array.from({ length: 80 }, () => frame(TYPE.data, 0, 1, bytes(FRAME_BYTES))),
  ),
  'DATA in a frame that is too large (4.2)': frame(TYPE.data, 0, 1, bytes(FRAME_BYTES + 1)),
  'HEADERS on stream 0 (6.2)': headersFrame(0, fields),
  'HEADERS on an even stream (5.1.1)': headersFrame(2, fields),
  'HEADERS on a lower stream (5.1.1)': Buffer.concat([headersFrame(9, fields), headersFrame(3, fields)]),
  'HEADERS with more padding than payload (6.2)': frame(
    TYPE.headers,
    FLAG.padded | FLAG.endHeaders,
    3,
    Buffer.from([200, 1, 2]),
  ),
  'HEADERS that HPACK cannot read (4.3)': frame(TYPE.headers, FLAG.endHeaders, 3, bytes(20, 0xff)),
  'HEADERS that name an entry that is not there (RFC 7541, 2.3.3)': frame(
    TYPE.headers,
    FLAG.endHeaders,
    3,
    Buffer.from([0xff, 0x80, 0x7f]),
  ),
  'HEADERS between HEADERS and their CONTINUATION (6.2)': Buffer.concat([
    frame(TYPE.headers, 0, 3, headerBlock(fields)),
    headersFrame(5, fields),
  ]),
  'PRIORITY on stream 0 (6.3)': frame(TYPE.priority, 0, 0, bytes(5, 0)),
  'PRIORITY of a wrong length (6.3)': frame(TYPE.priority, 0, 1, bytes(4, 0)),
  'RST_STREAM on stream 0 (6.4)': frame(TYPE.rstStream, 0, 0, u32(8)),
  'RST_STREAM on an idle stream (6.4)': frame(TYPE.rstStream, 0, 9, u32(8)),
  'RST_STREAM of a wrong length (6.4)': frame(TYPE.rstStream, 0, 1, bytes(3, 0)),
  'SETTINGS on a stream (6.5)': frame(TYPE.settings, 0, 1, Buffer.alloc(0)),
  'SETTINGS of a wrong length (6.5)': frame(TYPE.settings, 0, 0, bytes(5, 0)),
  'SETTINGS ACK with a payload (6.5)': frame(TYPE.settings, FLAG.ack, 0, bytes(6, 0)),
  'SETTINGS with a push that is neither on nor off (6.5.2)': settingsFrame([[2, 2]]),
  'SETTINGS with a window that is too large (6.5.2)': settingsFrame([[4, 2 ** 31]]),
  'SETTINGS with a frame size that is too small (6.5.2)': settingsFrame([[5, 1]]),
  'SETTINGS that take a window beyond its bound (6.9.2)': Buffer.concat([
    frame(TYPE.windowUpdate, 0, 1, u32(2 ** 31 - 1 - 65_535)),
    settingsFrame([[4, 2 ** 31 - 1]]),
  ]),
  'PUSH_PROMISE of a client (8.4)': frame(
    TYPE.pushPromise,
    FLAG.endHeaders,
    1,
    Buffer.concat([u32(2), headerBlock(fields)]),
  ),
  'PING on a stream (6.7)': frame(TYPE.ping, 0, 1, bytes(8)),
  'PING of a wrong length (6.7)': frame(TYPE.ping, 0, 0, bytes(7)),
  'GOAWAY with an error (6.8)': frame(TYPE.goaway, 0, 0, Buffer.concat([u32(1), u32(1)])),
  'GOAWAY without one (6.8)': frame(TYPE.goaway, 0, 0, Buffer.concat([u32(1), u32(0)])),
  'GOAWAY on a stream (6.8)': frame(TYPE.goaway, 0, 1, Buffer.concat([u32(1), u32(1)])),
  'GOAWAY of a wrong length (6.8)': frame(TYPE.goaway, 0, 0, bytes(7, 0)),
  'WINDOW_UPDATE of 0 on the connection (6.9)': frame(TYPE.windowUpdate, 0, 0, u32(0)),
  'WINDOW_UPDATE of 0 on a stream (6.9)': frame(TYPE.windowUpdate, 0, 1, u32(0)),
  'WINDOW_UPDATE on an idle stream (5.1)': frame(TYPE.windowUpdate, 0, 9, u32(1)),
  'WINDOW_UPDATE of a wrong length (6.9)': frame(TYPE.windowUpdate, 0, 0, bytes(3, 0)),
  'WINDOW_UPDATE beyond the bound of the connection (6.9.1)': frame(TYPE.windowUpdate, 0, 0, u32(2 ** 31 - 1)),
  'WINDOW_UPDATE beyond the bound of a stream (6.9.1)': frame(TYPE.windowUpdate, 0, 1, u32(2 ** 31 - 1)),
  'CONTINUATION without HEADERS (6.10)': frame(TYPE.continuation, FLAG.endHeaders, 1, headerBlock(fields)),
  'CONTINUATION on stream 0 (6.10)': frame(TYPE.continuation, FLAG.endHeaders, 0, headerBlock(fields)),
  'a second preface': PREFACE,
  'text of HTTP/1.1': Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
  'the end of the connection in the middle of a frame': frame(TYPE.data, 0, 1, bytes(3), 5_000),
};
