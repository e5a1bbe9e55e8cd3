// Messages near the limits of their rules: figures beside those that rules name, texts that patterns take and nearly take, lists and maps with an
// entry twice. Messages in messages are shallow, so that one is made in no time.
import { create, type DescField, type DescMessage, getOption, type Message, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { type FieldRules, field as fieldOption } from '../../gen/buf/validate/validate_pb.ts';

const TEXTS = [
  ...[
    '',
    'a',
    'A.b_c-9',
    '-a',
    'a-',
    'a/b',
    'ä',
    '😀',
    'a b',
    'a\n',
    '\u007f',
    '\u0085',
    'a'.repeat(128),
    'a'.repeat(129),
  ],
  ...[
    'http',
    'HTTPS',
    'http\u017f',
    'http://',
    'http://a',
    'HTTP://a',
    'https://a/b?c',
    'https://me:x@a/',
    'http://a b',
    'ftp://a/',
  ],
  ...[
    'a:80',
    '[::1]:1',
    '[::1]:0',
    ':0',
    'a:99999',
    'a:65536',
    '1.2.3.4:53',
    '1.2.3.400:1',
    '01.2.3.4',
    '1.2.3.4/33',
    '10.0.0.0/8',
    '::1',
  ],
  ...[
    'memory:',
    'sqlite:',
    'sqlite:a',
    'postgres://',
    'postgres://a',
    '*',
    '*.a',
    'GET',
    'CONNECT',
    'get',
    'grpc-a',
    'x-a',
  ],
  ...['200', '200-299', '299-200', '600', '0'.repeat(64), 'g'.repeat(64), 'abcdefghijklmnop', '* * * * *', 'UTC'],
];

export const texts = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc
    .array(fc.constantFrom(...TEXTS, '.', '_', '-', ':', '/', '[', ']', '?', '#', '@', '%'), { maxLength: 5 })
    .map((parts) => parts.join('')),
);

/** Numbers that a rule names, as far as they are to be found, and those beside them. */
function figuresIn(rules: FieldRules): readonly number[] {
  const limits: number[] = [];
  const look = (value: unknown): void => {
    if (typeof value === 'number' || typeof value === 'bigint') limits.push(Number(value));
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) look(inner);
  };
  look(rules.type.value);
  return [0, 1, -1, 0.5, ...limits.flatMap((limit) => [limit - 1, limit, limit + 1])];
}

function timesOf(desc: DescMessage, figures: readonly number[]): fc.Arbitrary<Message> {
  const seconds = fc.constantFrom(...figures.map((figure) => BigInt(Math.round(figure))));
  const nanos = fc.constantFrom(0, 1, 999_999_999, 1_000_000, -1);
  return fc.record({ seconds, nanos }).map((init) => create(desc, init));
}

function scalarOf(type: ScalarType, figures: readonly number[]): fc.Arbitrary<unknown> {
  if (type === ScalarType.STRING) return texts;
  if (type === ScalarType.BOOL) return fc.boolean();
  if (type === ScalarType.BYTES) return fc.constant(new Uint8Array([1]));
  if (type === ScalarType.DOUBLE) return fc.constantFrom(...figures, Number.NaN, 99.95, 99.99999);
  const isBig = type === ScalarType.INT64 || type === ScalarType.UINT64;
  const least = type === ScalarType.INT32 || type === ScalarType.INT64 ? -1 : 0;
  const most = isBig ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1;
  const whole = [...new Set(figures.map(Math.round))].filter((figure) => figure >= least && figure <= most);
  return isBig ? fc.constantFrom(...whole.map(BigInt)) : fc.constantFrom(...whole);
}

function elementOf(field: DescField, rules: FieldRules, depth: number): fc.Arbitrary<unknown> {
  const figures = figuresIn(rules);
  const { message, enum: ofEnum, scalar } = field;
  if (message?.typeName === DurationSchema.typeName || message?.typeName === TimestampSchema.typeName) {
    return timesOf(message, figures);
  }
  if (message !== undefined) return depth === 0 ? fc.constant(create(message)) : messageOf(message, depth - 1);
  if (ofEnum !== undefined) return fc.constantFrom(...ofEnum.values.map(({ number }) => number), 77);
  return scalarOf(scalar!, figures);
}

/** @param depth messages in messages that have fields */
export function messageOf(desc: DescMessage, depth = 1): fc.Arbitrary<Message> {
  const fields = desc.fields.map((field) => {
    const element = elementOf(field, getOption(field, fieldOption), depth);
    const value =
      field.fieldKind === 'list'
        ? fc.array(element, { maxLength: 3 })
        : field.fieldKind === 'map'
          ? fc.array(fc.tuple(texts, element), { maxLength: 3 })
          : element;
    const weight = getOption(field, fieldOption).required ? 20 : 1;
    return fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight, arbitrary: value });
  });
  return fc.tuple(...fields).map((values) => {
    const message = reflect(desc);
    for (const [index, field] of desc.fields.entries()) {
      if (values[index] !== undefined) setField(message, field, values[index]);
    }
    return message.message;
  });
}

function setField(message: ReflectMessage, field: DescField, value: unknown): void {
  const wrap = (element: unknown) => (field.message ? reflect(field.message, element as Message) : element);
  if (field.fieldKind === 'list') for (const item of value as unknown[]) message.get(field).add(wrap(item));
  else if (field.fieldKind === 'map') {
    for (const [key, item] of value as [string, unknown][]) message.get(field).set(key, wrap(item));
  } else message.set(field, wrap(value));
}
