// A list that is put together from its elements has the very bytes and the very text that the whole message has.
import {
  create,
  createFileRegistry,
  type JsonWriteOptions,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  ListValueSchema,
  FieldDescriptorProto_Type as Type,
  ValueSchema,
} from '@bufbuild/protobuf/wkt';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  ComponentSummarySchema,
  GetComponentResponseSchema,
  ListComponentsResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { createBinaryFromParts, createJsonFromParts } from '../../src/calls/list-parts.ts';

type Summary = MessageInitShape<typeof ComponentSummarySchema>;

const SUMMARY: fc.Arbitrary<Summary> = fc.record(
  {
    id: fc.string({ unit: 'binary' }),
    labels: fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.string(),
    ),
    health: fc.record({
      status: fc.constantFrom(...Object.values(HealthStatus)),
      revision: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    }),
  },
  { requiredKeys: [] },
);
const RESPONSE = fc.record({ components: fc.array(SUMMARY), nextPageToken: fc.constantFrom('', 'next') });

const frozen = (init: Summary) => Object.freeze(create(ComponentSummarySchema, init));

test('a list of frozen elements is what the whole message is', () => {
  const options: Partial<JsonWriteOptions>[] = [{}, { useProtoFieldName: true }, { enumAsInteger: true }];
  const json = options.map((each) => ({
    options: each,
    encode: createJsonFromParts(ListComponentsResponseSchema, each),
  }));
  const binary = createBinaryFromParts(ListComponentsResponseSchema);
  fc.assert(
    fc.property(RESPONSE, ({ components, nextPageToken }) => {
      const message = create(ListComponentsResponseSchema, { components: components.map(frozen), nextPageToken });
      const isList = components.length > 0;
      // Twice: what is encoded first, and what is kept.
      for (let n = 0; n < 2; n++) {
        const bytes = toBinary(ListComponentsResponseSchema, message);
        expect(binary?.(message)).toEqual(isList ? Buffer.from(bytes) : undefined);
        for (const { options: each, encode } of json) {
          expect(encode?.(message)?.toString()).toBe(
            isList ? toJsonString(ListComponentsResponseSchema, message, each) : undefined,
          );
        }
      }
    }),
  );
});

test('the list has its own number and its own name, wherever it is declared', () => {
  const word = { type: Type.STRING, label: Label.OPTIONAL };
  const list = { type: Type.MESSAGE, typeName: '.Element', label: Label.REPEATED };
  const file = create(FileDescriptorProtoSchema, {
    name: 'list.proto',
    syntax: 'proto3',
    messageType: [
      { name: 'Element', field: [{ ...word, name: 'id', number: 1, jsonName: 'id' }] },
      {
        name: 'List',
        field: [
          { ...word, name: 'next_word', number: 18, jsonName: 'nextWord' },
          { ...list, name: 'many_elements', number: 17, jsonName: 'manyElements' },
        ],
      },
    ],
  });
  const registry = createFileRegistry(file, () => undefined);
  const [element, desc] = [registry.getMessage('Element')!, registry.getMessage('List')!];
  const manyElements = [Object.freeze(create(element, { id: 'a' })), Object.freeze(create(element, { id: 'b' }))];
  const message = Object.assign(create(desc), { manyElements, nextWord: 'next' });
  expect(createBinaryFromParts(desc)?.(message)).toEqual(Buffer.from(toBinary(desc, message)));
  for (const options of [{}, { useProtoFieldName: true }]) {
    expect(createJsonFromParts(desc, options)?.(message)?.toString()).toBe(toJsonString(desc, message, options));
  }
});

test('what may change is not kept', () => {
  const element = create(ComponentSummarySchema, { id: 'a' });
  const message = create(ListComponentsResponseSchema, { components: [frozen({ id: 'b' }), element] });
  expect(createBinaryFromParts(ListComponentsResponseSchema)?.(message)).toBeUndefined();
  expect(createJsonFromParts(ListComponentsResponseSchema)?.(message)).toBeUndefined();
});

test('what is unknown to the schema stays', () => {
  const $unknown = [{ no: 99, wireType: 0, data: Uint8Array.of(1) }];
  const message = Object.assign(create(ListComponentsResponseSchema, { components: [frozen({ id: 'a' })] }), {
    $unknown,
  });
  const bytes = createBinaryFromParts(ListComponentsResponseSchema)?.(message);
  expect(bytes).toEqual(Buffer.from(toBinary(ListComponentsResponseSchema, message)));
});

test('a fault is left to the encoding of the whole', () => {
  const faulty = Object.freeze({ ...create(ComponentSummarySchema), labels: null as never });
  const message = create(ListComponentsResponseSchema, { components: [frozen({ id: 'a' }), faulty] });
  expect(createBinaryFromParts(ListComponentsResponseSchema)?.(message)).toBeUndefined();
  expect(createJsonFromParts(ListComponentsResponseSchema)?.(message)).toBeUndefined();
});

test('messages without a leading list, and those with a JSON of their own, are left to their encoding', () => {
  expect(createBinaryFromParts(GetComponentResponseSchema)).toBeUndefined();
  expect(createJsonFromParts(GetComponentResponseSchema)).toBeUndefined();
  expect(createJsonFromParts(ListComponentsResponseSchema, { alwaysEmitImplicit: true })).toBeUndefined();
  expect(createJsonFromParts(ListValueSchema)).toBeUndefined();
  const value = Object.freeze(create(ValueSchema, { kind: { case: 'numberValue', value: 1 } }));
  const list = create(ListValueSchema, { values: [value] });
  expect(createBinaryFromParts(ListValueSchema)?.(list)).toEqual(Buffer.from(toBinary(ListValueSchema, list)));
});
