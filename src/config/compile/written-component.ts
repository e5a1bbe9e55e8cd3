// A component as it was written, in little room: a message has a value for each field that there is, and of very many components most say
// two or three.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Component, ComponentSchema } from '../../../gen/openk/config/v1/config_pb.ts';

/** What a component says, and nothing else. */
export type WrittenComponent = Partial<Omit<Component, '$typeName'>> & Pick<Component, 'id' | 'kind'>;

/** Shares the values of the message. @param kind what it is shown by instead of its own */
export function toWritten(component: Component, kind: Component['kind'] = component.kind): WrittenComponent {
  const written: Record<string, unknown> = { id: component.id, kind };
  for (const [key, value] of Object.entries(component)) {
    if (key !== '$typeName' && !(key in written) && !isNothing(value)) written[key] = value;
  }
  return written as WrittenComponent;
}

/** The message that says it. Shares its values. */
export function fromWritten(written: WrittenComponent): Component {
  return create(ComponentSchema, written as MessageInitShape<typeof ComponentSchema>);
}

/** Of a field: lists, maps and texts that are empty are there all the same. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === '') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) ? value.length === 0 : !('$typeName' in value) && Object.keys(value).length === 0;
}
