// YAML of other programs as a tree with places: aliases followed, merge keys expanded, scalars as the text that is written, since it is the field of a
// program that decides what a text is.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml';
import { ImportError } from './report.ts';

export interface SourceText {
  readonly kind: 'TEXT';
  readonly text: string;
  /** Not there, or `null`. */
  readonly isNull: boolean;
  readonly isQuoted: boolean;
  readonly place: string;
}

export interface SourceList {
  readonly kind: 'LIST';
  readonly items: readonly SourceValue[];
  readonly place: string;
}

export interface SourceMap {
  readonly kind: 'MAP';
  readonly entries: ReadonlyMap<string, SourceValue>;
  readonly place: string;
}

export type SourceValue = SourceText | SourceList | SourceMap;

/** Aliases may stand for aliases, so that a small file is a large tree. */
const MAX_NODES = 500_000;

/** The documents of the text; `undefined` for an empty one. @throws {ImportError} */
export function readYaml(text: string, file: string): readonly (SourceValue | undefined)[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    merge: true,
    uniqueKeys: true,
    strict: false,
    logLevel: 'silent',
  });
  if (!Array.isArray(documents)) return [];
  let count = 0;
  return documents.map((document: Document.Parsed) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line } = lines.linePos(error.pos[0]);
      throw new ImportError(`${file}:${line}: is no YAML: ${error.message.split('\n')[0]}`);
    }
    const place = (node: Node | null | undefined) => `${file}:${lines.linePos(node?.range?.[0] ?? 0).line}`;
    const read = (node: Node | null, at: string): SourceValue => {
      if (++count > MAX_NODES) throw new ImportError(`${file}: has more than ${MAX_NODES} values, aliases counted`);
      if (isAlias(node)) return read(node.resolve(document) ?? null, place(node));
      if (isMap(node))
        return { kind: 'MAP', entries: readEntries(node.items as Pair<Node, Node | null>[], at), place: place(node) };
      if (isSeq(node)) {
        return {
          kind: 'LIST',
          items: (node.items as Node[]).map((item) => read(item, place(item))),
          place: place(node),
        };
      }
      if (!isScalar(node)) return { kind: 'TEXT', text: '', isNull: true, isQuoted: false, place: at };
      const isQuoted = node.type !== undefined && node.type !== 'PLAIN';
      if (node.tag?.endsWith('binary')) {
        const bytes = Buffer.from(node.source ?? '', 'base64').toString('latin1');
        return { kind: 'TEXT', text: bytes, isNull: false, isQuoted: true, place: place(node) };
      }
      const isNull = node.value === null && !isQuoted;
      const written =
        isQuoted || typeof node.value === 'string' ? String(node.value) : (node.source ?? String(node.value));
      return { kind: 'TEXT', text: isNull ? '' : written, isNull, isQuoted, place: place(node) };
    };
    const readEntries = (pairs: readonly Pair<Node, Node | null>[], at: string): ReadonlyMap<string, SourceValue> => {
      const own = new Map<string, SourceValue>();
      const merged = new Map<string, SourceValue>();
      for (const { key, value } of pairs) {
        const name = isScalar(key) ? String(key.source ?? key.value) : '';
        if (name === '<<') {
          for (const [inner, each] of mergedEntries(read(value, at))) if (!merged.has(inner)) merged.set(inner, each);
        } else {
          own.set(name, read(value, place(key)));
        }
      }
      return new Map([...own, ...[...merged].filter(([name]) => !own.has(name))]);
    };
    return document.contents === null ? undefined : read(document.contents, `${file}:1`);
  });
}

function mergedEntries(value: SourceValue): readonly (readonly [string, SourceValue])[] {
  if (value.kind === 'MAP') return [...value.entries];
  return value.kind === 'LIST' ? value.items.flatMap(mergedEntries) : [];
}

/** As plain data, for what is shown again. Texts go through `show`, with the key that they stand under. */
export function toPlain(value: SourceValue, show: (text: string, key: string) => string, key = ''): unknown {
  switch (value.kind) {
    case 'TEXT':
      return value.isNull ? null : show(value.text, key);
    case 'LIST':
      return value.items.map((item) => toPlain(item, show, key));
    case 'MAP':
      return Object.fromEntries([...value.entries].map(([name, each]) => [name, toPlain(each, show, name)]));
  }
}
