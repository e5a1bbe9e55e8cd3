// What readers see of a definition, besides health: labels, kind, name, members, and the groups that it is a member of.
import type { ComponentDefinition } from './definition.ts';

/** What a component is, by its key in the configuration. */
export function kindOf({ subject }: ComponentDefinition): string {
  return subject.type === 'probe' ? subject.kind : subject.type;
}

/** Ids that are in both, and that readers see as something else afterwards. */
export function redefinedIds(
  before: ReadonlyMap<string, ComponentDefinition>,
  after: ReadonlyMap<string, ComponentDefinition>,
): Set<string> {
  const redefined = new Set<string>();
  for (const [id, definition] of after) {
    const known = before.get(id);
    if (known === definition || (known !== undefined && isSameToReaders(known, definition))) continue;
    redefined.add(id);
    for (const member of movedMembers(known, definition)) redefined.add(member);
  }
  for (const [id, definition] of before) {
    if (!after.has(id)) for (const member of movedMembers(definition, undefined)) redefined.add(member);
  }
  for (const id of redefined) if (!(before.has(id) && after.has(id))) redefined.delete(id);
  return redefined;
}

function isSameToReaders(a: ComponentDefinition, b: ComponentDefinition): boolean {
  return kindOf(a) === kindOf(b) && a.displayName === b.displayName && isSameLabels(a, b) && isSameMembers(a, b);
}

function isSameLabels({ labels: a }: ComponentDefinition, { labels: b }: ComponentDefinition): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

/** Whatever their order. */
function isSameMembers(a: ComponentDefinition, b: ComponentDefinition): boolean {
  const impacts = impactsOf(a);
  const members = impactsOf(b);
  return impacts.size === members.size && [...members].every(([id, impact]) => impacts.get(id) === impact);
}

/** Members of one of them alone: another parent is theirs, too. */
function movedMembers(a: ComponentDefinition | undefined, b: ComponentDefinition | undefined): Iterable<string> {
  if (a?.subject.type !== 'group' && b?.subject.type !== 'group') return [];
  return new Set(impactsOf(a).keys()).symmetricDifference(new Set(impactsOf(b).keys()));
}

function impactsOf(definition: ComponentDefinition | undefined): ReadonlyMap<string, string> {
  const members = definition?.subject.type === 'group' ? definition.subject.members : [];
  return new Map(members.map(({ component, impact }) => [component, impact]));
}
