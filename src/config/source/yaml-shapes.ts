// What may be written at a place of a YAML document, in four cases and the faulty one: the same, however it was read.
import type { Path } from '../fault.ts';

/** `bytes` of a text is there where it says them by escapes, which a field of bytes takes and a field of text does not. */
export type YamlValue =
  /** Null, or no value at all. */
  | { readonly kind: 'nothing'; readonly offset: number }
  /** Something is wrong with it, and it is reported. */
  | { readonly kind: 'faulty'; readonly offset: number }
  | { readonly kind: 'text'; readonly offset: number; readonly text: string; readonly bytes?: Uint8Array }
  /** Bytes, by the tag `!!binary`. */
  | { readonly kind: 'base64'; readonly offset: number; readonly text: string }
  | { readonly kind: 'list'; readonly offset: number; readonly items: Iterable<YamlItem>; readonly long?: LongItems }
  | { readonly kind: 'mapping'; readonly offset: number; readonly entries: readonly YamlEntry[] };

/** Of a list that is read in pieces. */
export interface LongItems {
  /** One entry, read by itself. */
  at(index: number): YamlItem | undefined;
}

export interface YamlItem {
  readonly offset: number;
  /** Looks at the value, once; faults are reported at `path`. */
  read(path: Path): YamlValue;
}

export interface YamlEntry extends YamlItem {
  readonly key: string;
  readonly keyOffset: number;
}
