// Which keys openk.yaml has for a kind of probe, as its schema says.
import { ComponentSchema } from '../../gen/openk/config/v1/config_pb.ts';

/** Whether there is such a kind of probe. */
export function hasKind(kind: string): boolean {
  return optionsOf(kind) !== undefined;
}

/** Whether the kind has the key, written as in openk.yaml. */
export function hasKey(kind: string, key: string): boolean {
  return optionsOf(kind)?.fields.some(({ name }) => name === key) === true;
}

function optionsOf(kind: string) {
  return ComponentSchema.fields.find(({ name }) => name === kind)?.message;
}
