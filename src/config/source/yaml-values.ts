// What is written at each place of a YAML document: nothing, a text, a list or a mapping, with aliases followed and
// variables of the environment put in. It stands alone so that the reader of messages sees four cases and no YAML.
import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, Scalar } from 'yaml';
import type { Path } from '../fault.ts';
import { type Environment, substituteEnvironment } from './environment.ts';
import { readPlainEntries } from './plain-entries.ts';
import { BINARY_TAG, type LongList, type Piece, type YamlDocument } from './yaml-document.ts';
import { NotInPieces } from './yaml-pieces.ts';
import type { YamlEntry, YamlItem, YamlValue } from './yaml-shapes.ts';

/** Takes a fault at an offset of the text. */
export type Report = (offset: number, path: Path, message: string) => void;

/** Values that aliases may repeat in all, so that a small file cannot stand for a huge one. */
const MAX_ALIASED_VALUES = 250_000;

/** Ends the reading: what is left would only be more of the same. */
export class TooManyAliases extends Error {
  override readonly name = 'TooManyAliases';
  readonly offset: number;
  readonly path: Path;

  constructor(offset: number, path: Path) {
    super(`repeats more than ${MAX_ALIASED_VALUES} values by aliases`);
    this.offset = offset;
    this.path = path;
  }
}

/** Aliased nodes around a value, the innermost first. */
interface Expansion {
  readonly node: Node;
  readonly around: Expansion | undefined;
}

/**
 * The document's value. Each value is looked at when it is read, so that what no field wants is never expanded.
 * @throws {TooManyAliases} from `read` of any value; what the pieces of a long list throw from its items
 */
