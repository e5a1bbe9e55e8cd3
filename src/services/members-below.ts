// Everything below a group, however deep.
import type { HealthReader } from '../engine/health-ports.ts';

/** Ids in order, each once; empty for what is no group. */
export function membersBelow(reader: HealthReader, id: string): readonly string[] {
  const found = new Set<string>();
  // A list and not the call stack, which ends at some thousand groups.
  const groups = [id];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    for (const member of reader.memberIds(group)) {
      if (found.has(member)) continue;
      found.add(member);
      groups.push(member);
    }
  }
  return [...found].sort();
}
