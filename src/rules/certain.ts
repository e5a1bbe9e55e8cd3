// Whether a message keeps the rules of its .proto (buf.validate) for certain, found without protovalidate, which compiles every rule that
// there is for a type before it checks the first message (ADR 85). What is not certain need not be wrong: protovalidate knows, and has
// the words. So what is not known here is no certainty, and a condition may be narrower than its rule, never wider.
import {
  type DescField,
  type DescMessage,
  getOption,
  isFieldSet,
  type Message,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import {
  type FieldRules,
  field as fieldOption,
  Ignore,
  message as messageOption,
  oneof as oneofOption,
  type Rule,
} from '../../gen/buf/validate/validate_pb.ts';
import {
  type Condition,
  hasUnknown,
  held,
  never,
  type PatternTest,
  type Sort,
  standardConditions,
} from './conditions.ts';

export interface KnownRules {
  readonly patternTest: PatternTest;
  /** What rules in CEL come to, by the text of the expression. */
  readonly expressions: ReadonlyMap<string, Condition>;
}

/** Whether a message keeps every rule for certain, its own and those of the messages in it. */
export type Certain = <Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>) => boolean;

/** Learns the rules of a type with the first message of it. Use one for the life of the process. */
export function createCertain({ patternTest, expressions }: KnownRules): Certain {
  const learnt = new Map<DescMessage, Condition>();
  const ofMessage = (desc: DescMessage): Condition => {
    const known = learnt.get(desc) ?? learn(desc);
    learnt.set(desc, known);
    return known;
  };

  function learn(desc: DescMessage): Condition {
    const rules = getOption(desc, messageOption);
    if (hasUnknown(rules) || rules.celExpression.length + rules.oneof.length > 0) return never;
    const oneofs = desc.oneofs.filter((oneof) => getOption(oneof, oneofOption).required);
    return every([
      ...rules.cel.map(ofExpression),
      ...oneofs.map(
        ({ fields }) =>
          (message: Message) =>
            fields.some((field) => isFieldSet(message, field)),
      ),
      ...desc.fields.flatMap((field) => ofField(field) ?? []),
    ]);
  }

  /** Of the message around it. Undefined: whatever is there will do. */
  function ofField(field: DescField): Condition | undefined {
    const rules = getOption(field, fieldOption);
    const { ignore, required } = rules;
    if (ignore === Ignore.ALWAYS) return undefined;
    const conditions = [...ofRules(rules, sortOf(field), field), ...ofParts(field, rules)];
    if (conditions.length === 0 && !required) return undefined;
    const holds = every(conditions);
    // What has no presence is there even when it is zero, or has no entries.
    const mayBeMissing = field.presence !== FeatureSet_FieldPresence.IMPLICIT || ignore === Ignore.IF_ZERO_VALUE;
    return (message: Message) => {
      if ((required || mayBeMissing) && !isFieldSet(message, field)) return !required;
      return holds(held(message, field));
    };
  }

  /** What is in a value: the message that it is, or the elements that it has. */
  function ofParts(field: DescField, { type }: FieldRules): readonly Condition[] {
    if (field.fieldKind === 'list') {
      const item = ofElement(field, type.case === 'repeated' ? type.value.items : undefined);
      return item === undefined ? [] : [(list: readonly never[]) => list.every((element) => item(element))];
    }
    if (field.fieldKind !== 'map') return field.message ? ofInner(field.message) : [];
    const rules = type.case === 'map' ? type.value : undefined;
    const value = ofElement(field, rules?.values);
    const keys = rules?.keys === undefined ? [] : ofRules(rules.keys, sortOfScalar(field.mapKey), field);
    if (value === undefined && keys.length === 0) return [];
    if (field.mapKey !== ScalarType.STRING) return [never];
    const key = every(keys);
    return [
      (map: Readonly<Record<string, never>>) =>
        Object.entries(map).every(([name, entry]) => key(name as never) && (value?.(entry) ?? true)),
    ];
  }

  function ofElement(field: DescField, rules: FieldRules | undefined): Condition | undefined {
    const inner = field.message ? ofInner(field.message) : [];
    const conditions = rules === undefined ? inner : [...ofRules(rules, sortOfElement(field), field), ...inner];
    if (rules !== undefined && rules.ignore !== Ignore.UNSPECIFIED) return never;
    return conditions.length === 0 ? undefined : every(conditions);
  }

  function ofInner(desc: DescMessage): readonly Condition[] {
    // Google's own have no rules, and some of them are no messages where they stand in one.
    if (desc.typeName.startsWith('google.protobuf.')) return [];
    // Types may have themselves as parts, and most are in no file.
    return [(message: never) => ofMessage(desc)(message)];
  }

  function ofRules(rules: FieldRules, sort: Sort | undefined, field: DescField): readonly Condition[] {
    if (hasUnknown(rules) || rules.celExpression.length > 0) return [never];
    return [...rules.cel.map(ofExpression), ...standardConditions(rules, sort, { field, patternTest })];
  }

  function ofExpression({ expression }: Rule): Condition {
    return expressions.get(expression) ?? never;
  }

  return (schema, message) => ofMessage(schema)(message as never);
}

function every(conditions: readonly Condition[]): Condition {
  return (value) => conditions.every((holds) => holds(value));
}

function sortOf(field: DescField): Sort | undefined {
  if (field.fieldKind === 'list') return 'repeated';
  return field.fieldKind === 'map' ? 'map' : sortOfElement(field);
}

function sortOfElement({ message, enum: ofEnum, scalar }: DescField): Sort | undefined {
  if (ofEnum !== undefined) return 'enum';
  if (scalar !== undefined) return sortOfScalar(scalar);
  return message === undefined ? undefined : SORTS.get(message.typeName);
}

function sortOfScalar(type: ScalarType): Sort {
  return ScalarType[type].toLowerCase() as Lowercase<keyof typeof ScalarType>;
}

const SORTS: ReadonlyMap<string, Sort> = new Map([
  ['google.protobuf.Duration', 'duration'],
  ['google.protobuf.Timestamp', 'timestamp'],
]);
