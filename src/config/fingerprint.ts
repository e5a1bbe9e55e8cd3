// A short text that is the same for messages that say the same: how a reload knows what it may leave alone.
import { createHash } from 'node:crypto';
import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';

/** A hash, since the message may hold secrets and fingerprints may be logged. The order of map keys makes no difference. */
export function fingerprint<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): string {
  const canonical = JSON.stringify(toJson(schema, message), sortKeys);
  return createHash('sha256').update(`${schema.typeName} ${canonical}`).digest('base64url');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
