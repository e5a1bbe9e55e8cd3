// A long list of a YAML file, in pieces that are parsed when they are read and forgotten then: the trees of a whole file take a hundred
// times the room of its text. Only lists that end and begin where their lines say so are cut, and a reader that finds something in a piece that
// another part of the file could mean takes the whole file instead.
import { LineCounter } from 'yaml';
import { onFirstUse } from '../../core/on-first-use.ts';
import { atOnce, type Steps } from '../../core/steps.ts';
import { type ParsedYaml, type Piece, type Position, parseYaml } from './yaml-document.ts';

/** The pieces do not say what the file says: it has to be read as a whole. */
export class NotInPieces extends Error {
  override readonly name = 'NotInPieces';
}

/** Entries that are parsed together. */
const PIECE = 32;
/** Shorter lists are parsed with the rest. */
const LEAST = 8 * PIECE;

interface List {
  readonly key: string;
  /** Where its first entry begins. */
  readonly offset: number;
  /** Where the lines of each entry begin, and where what follows the list does. */
  readonly starts: Uint32Array;
}

/**
 * The text as a document whose list `key` is parsed piece by piece. Undefined where it has no long list of that key that could be cut.
 */
export function* parseInPieces(text: string, key: string): Steps<ParsedYaml | undefined> {
  const list = yield* findList(text, key);
  if (list === undefined) return undefined;
  const { starts, offset } = list;
  const [start, end] = [starts[0]!, starts.at(-1)!];
  // A comment ends the value of the key, wherever what follows begins.
  const head = `${text.slice(0, start)}#\n`;
  const inFile = (at: number) => (at < head.length ? at : at - head.length + end);
  const parsed = yield* parseYaml(head + text.slice(end));
  if (!parsed.ok || parsed.document.hasReferences) return undefined;
  const between = (from: number, to: number) => pieceOf(text, key, starts[from]!, starts[to]!);
  const long = { key, offset, starts, pieceSize: PIECE, between };
  return { ok: true, document: { ...parsed.document, inFile, long }, position: positionIn(text) };
}

function pieceOf(text: string, key: string, from: number, to: number): Piece {
  const head = `${key}:\n`;
  return {
    text,
    from,
    to,
    parse() {
      const parsed = atOnce(parseYaml(head + text.slice(from, to)));
      if (!parsed.ok || parsed.document.hasReferences) throw new NotInPieces();
      return { ...parsed.document, inFile: (at) => at - head.length + from };
    },
  };
}

const [SPACE, TAB, NEWLINE, RETURN, HASH, DASH, DOT] = [0x20, 0x09, 0x0a, 0x0d, 0x23, 0x2d, 0x2e];
/** What a line may begin with that is more than an entry or a key. */
const OTHER_WAYS: ReadonlySet<number> = new Set(Array.from('-.%"\'?', (character) => character.charCodeAt(0)));
/** Lines that are looked at in one step. */
const LINES = 1024;

/** A list of blocks at the outermost mapping. */
function* findList(text: string, key: string): Steps<List | undefined> {
  const heads = yield* findHeads(text, key);
  if (heads?.length !== 1 || !/:[ ]*(?:#.*)?\r?$/.test(heads[0]!.line)) return undefined;
  let starts = new Uint32Array(LEAST);
  let count = 0;
  let [offset, indent, lines] = [-1, -1, 0];
  let from = heads[0]!.until;
  while (from < text.length) {
    if (++lines % LINES === 0) yield;
    let at = from;
    while (text.charCodeAt(at) === SPACE) at++;
    const first = text.charCodeAt(at);
    // What a tab means depends on what is around it.
    if (first === TAB) return undefined;
    const isEntry = first === DASH && isBlank(text.charCodeAt(at + 1));
    if (!(first === HASH || isBlank(first))) {
      if (indent < 0) [indent, offset] = [at - from, at];
      if (count === 0 && !isEntry) return undefined;
      if (at - from === indent && isEntry) starts[count++] = from;
      else if (at - from <= indent) {
        // A key of the outermost mapping, or something that only a parser can tell.
        if (at !== from) return undefined;
        break;
      }
    }
    if (count === starts.length) starts = twiceAsLong(starts);
    const newline = text.indexOf('\n', at);
    from = newline < 0 ? text.length : newline + 1;
  }
  if (count < LEAST) return undefined;
  starts[count++] = from;
  return { key, offset, starts: starts.slice(0, count) };
}

function twiceAsLong(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}

/**
 * Lines that begin with the key, and where the next one begins. Undefined where there are documents, directives, keys that say the same
 * in another way, or lines that end in another way.
 */
function* findHeads(text: string, key: string): Steps<readonly { line: string; until: number }[] | undefined> {
  if (text.includes('\u2028') || text.includes('\u2029')) return undefined;
  const written = new RegExp(`^${key}[ ]*:`);
  const heads: { line: string; until: number }[] = [];
  let afterReturn = text.indexOf('\r') + 1;
  for (let from = 0, lines = 1; from < text.length; lines++) {
    if (lines % LINES === 0) yield;
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    if (afterReturn > 0 && afterReturn <= end) {
      if (afterReturn !== end || newline < 0) return undefined;
      afterReturn = text.indexOf('\r', end) + 1;
    }
    const first = text.charCodeAt(from);
    if (OTHER_WAYS.has(first)) {
      if (first !== DASH && first !== DOT) return undefined;
      if (text.startsWith('---', from) || text.startsWith('...', from)) return undefined;
    }
    if (first === key.charCodeAt(0)) {
      const line = text.slice(from, end);
      if (written.test(line)) heads.push({ line, until: end + 1 });
    }
    from = end + 1;
  }
  return heads;
}

/** Of a character, which may be that behind the end. */
function isBlank(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === RETURN || Number.isNaN(code);
}

/** Lines are counted when somebody asks: mostly there is nothing to say. */
function positionIn(text: string): Position {
  const lines = onFirstUse(() => {
    const counter = new LineCounter();
    counter.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) counter.addNewLine(at + 1);
    return counter;
  });
  return (offset) => {
    const { line, col } = lines().linePos(offset);
    return { line, column: col };
  };
}
