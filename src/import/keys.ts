// Reads a mapping of a source key by key, and knows in the end which keys nobody asked for.
import { nearestName } from '../core/nearest.ts';
import type { UnknownKey } from './report.ts';
import type { SourceList, SourceMap, SourceText, SourceValue } from './source-yaml.ts';

/** What is wrong with the value of a key, for people. */
export interface KeyFault {
  readonly place: string;
  readonly message: string;
}

export class Keys {
  readonly place: string;
  /** What was not as it had to be. */
  readonly faults: KeyFault[] = [];
  readonly #entries: ReadonlyMap<string, SourceValue>;
  readonly #asked = new Set<string>();

  constructor(map: SourceMap | undefined, place = map?.place ?? '') {
    this.place = place;
    this.#entries = map?.entries ?? new Map();
  }

  /** Undefined where it is not there, or null. */
  value(name: string): SourceValue | undefined {
    this.#asked.add(name);
    const value = this.#entries.get(name);
    return value?.kind === 'TEXT' && value.isNull ? undefined : value;
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Known, and of no account here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  text(name: string): SourceText | undefined {
    return this.#as(name, 'TEXT', 'a text');
  }

  list(name: string): readonly SourceValue[] {
    return (this.#as(name, 'LIST', 'a list') as SourceList | undefined)?.items ?? [];
  }

  map(name: string): SourceMap | undefined {
    return this.#as(name, 'MAP', 'a mapping') as SourceMap | undefined;
  }

  /** The keys of the mapping under `name`; those of an empty one where it is not there. */
  keys(name: string): Keys {
    return new Keys(this.map(name), this.place);
  }

  /** What `read` makes of the text; a fault where it makes nothing of it. */
  read<T>(name: string, read: (text: string) => T | undefined, expected: string): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const result = read(value.text);
    if (result === undefined) this.#fault(value, `${name} is no ${expected}`);
    return result;
  }

  unknown(): readonly UnknownKey[] {
    return [...this.#entries]
      .filter(([name]) => !this.#asked.has(name))
      .map(([key, { place }]) => {
        const nearest = nearestName(key, this.#asked);
        return { place, key, ...(nearest !== undefined && { nearest }) };
      });
  }

  #as<K extends SourceValue['kind']>(
    name: string,
    kind: K,
    words: string,
  ): Extract<SourceValue, { kind: K }> | undefined {
    const value = this.value(name);
    if (value === undefined || value.kind === kind) return value as Extract<SourceValue, { kind: K }> | undefined;
    this.#fault(value, `${name} is not ${words}`);
    return undefined;
  }

  #fault({ place }: SourceValue, message: string): void {
    this.faults.push({ place, message });
  }
}

/** As Go's YAML reads a truth value. */
export function readBool(text: string): boolean | undefined {
  if (/^(?:true|yes|on|y)$/i.test(text)) return true;
  return /^(?:false|no|off|n)$/i.test(text) ? false : undefined;
}

export function readWhole(text: string): number | undefined {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}
