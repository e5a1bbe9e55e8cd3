// Reads one HTTP/1 answer from the bytes of a connection. By hand and not by a library since a prober takes what browsers,
// curl and other probers take (RFC 9112, sections 2.2, 5 and 6 say what that is) and says of the rest what is wrong with it;
// Node's parser refuses part of that, and undici's nearly all (ADR 25). Knows no sockets: bytes in, an answer out.
import { isUtf8 } from 'node:buffer';
import { ProtocolFault } from './reason.ts';

/** Why the end of the connection is not the end of the answer. */
export class AnswerCut extends Error {
  override readonly name = 'AnswerCut';
  readonly code = 'ANSWER_CUT';
  /** Where it was cut, for people; undefined when there was no byte at all. */
  readonly evidence: string | undefined;
  constructor(evidence: string | undefined) {
    super('the connection ended before the answer');
    this.evidence = evidence;
  }
}

export interface AnswerHead {
  readonly status: number;
  /** Names in lower case; the values of repeated ones are joined. */
  readonly headers: ReadonlyMap<string, string>;
  /** What stands in each Set-Cookie, which cannot be joined (RFC 6265, section 3). */
  readonly setCookies: readonly string[];
}

export interface AnswerLimits {
  /** Bytes of the header section, with what comes before and after it: interim answers, trailers. */
  readonly maxHeaderBytes: number;
  /** Bytes of the body that are kept. */
  readonly maxBodyBytes: number;
}

export interface AnswerReader {
  /** Set once the head has been read. */
  readonly head: AnswerHead | undefined;
  /** Whether the answer is over, and nothing more is to be read. */
  readonly done: boolean;
  /** Whether the body went on after its bound. */
  readonly truncated: boolean;
  /** Whether the connection may carry another answer. */
  readonly reusable: boolean;
  /** Takes what came. Returns `done`. @throws {ProtocolFault} */
  feed(bytes: Buffer): boolean;
  /** The connection ended in good order. @throws {AnswerCut} when the answer is not over */
  end(): void;
  body(): Buffer;
}

const LF = 10;
const CR = 13;
/** Longest line with the size of a chunk, with its extensions. */
const MAX_CHUNK_LINE = 16 * 1024;
/** How much of what is wrong goes along, in bytes: more than is shown, so that secrets can be found in it. */
const MAX_SHOWN = 1000;

/** What is awaited: a line of the head, bytes of the body, the line before or after a chunk, lines after the last chunk. */
type State =
  | 'status'
  | 'fields'
  | 'length'
  | 'until-close'
  | 'chunk-size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'done';

