// Sets a field of a message, however deep, from the text of a path or a query.
import { create, type DescField } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { FieldPath } from './field-path.ts';

/** The message that holds the last field of the path, made where it is not there. */
export function ownerOf(root: ReflectMessage, path: FieldPath): ReflectMessage {
  let owner = root;
  for (const field of path.slice(0, -1)) owner = child(owner, field);
  return owner;
}

/** A member of a oneof that is set beside `field` would be lost: its name. */
export function otherMemberOf(root: ReflectMessage, path: FieldPath): string | undefined {
  let owner: ReflectMessage | undefined = root;
  for (const field of path) {
    const present: DescField | undefined = field.oneof && owner.oneofCase(field.oneof);
    if (present !== undefined && present !== field) return present.name;
    if (field === path.at(-1) || !owner.isSet(field)) return undefined;
    owner = child(owner, field);
  }
  return undefined;
}

function child(owner: ReflectMessage, field: DescField): ReflectMessage {
  if (field.fieldKind !== 'message') throw new TypeError(`${field} is no message`);
  if (!owner.isSet(field)) owner.set(field, reflect(field.message, create(field.message)));
  return owner.get(field);
}