export function readYaml(document: YamlDocument, env: Environment, report: Report): YamlValue {
  let aliasedValues = 0;
  const startOf = (node: Node | null, fallback: number) => (node?.range ? document.inFile(node.range[0]) : fallback);

  function read(written: Node | null, offset: number, path: Path, within: Expansion | undefined): YamlValue {
    const faulty = (message: string): YamlValue => {
      report(offset, path, message);
      return { kind: 'faulty', offset };
    };
    if (written === null) return { kind: 'nothing', offset };
    const node = isAlias(written) ? document.resolve(written) : written;
    if (node === undefined) return faulty(NO_ANCHOR);
    if (node.tag === BINARY_TAG && isScalar<string>(node)) return readBase64(node, offset, path);
    if (node.tag !== undefined) return faulty(HAS_TAG);
    if (within !== undefined && ++aliasedValues > MAX_ALIASED_VALUES) throw new TooManyAliases(offset, path);
    for (let outer = within; outer !== undefined; outer = outer.around) {
      if (outer.node === node) return faulty('contains itself, by an alias');
    }
    return open(node, offset, path, node === written ? within : { node, around: within });
  }

  function open(node: Node, offset: number, path: Path, within: Expansion | undefined): YamlValue {
    if (isScalar<string>(node)) return readText(node, offset, path);
    if (isSeq<Node | null>(node)) {
      const items = node.items.map((item) => toItem(item, offset, within));
      return { kind: 'list', offset, items };
    }
    if (!isMap<Node, Node | null>(node)) return { kind: 'nothing', offset };
    const entries = node.items.flatMap(({ key, value }): YamlEntry[] => {
      const keyOffset = startOf(key, offset);
      if (isScalar<string>(key) && key.tag === undefined && key.value !== '<<') {
        return [{ key: key.value, keyOffset, ...toItem(value, keyOffset, within) }];
      }
      report(keyOffset, path, isScalar(key) && key.value === '<<' ? NO_MERGE : 'has a key that is no plain name');
      return [];
    });
    return { kind: 'mapping', offset, entries };
  }

  function toItem(node: Node | null, around: number, within: Expansion | undefined): YamlItem {
    const offset = startOf(node, around);
    return { offset, read: (path) => read(node, offset, path, within) };
  }

  /** Undefined when a reference has a fault. */
  function substituted(written: string, offset: number, path: Path): string | undefined {
    const { text, faults } = substituteEnvironment(written, env);
    for (const message of faults) report(offset, path, message);
    return faults.length > 0 ? undefined : text;
  }

  function readBase64(node: Scalar<string>, offset: number, path: Path): YamlValue {
    const text = substituted(node.value, offset, path);
    return text === undefined ? { kind: 'faulty', offset } : { kind: 'base64', offset, text };
  }

  function readText(node: Scalar<string>, offset: number, path: Path): YamlValue {
    const text = substituted(node.value, offset, path);
    if (text === undefined) return { kind: 'faulty', offset };
    // A variable may leave nothing of a plain value, but cannot spell a null.
    const isNull = node.type === Scalar.PLAIN && (text === '' || NULL.test(node.value));
    if (isNull) return { kind: 'nothing', offset };
    const parts = node.type === Scalar.QUOTE_DOUBLE ? splitAtByteEscapes(document.source(node)) : [];
    if (parts.every((part) => typeof part === 'string')) return { kind: 'text', offset, text };
    const bytes = parts.map((part) =>
      typeof part === 'number' ? Buffer.of(part) : Buffer.from(substituteEnvironment(part, env).text),
    );
    return { kind: 'text', offset, text, bytes: Buffer.concat(bytes) };
  }

  function itemsIn({ text, from, to, parse }: Piece): readonly YamlItem[] {
    const plain = readPlainEntries(text, from, to, env);
    if (plain !== undefined) return plain;
    const value = readYaml(parse(), env, report);
    const list = value.kind === 'mapping' ? value.entries[0]?.read([]) : undefined;
    if (list?.kind !== 'list') throw new NotInPieces();
    return [...list.items];
  }

  /** As many as there seem to be: else a line that looks like an entry is within another one. */
  function itemsBetween({ between }: LongList, from: number, to: number): readonly YamlItem[] {
    const items = itemsIn(between(from, to));
    if (items.length !== to - from) throw new NotInPieces();
    return items;
  }

  /** Read once. */
  function* itemsOf(long: LongList): Generator<YamlItem> {
    const count = long.starts.length - 1;
    for (let from = 0; from < count; from += long.pieceSize) {
      yield* itemsBetween(long, from, Math.min(from + long.pieceSize, count));
    }
  }

  function itemAt(long: LongList, index: number): YamlItem | undefined {
    return index + 1 < long.starts.length ? itemsBetween(long, index, index + 1)[0] : undefined;
  }

  const value = read(document.root, document.inFile(0), [], undefined);
  const { long } = document;
  if (long === undefined || value.kind !== 'mapping') return value;
  const { offset } = long;
  const list = {
    offset,
    read: (): YamlValue => ({
      kind: 'list',
      offset,
      items: itemsOf(long),
      long: { at: (index) => itemAt(long, index) },
    }),
  };
  return { ...value, entries: value.entries.map((entry) => (entry.key === long.key ? { ...entry, ...list } : entry)) };
}

/**
 * What a double-quoted scalar says, the bytes that it says by `\xNN` apart, from 80 on: below, a byte and a character are the
 * same. `source` has its quotes.
 */
function splitAtByteEscapes(source: string): readonly (string | number)[] {
  if (!source.includes('\\x')) return [];
  // An escaped backslash is no beginning of an escape.
  const written = source.slice(1, -1).split(/((?<=(?:^|[^\\])(?:\\\\)*)\\x[89A-Fa-f][0-9A-Fa-f])/);
  return written.flatMap((part, index) => {
    if (index % 2 === 1) return Number.parseInt(part.slice(2), 16);
    return part === '' ? [] : String(parseDocument(`"${part}"`, { schema: 'failsafe' }).toJS());
  });
}

export const HAS_TAG = 'has a YAML tag: take it out, the key says what type a value has';
const NO_ANCHOR = 'refers to an anchor that is not in the file before it: quote a text that begins with *';
const NO_MERGE = 'has a merge key (<<), which is not supported: repeat the keys, or alias a whole value';
const NULL = /^(~|null|Null|NULL)$/;
