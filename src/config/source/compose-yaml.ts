// The syntax tree of YAML documents as nodes, in short steps. The library composes a document in one go, which takes a second
// for ten thousand components: so the long lists of its mapping are composed in pieces, each as a document of its own, with a
// placeholder for the entry before it.
import { Composer, type CST, type Document, isMap, isSeq, type ParsedNode } from 'yaml';
import type { Steps } from '../../core/steps.ts';

export type ComposeOptions = NonNullable<ConstructorParameters<typeof Composer>[0]>;

type ListToken = CST.BlockSequence | CST.FlowCollection;
type Item = ListToken['items'][number];

interface Piece {
  readonly token: ListToken;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}

/** Entries of a list that are composed in one step. */
const PIECE_SIZE = 16;

/** Every document of the text, at least one, which may be empty. The errors of the first are complete, and in no order. */
export function* composeYaml(
  tokens: readonly CST.Token[],
  textLength: number,
  options: ComposeOptions,
  pieceSize = PIECE_SIZE,
): Steps<Document.Parsed[]> {
  const directives = tokens.filter(({ type }) => type === 'directive');
  const firstDocument = tokens.find(({ type }) => type === 'document');
  const composedLists = new Map<CST.Token, ParsedNode[]>();
  const errors: Document.Parsed['errors'] = [];
  for (const token of tokens) {
    if (token.type !== 'document') continue;
    for (const list of longLists(token.value, pieceSize)) {
      const nodes: ParsedNode[] = [];
      let end = list.offset;
      for (let from = 0; from < list.items.length; from += pieceSize) {
        yield;
        const piece = pieceOf(list, from, from + pieceSize, end);
        const [document] = compose([...directives, { ...token, value: piece.token, end: [] }], textLength, options);
        if (token === firstDocument) errors.push(...document!.errors);
        if (isSeq<ParsedNode>(document!.contents)) {
          const { items } = document!.contents;
          nodes.push(...items.slice(piece.hasBefore ? 1 : 0, piece.hasAfter ? -1 : undefined));
        }
        end = nodes.at(-1)?.range[2] ?? end;
      }
      composedLists.set(list, nodes);
      list.items = [placeholder(list, Math.max(end, endOfBlank(list)))];
    }
  }
  yield;
  const documents = compose(tokens, textLength, { ...options, keepSourceTokens: true });
  for (const { contents } of documents) {
    if (!isMap<ParsedNode, ParsedNode | null>(contents)) continue;
    for (const { value } of contents.items) {
      const nodes = value?.srcToken && composedLists.get(value.srcToken);
      if (nodes !== undefined && isSeq(value)) value.items = nodes;
    }
  }
  const first = documents[0]!;
  first.errors = [...errors, ...first.errors];
  return documents;
}

function compose(tokens: readonly CST.Token[], textLength: number, options: ComposeOptions): Document.Parsed[] {
  return [...new Composer<ParsedNode>(options).compose(tokens, true, textLength)];
}

/** Lists that are values of a mapping, in their order. */
function longLists(token: CST.Token | undefined, pieceSize: number): ListToken[] {
  if (token?.type !== 'block-map' && token?.type !== 'flow-collection') return [];
  return token.items.flatMap(({ value }) => {
    const isList = value?.type === 'block-seq' || (value?.type === 'flow-collection' && value.start.source === '[');
    return isList && value.items.length > pieceSize ? [value] : [];
  });
}

/**
 * The entries from `from` to before `to` as a list, with a placeholder for the entry before them, which ends at `end`. In a flow
 * list there is one for the entry after them too: only the last entry of all may be followed by a comma and nothing.
 */
function pieceOf(list: ListToken, from: number, to: number, end: number): Piece {
  const items = list.items.slice(from, to) as Item[];
  const hasBefore = from > 0;
  const hasAfter = list.type !== 'block-seq' && to < list.items.length;
  if (hasBefore) items.unshift(placeholder(list, end));
  if (hasAfter) items.push({ ...placeholder(list, end), start: [sourceToken(list, 'comma', ',', end)] });
  const token =
    list.type === 'block-seq'
      ? { ...list, items: items as CST.BlockSequence['items'] }
      : { ...list, items, end: [sourceToken(list, 'flow-seq-end', ']', end)] };
  return { token, hasBefore, hasAfter };
}

/** An entry without a text. */
function placeholder(list: ListToken, offset: number): CST.BlockSequence['items'][number] {
  const start = list.type === 'block-seq' ? [sourceToken(list, 'seq-item-ind', '-', offset)] : [];
  return { start, value: { type: 'scalar', offset, indent: list.indent, source: '' } };
}

/** Where what follows the last entry ends: blanks, which are an entry to the parser. 0 where there are none. */
function endOfBlank({ items }: ListToken): number {
  const { start, key, sep, value } = items.at(-1)!;
  const last = start.at(-1);
  return last !== undefined && (key ?? sep ?? value) === undefined ? last.offset + last.source.length : 0;
}

function sourceToken({ indent }: ListToken, type: CST.SourceToken['type'], source: string, offset: number) {
  return { type, offset, indent, source };
}
