// Reads one HTTP/1 answer from the bytes of a connection. By hand and not by a library since a prober takes what browsers,
// curl and other probers take (RFC 9112, sections 2.2, 5 and 6 say what that is) and says of the rest what is wrong with it;
// Node's parser refuses part of that, and undici's nearly all (ADR 25). Knows no sockets: bytes in, an answer out.
import { byteText } from './byte-text.ts';
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

/**
 * Takes the bytes of one answer as they come. A class, since a literal with getters has a hidden class of its own each time, which
 * keeps what they see until the next full collection (ADR 70).
 */
export class AnswerReader {
  readonly #method: string;
  readonly #limits: AnswerLimits;
  #state: State = 'status';
  /** What has come and is not a whole line yet. */
  #rest: Buffer | undefined;
  #headBytes = 0;
  #status = 0;
  #minorVersion = 1;
  #fields: [name: string, value: string][] = [];
  #head: AnswerHead | undefined;
  readonly #chunks: Buffer[] = [];
  #bodyBytes = 0;
  #truncated = false;
  #announced = 0;
  #left = 0;
  /** The framing allows another answer after this one. */
  #isFramed = true;
  #extra = false;

  /** @param method of the request, on which it depends whether there is a body */
  constructor(method: string, limits: AnswerLimits) {
    this.#method = method;
    this.#limits = limits;
  }

  /** Set once the head has been read. */
  get head(): AnswerHead | undefined {
    return this.#head;
  }
  /** Whether the answer is over, and nothing more is to be read. */
  get done(): boolean {
    return this.#state === 'done';
  }
  /** Whether the body went on after its bound. */
  get truncated(): boolean {
    return this.#truncated;
  }
  /** Whether the connection may carry another answer. */
  get reusable(): boolean {
    if (this.#state !== 'done' || !this.#isFramed || this.#extra) return false;
    return keepsAlive(this.#head?.headers.get('connection'), this.#minorVersion);
  }

  body(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }

  /** Takes what came, and keeps nothing of the buffer that it came in. Returns `done`. @throws {ProtocolFault} */
  feed(bytes: Buffer): boolean {
    let data = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    let at = 0;
    while (this.#state !== 'done') {
      if (this.#state === 'length' || this.#state === 'chunk' || this.#state === 'until-close') {
        if (at === data.length) return false;
        at = this.#takeBody(data, at);
        continue;
      }
      const newline = data.indexOf(LF, at);
      const size = (newline === -1 ? data.length : newline + 1) - at;
      this.#checkSize(size);
      if (newline === -1) {
        data = data.subarray(at);
        if (this.#state === 'status') this.#checkBeginning(data);
        if (data.length > 0) this.#rest = Buffer.from(data);
        return false;
      }
      const end = newline > at && data[newline - 1] === CR ? newline - 1 : newline;
      const line = data.toString('latin1', at, end);
      if (this.#state !== 'chunk-size' && this.#state !== 'chunk-end') this.#headBytes += size;
      at = newline + 1;
      this.#takeLine(line);
    }
    this.#extra = at < data.length;
    return true;
  }

  #checkSize(size: number) {
    if (this.#state === 'chunk-size' || this.#state === 'chunk-end') {
      if (size > MAX_CHUNK_LINE) throw new ProtocolFault('a chunk has a line without end');
    } else if (this.#headBytes + size > this.#limits.maxHeaderBytes) {
      throw new ProtocolFault(
        'its headers are larger than max_headers',
        `more than ${this.#limits.maxHeaderBytes} bytes`,
      );
    }
  }

  /** What can be no status line is refused before its end, which may never come. */
  #checkBeginning(data: Buffer) {
    const text = data.toString('latin1', 0, 5).toUpperCase();
    if (text !== '' && text !== '\r' && !'HTTP/'.startsWith(text) && !'ICY 2'.startsWith(text)) throw noHttp(data);
  }

  #takeLine(line: string) {
    switch (this.#state) {
      case 'status':
        // Lines before it are of an earlier answer, by servers that count wrong.
        if (line !== '') this.#takeStatus(line);
        return;
      case 'fields':
        if (line === '') this.#endHead();
        else this.#takeField(line);
        return;
      case 'chunk-size':
        return this.#takeChunkSize(line);
      case 'chunk-end':
        if (line !== '') throw new ProtocolFault('a chunk is longer than it says');
        this.#state = 'chunk-size';
        return;
      default:
        if (line === '') this.#state = 'done';
    }
  }

  #takeStatus(line: string) {
    // Some leave the minor version out, and stations of music say ICY.
    const match = /^(?:HTTP\/(\d)(?:\.(\d))?|ICY)[ \t]+(\d{3})(?:[ \t\r]|$)/i.exec(line);
    if (match === null) throw noHttp(Buffer.from(line, 'latin1'));
    const [, major = '1', minor = '0', code] = match;
    this.#minorVersion = major === '1' ? Number(minor) : 1;
    this.#status = Number(code);
    if (this.#status < 100) throw new ProtocolFault('its status is no number from 100 on', shown(line));
    this.#state = 'fields';
  }

  #takeField(line: string) {
    // RFC 9112, section 5.2: a line that begins with white space goes on with the value before it.
    if (line[0] === ' ' || line[0] === '\t') {
      const last = this.#fields.at(-1);
      if (last !== undefined) last[1] = `${last[1]} ${line.trim()}`.trim();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === -1) throw new ProtocolFault('a header line has no colon', shown(line));
    const name = line.slice(0, colon).trim().toLowerCase();
    if (name === '') throw new ProtocolFault('a header has no name', shown(line));
    this.#fields.push([name, fieldValue(line.slice(colon + 1))]);
  }

