// A component as it was written, in little room: a message has a value for each field that there is, and of very many components most say
// two or three.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Component, ComponentSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition } from '../../core/definition.ts';

/** What a component says, and nothing else. */
export type WrittenComponent = Partial<Omit<Component, '$typeName'>> & Pick<Component, 'id' | 'kind'>;

/** Shares the values of the message. @param kind what it is shown by instead of its own */
export function toWritten(component: Component, kind: Component['kind'] = component.kind): WrittenComponent {
  const written: Record<string, unknown> = { id: component.id, kind };
  for (const key of Object.keys(component)) {
    const value = component[key as keyof Component];
    if (key !== '$typeName' && !(key in written) && !isNothing(value)) written[key] = value;
  }
  return written as WrittenComponent;
}

/** The message that says it. Shares its values. */
export function fromWritten(written: WrittenComponent): Component {
  return create(ComponentSchema, written as MessageInitShape<typeof ComponentSchema>);
}

/** Whether it is a probe that says nothing else: then its definition says all of that, too. */
export function isPlainProbe(written: WrittenComponent): boolean {
  const { kind } = written;
  return (
    kind.case !== undefined && kind.case !== 'group' && kind.case !== 'heartbeat' && Object.keys(written).length === 2
  );
}

/** What a plain probe says. */
export function saidBy({ id, subject }: ComponentDefinition): WrittenComponent {
  if (subject.type !== 'probe') throw new TypeError(`'${id}' is no probe, which says more than its definition`);
  return { id, kind: { case: subject.kind, value: subject.options } as Component['kind'] };
}

/** Of a field: lists, maps and texts that are empty are there all the same. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === '') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) ? value.length === 0 : !('$typeName' in value) && Object.keys(value).length === 0;
}
