// The text of a YAML file as a tree of nodes with their offsets: one document, aliases resolved, nothing typed yet.
// It stands alone as the only place that knows how the YAML library reports what it finds.
import { type CST, isAlias, isMap, isSeq, Lexer, LineCounter, type Node, Parser, type ScalarTag, visit } from 'yaml';
import type { Steps } from '../../core/steps.ts';
import { type ComposeOptions, composeYaml } from './compose-yaml.ts';
import { syntaxWords, TOO_DEEP } from './syntax-words.ts';

export interface YamlDocument {
  /** Null for an empty file. */
  readonly root: Node | null;
  /** The text between its offsets, as it is written. */
  source(node: Node): string;
  /** Where in the text of the file an offset of its nodes is: not all of that need have been parsed with it. */
  inFile(offset: number): number;
  /** What an alias stands for: the last node before it with that anchor. Undefined when there is none. */
  resolve(alias: Node): Node | undefined;
  /** It has anchors or aliases. */
  readonly hasReferences: boolean;
  /** A list of the outermost mapping that is not in `root`. */
  readonly long?: LongList;
}

export interface LongList {
  readonly key: string;
  /** Where its first entry begins. */
  readonly offset: number;
  /** Where the lines of each entry begin, and where what follows the list does. */
  readonly starts: Uint32Array;
  /** Entries that are best read together. */
  readonly pieceSize: number;
  /** Entries, from one to before another. */
  between(from: number, to: number): Piece;
}

/** Entries of a list, between two offsets of a text. */
export interface Piece {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** A document with nothing but these. @throws {NotInPieces} */
  parse(): YamlDocument;
}

/** The tag of base64 (https://yaml.org/type/binary.html). */
export const BINARY_TAG = 'tag:yaml.org,2002:binary';

/** Leaves the text as it is: where bytes are wanted, the reader of the field decodes it. */
const BINARY: ScalarTag = { tag: BINARY_TAG, resolve: (text) => text };

/** 1-based line and column of an offset into the text. */
export type Position = (offset: number) => { readonly line: number; readonly column: number };

export type ParsedYaml =
  | { readonly ok: true; readonly document: YamlDocument; readonly position: Position }
  | { readonly ok: false; readonly offset: number; readonly message: string; readonly position: Position };

const OPTIONS: ComposeOptions = {
  // Every scalar stays the text that it is: what it means, the field says (no "no" that turns into false).
  schema: 'failsafe',
  customTags: [BINARY],
  merge: false,
  // The reader compares keys by the fields that they name, and says where the first one is.
  uniqueKeys: false,
};

/** Never throws. Of several syntax errors it tells the first, since the others are mostly its echo. */
export function* parseYaml(text: string): Steps<ParsedYaml> {
  const lines = new LineCounter();
  const position: Position = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  try {
    const tokens = yield* tokensOf(text, lines);
    const [document, another] = yield* composeYaml(tokens, text.length, OPTIONS);
    const errors = document!.errors.map((error) => ({ offset: error.pos[0], message: syntaxWords(error) }));
    if (another !== undefined) errors.push({ offset: another.range[0], message: MULTIPLE_DOCUMENTS });
    const [first] = errors.sort((a, b) => a.offset - b.offset);
    if (first !== undefined) return { ok: false, ...first, position };
    const { contents } = document!;
    const { targets, hasReferences } = yield* resolveAliases(contents);
    return {
      ok: true,
      document: {
        root: contents,
        source: ({ range }) => (range ? text.slice(range[0], range[1]) : ''),
        inFile: (offset) => offset,
        resolve: (alias) => targets.get(alias),
        hasReferences,
      },
      position,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, offset: 0, message: TOO_DEEP, position };
  }
}

/** Lexemes that are taken in one step. */
const LEXEMES = 256;

function* tokensOf(text: string, lines: LineCounter): Steps<CST.Token[]> {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (++lexemes % LEXEMES === 0) yield;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** In one pass, since the library's own `Alias.resolve` searches the whole document for each. */
function* resolveAliases(root: Node | null): Steps<{ targets: ReadonlyMap<Node, Node>; hasReferences: boolean }> {
  let hasReferences = false;
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const look = (node: Node) => {
    if (isAlias(node)) {
      hasReferences = true;
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    } else if (node.anchor !== undefined) {
      hasReferences = true;
      anchors.set(node.anchor, node);
    }
  };
  for (const part of partsOf(root, look)) {
    yield;
    visit(part, { Node: (_key, node) => look(node) });
  }
  return { targets, hasReferences };
}

/** The document in pieces, in its order: what is in the lists of its mapping, entry by entry. What is around them is looked at. */
function* partsOf(root: Node | null, look: (node: Node) => void): Generator<Node> {
  if (!isMap<Node, Node | null>(root)) {
    if (root !== null) yield root;
    return;
  }
  look(root);
  for (const { key, value } of root.items) {
    yield key;
    if (isSeq<Node>(value)) {
      look(value);
      yield* value.items;
    } else if (value !== null) {
      yield value;
    }
  }
}

const MULTIPLE_DOCUMENTS = 'holds more than one YAML document: keep one, and take the line --- out';
