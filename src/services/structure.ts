// Names what all components are, as summaries say it: a watcher that comes back after a start of the server shows by it whether it knows them.
import { hash32 } from '../core/hash.ts';
import { kindOf } from '../core/redefined.ts';
import type { HealthReader } from '../engine/health-ports.ts';

export type StructuredReader = Pick<HealthReader, 'ids' | 'redefinedSince' | 'definition' | 'parents'>;

interface Named {
  readonly ids: readonly string[];
  /** By component: what it is, as a whole number below `SIZE`. */
  readonly numbers: Map<string, number>;
  /** Of all numbers, modulo `SIZE`: so a reload costs what it changes. */
  readonly sum: number;
}

/** The sum of two numbers is exact still. */
const SIZE = 2 ** 52;

const known = new WeakMap<StructuredReader, Named>();

/** The same for all readers, and all starts, that have the same components. */
export function structureOf(reader: StructuredReader): string {
  const ids = reader.ids();
  let named = known.get(reader);
  if (named?.ids !== ids) {
    named = nameAgain(reader, named);
    known.set(reader, named);
  }
  return named.sum.toString(36);
}

function nameAgain(reader: StructuredReader, before: Named | undefined): Named {
  const ids = reader.ids();
  const others = before && reader.redefinedSince(before.ids);
  const from = before !== undefined && others !== undefined ? before : { numbers: new Map<string, number>(), sum: 0 };
  const { numbers } = from;
  let { sum } = from;
  for (const id of others ?? ids) {
    const number = numberOf(reader, id);
    sum = (sum + (number ?? 0)) % SIZE;
    sum = (sum + SIZE - (numbers.get(id) ?? 0)) % SIZE;
    if (number === undefined) numbers.delete(id);
    else numbers.set(id, number);
  }
  return { ids, numbers, sum };
}

/** Undefined: there is no such component. */
function numberOf(reader: StructuredReader, id: string): number | undefined {
  const definition = reader.definition(id);
  if (definition === undefined) return undefined;
  const { displayName = '', labels } = definition;
  const text = JSON.stringify([id, displayName, kindOf(definition), labels, reader.parents(id)]);
  return hash32(text) * 2 ** 20 + (hash32(`#${text}`) >>> 12);
}
