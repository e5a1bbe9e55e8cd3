// Equality, membership, presence and access by index as google/cel-spec (doc/langdef.md, "Equality", "Field Selection") and
// cel-go have them. They stand over those of @bufbuild/cel 0.6.1, to which a key whose value is null is none (ADR 29).
import {
  type CelFunc,
  type CelList,
  CelScalar,
  type CelValue,
  celFunc,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
  listType,
  mapType,
} from '@bufbuild/cel';
import { isMessage } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { expressionError } from './fault.ts';

const { BOOL, DYN, STRING } = CelScalar;
const LIST = listType(DYN);
const MAP = mapType(DYN, DYN);

/** Names that `compileCel` gives to what is syntax in CEL. Nobody can write them. */
export const HAS = '@has';
export const INDEX = '@index';

/** @param spend counts what is compared, and throws when it is too much */
export function equalityFunctions(spend: () => void): readonly CelFunc[] {
  const equals = (a: CelValue, b: CelValue): boolean => {
    spend();
    const x = isCelUint(a) ? a.value : a;
    const y = isCelUint(b) ? b.value : b;
    if (typeof x === 'bigint' && typeof y === 'number') return Number(x) === y;
    if (typeof x === 'number' && typeof y === 'bigint') return x === Number(y);
    if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return x === y;
    if (x instanceof Uint8Array) return y instanceof Uint8Array && Buffer.compare(x, y) === 0;
    if (isCelList(x)) return isCelList(y) && equalLists(x, y);
    if (isCelMap(x)) {
      if (!isCelMap(y) || x.size !== y.size) return false;
      for (const [key, value] of x) {
        const other = y.get(key);
        if (other === undefined || !equals(value, other)) return false;
      }
      return true;
    }
    if (isCelType(x)) return isCelType(y) && x.kind === y.kind && x.name === y.name;
    return equalMoments(x, y);
  };
  const equalLists = (x: CelList, y: CelList): boolean => {
    if (x.size !== y.size) return false;
    const others = y[Symbol.iterator]();
    for (const item of x) if (!equals(item, others.next().value as CelValue)) return false;
    return true;
  };
  return [
    celFunc('_==_', [DYN, DYN], BOOL, equals),
    celFunc('_!=_', [DYN, DYN], BOOL, (a, b) => !equals(a, b)),
    celFunc('@in', [DYN, LIST], BOOL, (value, list) => {
      for (const item of list) if (equals(value, item)) return true;
      return false;
    }),
    // Any other key is in no map.
    celFunc('@in', [DYN, MAP], BOOL, (key, map) => isKey(key) && map.get(key) !== undefined),
    ...KEY_TYPES.map((type) => celFunc('@in', [type, MAP], BOOL, (key, map) => map.get(key) !== undefined)),
    celFunc(HAS, [DYN, STRING], BOOL, (value, field) => {
      if (!isCelMap(value)) throw expressionError('has() of a field of what is no object');
      return value.get(field) !== undefined;
    }),
    celFunc(INDEX, [DYN, DYN], DYN, (value, key) => {
      const found = isCelList(value) ? at(value, key) : isCelMap(value) && isKey(key) ? value.get(key) : undefined;
      if (found !== undefined) return found;
      if (isCelList(value)) throw expressionError('the list has no such item');
      if (isCelMap(value) && typeof key === 'string') throw new Error(`field not found: ${key}`);
      throw expressionError(isCelMap(value) ? 'the map has no such key' : 'what is no list and no map has no items');
    }),
  ];
}

const KEY_TYPES = [CelScalar.STRING, CelScalar.DOUBLE, CelScalar.INT, CelScalar.BOOL, CelScalar.UINT];

type Key = Extract<Parameters<ReadonlyMap<never, never>['get']>[0], never> | string | number | bigint | boolean;

function isKey(value: CelValue): value is Key {
  return isCelUint(value) || (typeof value !== 'object' && typeof value !== 'undefined');
}

/** By whole numbers of any type (langdef.md, "Numbers"). */
function at(list: CelList, key: CelValue): CelValue | undefined {
  const index = isCelUint(key) ? key.value : key;
  if (typeof index !== 'bigint' && !(typeof index === 'number' && Number.isInteger(index))) return undefined;
  return list.get(Number(index)) as CelValue | undefined;
}

function equalMoments(a: unknown, b: unknown): boolean {
  if (!isReflectMessage(a) || !isReflectMessage(b)) return false;
  const [x, y] = [a.message, b.message];
  if (isMessage(x, TimestampSchema) && isMessage(y, TimestampSchema)) {
    return x.seconds === y.seconds && x.nanos === y.nanos;
  }
  return isMessage(x, DurationSchema) && isMessage(y, DurationSchema) && x.seconds === y.seconds && x.nanos === y.nanos;
}
