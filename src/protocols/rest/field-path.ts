// A field of a message by its dotted path, as path templates and query parameters write it. Every step has its name as in
// the .proto or its JSON name.
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { isValueMessage } from './field-value.ts';
import type { NearestName } from './nearest-name.ts';

/** From the request to the field; every one but the last is a message. */
export type FieldPath = readonly DescField[];

/** As deep as protobuf readers go at the most. */
const MAX_DEPTH = 32;
const MAX_ECHO_CHARS = 64;

export function findField(desc: DescMessage, name: string): DescField | undefined {
  return desc.fields.find((field) => field.name === name || field.jsonName === name);
}

/** @returns what is wrong with the path, for people, when it leads to no field. */
export function findFieldPath(desc: DescMessage, path: string, nearestName: NearestName): FieldPath | string {
  const names = path.split('.');
  if (names.length > MAX_DEPTH) return `is more than ${MAX_DEPTH} fields deep`;
  const fields: DescField[] = [];
  let owner = desc;
  for (const [index, name] of names.entries()) {
    const field = findField(owner, name);
    if (field === undefined) return unknownField(owner, names.slice(0, index), name, nearestName);
    fields.push(field);
    if (index === names.length - 1) break;
    if (field.fieldKind !== 'message' || isValueMessage(field.message)) {
      return `${JSON.stringify(names.slice(0, index + 1).join('.'))} has no fields of its own`;
    }
    owner = field.message;
  }
  return fields;
}

/** For people: that there is no such field, and the name that was meant perhaps. */
export function unknownField(
  owner: DescMessage,
  before: readonly string[],
  name: string,
  nearestName: NearestName,
): string {
  const nearest = nearestName(
    name.slice(0, MAX_ECHO_CHARS),
    owner.fields.flatMap((field) => [field.name, field.jsonName]),
  );
  const shown = JSON.stringify([...before, name].join('.').slice(0, MAX_ECHO_CHARS));
  return `there is no field ${shown}${nearest === undefined ? '' : `: did you mean "${[...before, nearest].join('.')}"?`}`;
}

/** With names as in the .proto. */
export function formatFieldPath(path: FieldPath): string {
  return path.map(({ name }) => name).join('.');
}