  #endHead() {
    // RFC 9110, section 15.2: interim answers may come unasked, and mean nothing to who did not ask.
    if (this.#status < 200) {
      if (this.#status === 101) throw new ProtocolFault('it switches to another protocol, which nobody asked for');
      this.#fields = [];
      this.#state = 'status';
      return;
    }
    const headers = joined(this.#fields);
    this.#head = { status: this.#status, headers, setCookies: headers.has('set-cookie') ? cookies(this.#fields) : [] };
    this.#frame(headers);
  }

  /** How the end of the body is known: RFC 9112, section 6.3. */
  #frame(headers: ReadonlyMap<string, string>) {
    const coding = headers.get('transfer-encoding');
    if (this.#method === 'HEAD' || this.#status === 204 || this.#status === 304) {
      this.#state = 'done';
    } else if (coding !== undefined && /(^|,)\s*chunked\s*$/i.test(coding)) {
      this.#state = 'chunk-size';
    } else if (coding !== undefined && !/^\s*(identity\s*)?$/i.test(coding)) {
      this.#untilClose();
    } else {
      const length = contentLength(headers.get('content-length'));
      if (length === undefined) return this.#untilClose();
      this.#announced = length;
      this.#left = length;
      this.#state = length === 0 ? 'done' : 'length';
    }
  }

  #untilClose() {
    this.#isFramed = false;
    this.#state = 'until-close';
  }

  #takeChunkSize(line: string) {
    const [, digits] = /^[ \t]*([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) throw new ProtocolFault('the size of a chunk is no number', shown(line));
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
  }

  /** Takes what there is of the body from `at` on; the result is where that ends. */
  #takeBody(data: Buffer, at: number): number {
    const size = this.#state === 'until-close' ? data.length - at : Math.min(this.#left, data.length - at);
    const room = this.#limits.maxBodyBytes - this.#bodyBytes;
    this.#chunks.push(Buffer.from(data.subarray(at, at + Math.min(size, room))));
    this.#bodyBytes += Math.min(size, room);
    this.#left -= size;
    if (size > room) {
      this.#truncated = true;
      this.#isFramed = false;
      this.#state = 'done';
    } else if (this.#state !== 'until-close' && this.#left === 0) {
      this.#state = this.#state === 'chunk' ? 'chunk-end' : 'done';
    }
    return at + size;
  }

  /** The connection ended in good order. @throws {AnswerCut} when the answer is not over */
  end() {
    if (this.#state === 'until-close' || this.#state === 'trailers') this.#state = 'done';
    if (this.#state === 'done') return;
    throw new AnswerCut(this.#whereCut());
  }

  #whereCut(): string | undefined {
    if (this.#state === 'status')
      return this.#headBytes === 0 && this.#rest === undefined ? undefined : 'in the first line';
    if (this.#state === 'fields') return 'in the middle of the headers';
    if (this.#state === 'length')
      return `after ${this.#announced - this.#left} of ${this.#announced} bytes of the body`;
    return `after ${this.#bodyBytes} bytes of the body, before its last chunk`;
  }
}

function noHttp(data: Buffer): ProtocolFault {
  return new ProtocolFault('it does not begin as HTTP does', shown(data.toString('latin1', 0, MAX_SHOWN)));
}

function shown(line: string): string {
  return `"${line.slice(0, MAX_SHOWN)}"`;
}

/** Without what RFC 9110, section 5.5, and RFC 9112, section 2.2, let a recipient replace: NUL and a lone CR. */
function fieldValue(text: string): string {
  if (!/[\0\r\x80-\xff]/.test(text)) return text.trim();
  return byteText(text.replace(/[\0\r]/g, ' ').trim());
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

function cookies(fields: readonly (readonly [name: string, value: string])[]): readonly string[] {
  return fields.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
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
