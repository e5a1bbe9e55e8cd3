// Which kinds of probes openk.yaml has, as its schema says.
import { ComponentSchema } from '../../gen/openk/config/v1/config_pb.ts';

/** Whether there is such a kind of probe. */
export function hasKind(kind: string): boolean {
  return ComponentSchema.fields.some(({ name }) => name === kind);
}
