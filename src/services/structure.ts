// Names what all components are, as summaries say it: a watcher that comes back after a start of the server shows by it whether it knows them.
import { createHash } from 'node:crypto';
import { kindOf } from '../core/redefined.ts';
import type { HealthReader } from '../engine/health-ports.ts';

export type StructuredReader = Pick<HealthReader, 'structureRevision' | 'ids' | 'definition' | 'parents'>;

const known = new WeakMap<StructuredReader, { readonly ids: readonly string[]; readonly at: number; name: string }>();

/** The same for all readers, and all starts, that have the same components. Made once for each time that they may have changed. */
export function structureOf(reader: StructuredReader): string {
  const ids = reader.ids();
  const at = reader.structureRevision;
  const last = known.get(reader);
  if (last?.ids === ids && last.at === at) return last.name;
  const hash = createHash('sha256');
  for (const id of ids) {
    const definition = reader.definition(id)!;
    const { displayName = '', labels } = definition;
    hash.update(JSON.stringify([id, displayName, kindOf(definition), labels, reader.parents(id)]));
  }
  const name = hash.digest('base64url').slice(0, 22);
  known.set(reader, { ids, at, name });
  return name;
}