export function createAnswerReader(method: string, limits: AnswerLimits): AnswerReader {
  let state: State = 'status';
  /** What has come and is not a whole line yet. */
  let rest: Buffer | undefined;
  let headBytes = 0;
  let status = 0;
  let minorVersion = 1;
  let fields: [name: string, value: string][] = [];
  let head: AnswerHead | undefined;
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  let truncated = false;
  let announced = 0;
  let left = 0;
  let keepAlive = false;
  let extra = false;

  function feed(bytes: Buffer): boolean {
    let data = rest === undefined ? bytes : Buffer.concat([rest, bytes]);
    rest = undefined;
    let at = 0;
    while (state !== 'done') {
      if (state === 'length' || state === 'chunk' || state === 'until-close') {
        if (at === data.length) return false;
        at = takeBody(data, at);
        continue;
      }
      const newline = data.indexOf(LF, at);
      const size = (newline === -1 ? data.length : newline + 1) - at;
      checkSize(size);
      if (newline === -1) {
        data = data.subarray(at);
        if (state === 'status') checkBeginning(data);
        if (data.length > 0) rest = data;
        return false;
      }
      const end = newline > at && data[newline - 1] === CR ? newline - 1 : newline;
      const line = data.toString('latin1', at, end);
      if (state !== 'chunk-size' && state !== 'chunk-end') headBytes += size;
      at = newline + 1;
      takeLine(line);
    }
    extra = at < data.length;
    return true;
  }

  function checkSize(size: number) {
    if (state === 'chunk-size' || state === 'chunk-end') {
      if (size > MAX_CHUNK_LINE) throw new ProtocolFault('a chunk has a line without end');
    } else if (headBytes + size > limits.maxHeaderBytes) {
      throw new ProtocolFault('its headers are larger than max_headers', `more than ${limits.maxHeaderBytes} bytes`);
    }
  }

  /** What can be no status line is refused before its end, which may never come. */
  function checkBeginning(data: Buffer) {
    const text = data.toString('latin1', 0, 5).toUpperCase();
    if (text !== '' && text !== '\r' && !'HTTP/'.startsWith(text) && !'ICY 2'.startsWith(text)) throw noHttp(data);
  }

  function takeLine(line: string) {
    switch (state) {
      case 'status':
        // Lines before it are of an earlier answer, by servers that count wrong.
        if (line !== '') takeStatus(line);
        return;
      case 'fields':
        if (line === '') endHead();
        else takeField(line);
        return;
      case 'chunk-size':
        return takeChunkSize(line);
      case 'chunk-end':
        if (line !== '') throw new ProtocolFault('a chunk is longer than it says');
        state = 'chunk-size';
        return;
      default:
        if (line === '') state = 'done';
    }
  }

  function takeStatus(line: string) {
    // Some leave the minor version out, and stations of music say ICY.
    const match = /^(?:HTTP\/(\d)(?:\.(\d))?|ICY)[ \t]+(\d{3})(?:[ \t\r]|$)/i.exec(line);
    if (match === null) throw noHttp(Buffer.from(line, 'latin1'));
    const [, major = '1', minor = '0', code] = match;
    minorVersion = major === '1' ? Number(minor) : 1;
    status = Number(code);
    if (status < 100) throw new ProtocolFault('its status is no number from 100 on', shown(line));
    state = 'fields';
  }

  function takeField(line: string) {
    // RFC 9112, section 5.2: a line that begins with white space goes on with the value before it.
    if (line[0] === ' ' || line[0] === '\t') {
      const last = fields.at(-1);
      if (last !== undefined) last[1] = `${last[1]} ${line.trim()}`.trim();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === -1) throw new ProtocolFault('a header line has no colon', shown(line));
    const name = line.slice(0, colon).trim().toLowerCase();
    if (name === '') throw new ProtocolFault('a header has no name', shown(line));
    fields.push([name, fieldValue(line.slice(colon + 1))]);
  }

  function endHead() {
    // RFC 9110, section 15.2: interim answers may come unasked, and mean nothing to who did not ask.
    if (status < 200) {
      if (status === 101) throw new ProtocolFault('it switches to another protocol, which nobody asked for');
      fields = [];
      state = 'status';
      return;
    }
    const headers = joined(fields);
    head = {
      status,
      headers,
      setCookies: fields.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
    };
    keepAlive = keepsAlive(headers.get('connection'), minorVersion);
    frame(headers);
  }

  /** How the end of the body is known: RFC 9112, section 6.3. */
  function frame(headers: ReadonlyMap<string, string>) {
    const coding = headers.get('transfer-encoding');
    if (method === 'HEAD' || status === 204 || status === 304) {
      state = 'done';
    } else if (coding !== undefined && /(^|,)\s*chunked\s*$/i.test(coding)) {
      state = 'chunk-size';
    } else if (coding !== undefined && !/^\s*(identity\s*)?$/i.test(coding)) {
      untilClose();
    } else {
      const length = contentLength(headers.get('content-length'));
      if (length === undefined) return untilClose();
      announced = length;
      left = length;
      state = length === 0 ? 'done' : 'length';
    }
  }

  function untilClose() {
    keepAlive = false;
    state = 'until-close';
  }

  function takeChunkSize(line: string) {
    const [, digits] = /^[ \t]*([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) throw new ProtocolFault('the size of a chunk is no number', shown(line));
    left = Number.parseInt(digits, 16);
    state = left === 0 ? 'trailers' : 'chunk';
  }

  /** Takes what there is of the body from `at` on; the result is where that ends. */
  function takeBody(data: Buffer, at: number): number {
    const size = state === 'until-close' ? data.length - at : Math.min(left, data.length - at);
    const room = limits.maxBodyBytes - bodyBytes;
    chunks.push(data.subarray(at, at + Math.min(size, room)));
    bodyBytes += Math.min(size, room);
    left -= size;
    if (size > room) {
      truncated = true;
      keepAlive = false;
      state = 'done';
    } else if (state !== 'until-close' && left === 0) {
      state = state === 'chunk' ? 'chunk-end' : 'done';
    }
    return at + size;
  }

  function end() {
    if (state === 'until-close' || state === 'trailers') state = 'done';
    if (state === 'done') return;
    throw new AnswerCut(whereCut());
  }

  function whereCut(): string | undefined {
    if (state === 'status') return headBytes === 0 && rest === undefined ? undefined : 'in the first line';
    if (state === 'fields') return 'in the middle of the headers';
    if (state === 'length') return `after ${announced - left} of ${announced} bytes of the body`;
    return `after ${bodyBytes} bytes of the body, before its last chunk`;
  }

  return {
    get head() {
      return head;
    },
    get done() {
      return state === 'done';
    },
    get truncated() {
      return truncated;
    },
    get reusable() {
      return state === 'done' && keepAlive && !extra;
    },
    feed,
    end,
    body: () => (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)),
  };
}

function noHttp(data: Buffer): ProtocolFault {
  return new ProtocolFault('it does not begin as HTTP does', shown(data.toString('latin1', 0, MAX_SHOWN)));
}

function shown(line: string): string {
  return `"${line.slice(0, MAX_SHOWN)}"`;
}

/** Without what RFC 9110, section 5.5, and RFC 9112, section 2.2, let a recipient replace: NUL and a lone CR. */
function fieldValue(text: string): string {
  const value = /[\0\r]/.test(text) ? text.replace(/[\0\r]/g, ' ').trim() : text.trim();
  if (!/[\x80-\xff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}

function joined(fields: readonly (readonly [name: string, value: string])[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of fields) {
    const before = headers.get(name);
    // Two places to go are one too many, and make no list: the first counts, as in browsers.
    if (before === undefined) headers.set(name, value);
    else if (name !== 'location') headers.set(name, `${before}, ${value}`);
  }
  return headers;
}

function keepsAlive(connection: string | undefined, minorVersion: number): boolean {
  const options = connection === undefined ? [] : connection.toLowerCase().split(/[\s,]+/);
  return !options.includes('close') && (minorVersion > 0 || options.includes('keep-alive'));
}

/** RFC 9112, section 6.3: several are one where they say the same. */
function contentLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const [first = '', ...others] = text.split(',').map((part) => part.trim());
  if (!/^\d{1,15}$/.test(first)) throw new ProtocolFault('its Content-Length is no number', shown(text));
  if (others.some((other) => Number(other) !== Number(first) || !/^\d+$/.test(other))) {
    throw new ProtocolFault('its Content-Lengths contradict each other', shown(text));
  }
  return Number(first);
}
