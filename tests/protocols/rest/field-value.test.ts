// Text as the value of a field, where no message of the test's .proto can show it.
import { FieldDescriptorProto_Type, FieldDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { expect, it } from '@jest/globals';
import { valueParser } from '../../../src/protocols/rest/field-value.ts';

const { type } = FieldDescriptorProtoSchema.field;

it('a closed enum (proto2) takes its values, by name and by number', () => {
  const parse = valueParser(type, () => undefined)!;
  expect(parse('TYPE_INT64')).toBe(FieldDescriptorProto_Type.INT64);
  expect(parse('3')).toBe(FieldDescriptorProto_Type.INT64);
});

it.each(['0', '99', '-1'])('a closed enum takes no other number: %s', (text) => {
  const parse = valueParser(type, () => undefined)!;
  expect(() => parse(text)).toThrow('is not a value of Type');
});
