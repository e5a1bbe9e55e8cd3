// Entries of a long list that are written as nearly all are: block mappings and lists, single values and `{ a: b }` on one line. Read here they
// take about a quarter of what the YAML library takes. It stands alone because it only has to know what it may read: whatever else there is in
// a text (several lines, escapes, anchors, tags, odd spaces), the library reads, and then all that is around it.
import { type Environment, substituteEnvironment } from './environment.ts';
import type { YamlEntry, YamlItem, YamlValue } from './yaml-shapes.ts';

/** Something that only the library can read. */
const ELSE = Symbol('else');

/** Longer keys may not be without a `?`, as YAML has it; these are shorter than that, and longer than any that there is. */
const MAX_KEY = 256;
const MAX_DEPTH = 16;

/** What has been read already. A class: there are very many, for a moment. */
class Written implements YamlEntry {
  readonly key: string;
  readonly keyOffset: number;
  readonly offset: number;
  readonly #value: YamlValue;

  constructor(value: YamlValue, key = '', keyOffset = 0) {
    this.key = key;
    this.keyOffset = keyOffset;
    this.offset = value.offset;
    this.#value = value;
  }

  read(): YamlValue {
    return this.#value;
  }
}

const [SPACE, NEWLINE, QUOTE, HASH, APOSTROPHE, COMMA, DASH, COLON] = [32, 10, 34, 35, 39, 44, 45, 58];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [91, 93, 123, 125];

/** By character, of ASCII: what a plain value may begin with, and what it may hold, wherever it stands. */
const [BEGINS, HOLDS] = [classOf(/[A-Za-z0-9_/]/), classOf(/[A-Za-z0-9_./@=+~-]/)];

function classOf(pattern: RegExp): readonly boolean[] {
  return Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
}

/**
 * The entries between two offsets of a text, where lines of a list begin and end; undefined where there is something that only the
 * library can read. Offsets are those of the text.
 */
export function readPlainEntries(text: string, from: number, to: number, env: Environment): YamlItem[] | undefined {
  try {
    return createReader(text, from, to, env)();
  } catch (error) {
    if (error !== ELSE) throw error;
    return undefined;
  }
}

