// Everything below a group, however deep.
import type { HealthReader } from '../engine/hub-port.ts';

/** Ids in order, each once; empty for what is no group. */
export function membersBelow(reader: HealthReader, id: string): readonly string[] {
  const found = new Set<string>();
  const visit = (group: string) => {
    for (const member of reader.memberIds(group)) {
      if (found.has(member)) continue;
      found.add(member);
      visit(member);
    }
  };
  visit(id);
  return [...found].sort();
}
