// The standard rules of buf.validate that our .proto files use, as conditions in JavaScript.
import { type DescField, isFieldSet, type Message, ScalarType } from '@bufbuild/protobuf';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import { type FieldRules, FieldRulesSchema } from '../../gen/buf/validate/validate_pb.ts';

/** True where it is certain that a value, as its message holds it, is as it has to be. */
export type Condition = (value: never) => boolean;

/** Undefined for a pattern that is not known. */
export type PatternTest = (pattern: string) => ((text: string) => boolean) | undefined;

export const always: Condition = () => true;
export const never: Condition = () => false;

/** A type of values by the name that its rules have in FieldRules. */
export type Sort = NonNullable<FieldRules['type']['case']>;

interface Place {
  readonly field: DescField;
  readonly patternTest: PatternTest;
}

/** What a rule comes to, whose value this is. */
type Rule = (value: never, place: Place) => Condition;

type Figure = number | bigint;

const FIGURES: Readonly<Record<string, Rule>> = {
  gt: (limit: Figure) => (value: Figure) => value > limit,
  gte: (limit: Figure) => (value: Figure) => value >= limit,
  lt: (limit: Figure) => (value: Figure) => value < limit,
  lte: (limit: Figure) => (value: Figure) => value <= limit,
};

type Time = Duration | Timestamp;

const TIMES: Readonly<Record<string, Rule>> = {
  gt: (limit: Time) => (value: Time) => isUsual(value) && compare(value, limit) > 0,
  gte: (limit: Time) => (value: Time) => isUsual(value) && compare(value, limit) >= 0,
  lte: (limit: Time) => (value: Time) => isUsual(value) && compare(value, limit) <= 0,
};

/** Of more, and of less than none, it is for CEL to say what they are. */
function isUsual({ seconds, nanos }: Time): boolean {
  return seconds >= 0n && seconds < 253_402_300_800n && nanos >= 0 && nanos < 1e9;
}

function compare(a: Time, b: Time): number {
  return a.seconds === b.seconds ? a.nanos - b.nanos : a.seconds < b.seconds ? -1 : 1;
}

/** A URL as most are; there are others. */
const PLAIN_URI = /^[a-z]+:\/\/[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~/-]*)?$/;

const RULES: { readonly [sort in Sort]?: Readonly<Record<string, Rule>> } = {
  string: {
    minLen: (least: bigint) => (text: string) => [...text].length >= least,
    // Characters are no more than the units that they are made of.
    maxLen: (most: bigint) => (text: string) => text.length <= most,
    in: (list: readonly string[]) => (text: string) => list.includes(text),
    pattern: (pattern: string, { patternTest }) => patternTest(pattern) ?? never,
    uri: (isOn: boolean) => (text: string) => !isOn || PLAIN_URI.test(text),
  },
  int32: FIGURES,
  int64: FIGURES,
  uint32: FIGURES,
  uint64: FIGURES,
  double: FIGURES,
  enum: {
    in: (list: readonly number[]) => (value: number) => list.includes(value),
    notIn: (list: readonly number[]) => (value: number) => !list.includes(value),
    definedOnly(isOn: boolean, { field }) {
      const defined = new Set(field.enum?.values.map(({ number }) => number));
      return (value: number) => !isOn || defined.has(value);
    },
  },
  repeated: {
    minItems: (least: bigint) => (list: readonly unknown[]) => list.length >= least,
    maxItems: (most: bigint) => (list: readonly unknown[]) => list.length <= most,
    unique(isOn: boolean, { field }) {
      if (field.message !== undefined || field.scalar === ScalarType.BYTES) return never;
      return (list: readonly unknown[]) => !isOn || new Set(list).size === list.length;
    },
    items: () => always,
  },
  map: {
    maxPairs: (most: bigint) => (map: object) => Object.keys(map).length <= most,
    keys: () => always,
    values: () => always,
  },
  duration: TIMES,
  timestamp: TIMES,
};

/** Of the rules for values of one type, those of the elements of lists and maps left out. */
export function standardConditions({ type }: FieldRules, sort: Sort | undefined, place: Place): readonly Condition[] {
  if (type.case === undefined) return [];
  if (type.case !== sort || hasUnknown(type.value)) return [never];
  const rules = RULES[sort] ?? {};
  return (FieldRulesSchema.field[sort].message?.fields ?? [])
    .filter((rule) => isFieldSet(type.value, rule))
    .map((rule) => rules[rule.localName]?.(held(type.value, rule), place) ?? never);
}

/** Rules that the schema of the rules does not have. */
export function hasUnknown({ $unknown = [] }: Message): boolean {
  return $unknown.length > 0;
}

/** As the message holds it; of a field of a oneof, where that is the one. */
export function held(message: Message, { localName, oneof }: DescField): never {
  const holder = message as unknown as Record<string, unknown>;
  if (oneof === undefined) return holder[localName] as never;
  const one = holder[oneof.localName] as { readonly case?: string; readonly value?: unknown };
  return (one.case === localName ? one.value : undefined) as never;
}
