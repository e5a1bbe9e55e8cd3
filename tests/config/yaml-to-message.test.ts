// The reader of messages with a schema that the configuration does not have: every scalar type, messages in themselves.
import { createFileRegistry, type DescMessage, fromJson } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { parseYaml } from '../../src/config/source/yaml-document.ts';
import { readMessage } from '../../src/config/source/yaml-to-message.ts';
import { atOnce } from '../../src/core/steps.ts';

const TYPES = [
  ...['INT32', 'SINT32', 'SFIXED32', 'UINT32', 'FIXED32', 'INT64', 'SINT64', 'SFIXED64', 'UINT64', 'FIXED64'],
  ...['DOUBLE', 'FLOAT', 'BOOL', 'STRING', 'BYTES'],
];

/** message Any { int32 int32_value = 1; …; Any child = 20; repeated Any children = 21; map<int32, string> words = 22; } */
const schema = (() => {
  const field = (name: string, number: number, type: string, rest: object = {}) => ({
    name,
    number,
    type: `TYPE_${type}`,
    label: 'LABEL_OPTIONAL',
    jsonName: name.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase()),
    ...rest,
  });
  const self = { typeName: '.test.Every' };
  const entry = {
    name: 'WordsEntry',
    field: [field('key', 1, 'INT32'), field('value', 2, 'STRING')],
    options: { mapEntry: true },
  };
  const message = {
    name: 'Every',
    field: [
      ...TYPES.map((type, index) => field(`${type.toLowerCase()}_value`, index + 1, type)),
      field('child', 20, 'MESSAGE', self),
      field('children', 21, 'MESSAGE', { ...self, label: 'LABEL_REPEATED' }),
      field('words', 22, 'MESSAGE', { typeName: '.test.Every.WordsEntry', label: 'LABEL_REPEATED' }),
    ],
    nestedType: [entry],
  };
  const file = { name: 'test.proto', package: 'test', syntax: 'proto3', messageType: [message] };
  const registry = createFileRegistry(fromJson(FileDescriptorSetSchema, { file: [file] }));
  return registry.getMessage('test.Every') as DescMessage;
})();

function read(text: string) {
  const yaml = atOnce(parseYaml(text));
  if (!yaml.ok) throw new Error(yaml.message);
  const { message, faults } = atOnce(readMessage(schema, yaml.document, {}));
  return { message: reflect(schema, message), faults: faults.map((fault) => fault.message) };
}

function readValue(type: string, text: string): unknown {
  const { message, faults } = read(`${type}_value: ${text}`);
  const field = schema.fields.find(({ name }) => name === `${type}_value`)!;
  return faults.length > 0 ? faults[0] : message.get(field);
}

describe('scalars', () => {
  it.each([
    ['int32', '-2147483648', -2147483648],
    ['sint32', '2147483647', 2147483647],
    ['sfixed32', '-1', -1],
    ['uint32', '4294967295', 4294967295],
    ['fixed32', '+7', 7],
    ['int64', '-9223372036854775808', -9223372036854775808n],
    ['sint64', '"12"', 12n],
    ['sfixed64', '0', 0n],
    ['uint64', '18446744073709551615', 18446744073709551615n],
    ['fixed64', '1', 1n],
    ['double', '1.5e3', 1500],
    ['double', '.5', 0.5],
    ['double', '-.inf', Number.NEGATIVE_INFINITY],
    ['double', '.nan', Number.NaN],
    ['float', '0.1', Math.fround(0.1)],
    ['bool', 'TRUE', true],
    ['bool', '"false"', false],
    ['string', '0x10', '0x10'],
    ['string', '"\\ud83d\\ude00"', '😀'],
    ['bytes', 'é', Buffer.from([0xc3, 0xa9])],
    ['bytes', '"\\xe9"', Buffer.from([0xe9])],
    ['bytes', '!!binary AQID', new Uint8Array([1, 2, 3])],
  ])('%s: %s', (type, text, expected) => {
    const value = readValue(type, text);
    expect(value instanceof Uint8Array ? Buffer.from(value) : value).toEqual(
      expected instanceof Uint8Array ? Buffer.from(expected) : expected,
    );
  });

  it.each([
    ['int32', '2147483648', 'must be a whole number from -2147483648 to 2147483647'],
    ['uint32', '-1', 'must be a whole number from 0 to 4294967295'],
    ['uint64', '9'.repeat(30), 'must be a whole number from 0 to 18446744073709551615'],
    ['int32', '010', 'must be a whole number'],
    ['int32', '1e3', 'must be a whole number'],
    ['double', 'many', 'must be a number'],
    ['float', '1_000', 'must be a number'],
    ['bool', 'on', 'must be true or false'],
    ['string', '"\\ud800"', 'must be Unicode text: it has half of a surrogate pair'],
    ['bytes', '!!binary "***"', 'must be base64'],
    ['string', '{}', 'must be a single value, not a mapping'],
  ])('%s: %s is a fault', (type, text, message) => {
    expect(readValue(type, text)).toBe(message);
  });

  it('that are null are not set', () => {
    expect(TYPES.map((type) => readValue(type.toLowerCase(), '~'))).toEqual(
      TYPES.map((type) => readValue(type.toLowerCase(), '')),
    );
  });
});

describe('maps', () => {
  it('have keys of their type', () => {
    const { message } = read('words: { 1: one, -2: minus two }');
    expect(message.message).toMatchObject({ words: { 1: 'one', [-2]: 'minus two' } });
  });

  it.each([
    ['words: { one: 1 }', 'its key must be a whole number'],
    ['words: { 1: one, 1: two }', 'is there twice: keep one'],
    ['words: [ one ]', 'must be a mapping of names to values'],
    ['words: { ? [ 1 ] : one }', 'has a key that is no plain name'],
    ['? { a: b }\n: c', 'has a key that is no plain name'],
    ['&a words: { 1: one }\n*a : {}', 'has a key that is no plain name'],
  ])('%s is a fault', (text, message) => {
    expect(read(text).faults).toEqual([message]);
  });
});

describe('messages in themselves', () => {
  it('are read', () => {
    const { message, faults } = read('child: { children: [ { int32_value: 1 }, {} ] }');
    expect(faults).toEqual([]);
    expect(message.message).toMatchObject({ child: { children: [{ int32Value: 1 }, { int32Value: 0 }] } });
  });

  it.each(['child: &a { child: *a }', '&a child: &b { children: [ *b ] }', 'children: &a [ { children: *a } ]'])(
    '%s ends',
    (text) => {
      expect(read(text).faults).toEqual(['contains itself, by an alias']);
    },
  );

  it('grow by aliases up to a bound', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = Array.from({ length: 10 }, () => (level === 0 ? '{}' : `*l${level - 1}`)).join(', ');
      return `  - &l${level} { children: [ ${inner} ] }`;
    });
    expect(read(`children:\n${levels.join('\n')}`).faults).toEqual(['repeats more than 250000 values by aliases']);
  });

  it('take the last anchor before an alias', () => {
    const { message } = read(
      'children: [ { child: &a { int32_value: 1 } }, { child: *a }, { child: &a { int32_value: 2 } }, { child: *a } ]',
    );
    expect(message.message).toMatchObject({
      children: [1, 1, 2, 2].map((int32Value) => ({ child: { int32Value } })),
    });
  });
});