function createReader(text: string, from: number, to: number, env: Environment): () => YamlItem[] {
  /** Where it reads. Between two lines: where the next one that says something begins to. */
  let at = from;
  /** Where the line begins that this is in. */
  let line = from;

  const code = () => (at < to ? text.charCodeAt(at) : NEWLINE);
  const skipSpaces = () => {
    while (code() === SPACE) at++;
  };
  const expect = (wanted: number) => {
    if (code() !== wanted) throw ELSE;
    at++;
  };
  /** From the end of a line, or within blanks, to the next line that says something. */
  const nextLine = () => {
    while (at < to) {
      skipSpaces();
      if (code() === HASH) {
        // A comment has a space before it, or the line.
        if (at > line && text.charCodeAt(at - 1) !== SPACE) throw ELSE;
        const end = text.indexOf('\n', at);
        at = end < 0 || end > to ? to : end;
        for (let look = line; look < at; look++) if (isOdd(text.charCodeAt(look))) throw ELSE;
      }
      if (at >= to) return;
      if (code() !== NEWLINE) {
        // It is not the beginning of a line: something is left of the one before.
        if (text.slice(line, at).trim() !== '') throw ELSE;
        return;
      }
      at++;
      line = at;
    }
  };
  /** At the end of what a line says. */
  const endLine = () => {
    const end = at;
    nextLine();
    if (at < to && line <= end) throw ELSE;
  };
  const isEntry = () => code() === DASH && text.charCodeAt(at + 1) === SPACE;
  const isEnd = () => {
    const before = at;
    skipSpaces();
    const ends = code() === NEWLINE || (code() === HASH && at > before);
    at = before;
    return ends;
  };

  const readList = (depth: number): YamlValue => {
    const [offset, column] = [at, at - line];
    const items: YamlItem[] = [];
    while (at < to && at - line === column && isEntry()) {
      at++;
      if (isEnd()) throw ELSE;
      skipSpaces();
      items.push(new Written(isKey() ? readMapping(depth) : readLineOf(depth)));
      if (at < to && at - line > column) throw ELSE;
    }
    return { kind: 'list', offset, items };
  };
  const readMapping = (depth: number): YamlValue => {
    if (depth > MAX_DEPTH) throw ELSE;
    const [offset, column] = [at, at - line];
    const entries: YamlEntry[] = [];
    do {
      const keyOffset = at;
      const key = readKey();
      entries.push(new Written(isEnd() ? readBlock(column, depth + 1) : readAfterKey(depth), key, keyOffset));
      if (at < to && at - line > column) throw ELSE;
    } while (at < to && at - line === column && !isEntry());
    return { kind: 'mapping', offset, entries };
  };
  /** What is under a key. */
  const readBlock = (around: number, depth: number): YamlValue => {
    const end = at;
    nextLine();
    if (at >= to || line <= end) throw ELSE;
    const column = at - line;
    if (isEntry() && column >= around) return readList(depth);
    if (column <= around || !isKey()) throw ELSE;
    return readMapping(depth);
  };
  const readAfterKey = (depth: number): YamlValue => {
    skipSpaces();
    return readLineOf(depth);
  };
  const readLineOf = (depth: number): YamlValue => {
    const value = readValue(depth, false);
    endLine();
    return value;
  };

  /** A plain word with a colon and a space behind it. */
  const isKey = () => {
    if (!BEGINS[code()]) return false;
    let look = at;
    while (look < to && HOLDS[text.charCodeAt(look)]) look++;
    if (look - at > MAX_KEY || text.charCodeAt(look) !== COLON) return false;
    const after = text.charCodeAt(look + 1);
    return look + 1 >= to || after === SPACE || after === NEWLINE;
  };
  const readKey = (): string => {
    if (!isKey()) throw ELSE;
    const start = at;
    while (code() !== COLON) at++;
    return text.slice(start, at++);
  };

  const readValue = (depth: number, isFlow: boolean): YamlValue => {
    if (depth > MAX_DEPTH) throw ELSE;
    const first = code();
    if (first === OPEN_MAP) return readFlowMapping(depth + 1);
    if (first === OPEN_LIST) return readFlowList(depth + 1);
    const offset = at;
    const written = first === QUOTE || first === APOSTROPHE ? readQuoted(first) : readPlain(isFlow);
    if (!written.includes('$')) return { kind: 'text', offset, text: written };
    const { text: substituted, faults } = substituteEnvironment(written, env);
    if (faults.length > 0) throw ELSE;
    return { kind: 'text', offset, text: substituted };
  };
  const readFlowMapping = (depth: number): YamlValue => {
    const offset = at++;
    const entries: YamlEntry[] = [];
    skipSpaces();
    while (code() !== CLOSE_MAP) {
      const keyOffset = at;
      const key = readKey();
      expect(SPACE);
      skipSpaces();
      entries.push(new Written(readValue(depth, true), key, keyOffset));
      endOfFlowEntry(CLOSE_MAP);
    }
    at++;
    return { kind: 'mapping', offset, entries };
  };
  const readFlowList = (depth: number): YamlValue => {
    const offset = at++;
    const items: YamlItem[] = [];
    skipSpaces();
    while (code() !== CLOSE_LIST) {
      items.push(new Written(readValue(depth, true)));
      endOfFlowEntry(CLOSE_LIST);
    }
    at++;
    return { kind: 'list', offset, items };
  };
  const endOfFlowEntry = (close: number) => {
    skipSpaces();
    if (code() === close) return;
    expect(COMMA);
    skipSpaces();
    // Nothing behind the last comma is valid, and seldom.
    if (code() === close) throw ELSE;
  };

  const readQuoted = (quote: number): string => {
    const start = ++at;
    while (code() !== quote) {
      if (isOdd(code()) || (quote === QUOTE && code() === BACKSLASH)) throw ELSE;
      at++;
    }
    const written = copied(text.slice(start, at++));
    // Twice is one in the text.
    if (quote === APOSTROPHE && code() === APOSTROPHE) throw ELSE;
    return written;
  };
  const readPlain = (isFlow: boolean): string => {
    const start = at;
    if (!BEGINS[code()]) throw ELSE;
    for (;;) {
      const here = code();
      const after = text.charCodeAt(at + 1);
      if (HOLDS[here]) at++;
      else if ((here === COLON || here === SPACE) && at + 1 < to && HOLDS[after]) at += 2;
      else break;
    }
    const here = code();
    const ends =
      here === NEWLINE || here === SPACE || (isFlow && (here === COMMA || here === CLOSE_MAP || here === CLOSE_LIST));
    const written = copied(text.slice(start, at));
    if (!ends || /^null$/i.test(written)) throw ELSE;
    return written;
  };

  return () => {
    nextLine();
    if (at >= to || !isEntry()) throw ELSE;
    const list = readList(0);
    if (at < to || list.kind !== 'list') throw ELSE;
    return list.items as YamlItem[];
  };
}

const BACKSLASH = 92;

/** V8 lets longer slices keep all that they are cut from. */
const LONGEST_COPIED = 12;

/** A text that keeps nothing else in memory. */
function copied(slice: string): string {
  return slice.length > LONGEST_COPIED ? Buffer.from(slice).toString() : slice;
}

/** Characters that are not simply there: those of control, and beyond the letters of Europe. */
function isOdd(code: number): boolean {
  return code < SPACE || code === 127 || (code > 127 && code < 0xa1) || code > 0x1fff;
}
