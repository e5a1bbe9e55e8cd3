// What a reload leaves as it is stays the same objects: so what takes the next configuration sees at once what it does not have to look
// at, and nothing is kept twice.
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ComponentDefinition, GroupSubject, SystemDefinition } from '../../core/definition.ts';
import { IN_A_STEP, inSlices, type Steps } from '../../core/steps.ts';
import type { WrittenComponent } from '../compile/written-component.ts';

/**
 * The next system, with the definitions of the one before where they are equal. In slices.
 * @param shown what the next components are described by: they then have the options of these definitions
 */
export function withSameDefinitions(
  before: SystemDefinition,
  next: SystemDefinition,
  shown: readonly WrittenComponent[] = [],
): Promise<SystemDefinition> {
  return inSlices(sharing(before, next, shown), { nowMs: () => performance.now(), pause: () => setImmediate() });
}

function* sharing(
  before: SystemDefinition,
  next: SystemDefinition,
  shown: readonly WrittenComponent[],
): Steps<SystemDefinition> {
  const components: ComponentDefinition[] = [];
  let known: ReadonlyMap<string, ComponentDefinition> | undefined;
  /** Of a component of the file: the root is in front of them, and what their places see behind each. */
  let position = -2;
  for (let index = 0; index < next.components.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    const definition = next.components[index]!;
    if (definition.place === undefined) position += 1;
    let former = before.components[index];
    // Mostly everything is where it was.
    if (former?.id !== definition.id) {
      known ??= yield* byId(before.components);
      former = known.get(definition.id);
    }
    if (former === definition) {
      components.push(definition);
      continue;
    }
    yield;
    if (former === undefined || !(yield* isSame(former, definition))) {
      components.push(definition);
      continue;
    }
    components.push(former);
    if (former.subject.type !== 'probe' || former.place !== undefined) continue;
    const { kind } = shown[position] ?? {};
    if (kind !== undefined) Object.assign(kind, { value: former.subject.options });
  }
  return { ...next, components };
}

function* byId(definitions: readonly ComponentDefinition[]): Steps<ReadonlyMap<string, ComponentDefinition>> {
  const known = new Map<string, ComponentDefinition>();
  for (const definition of definitions) {
    yield;
    known.set(definition.id, definition);
  }
  return known;
}

function* isSame(a: ComponentDefinition, b: ComponentDefinition): Steps<boolean> {
  const [one, other] = [a.subject, b.subject];
  if (one.type === 'group' && other.type === 'group') {
    return (yield* hasSameMembers(one, other)) && isDeepStrictEqual(without(a, 'members'), without(b, 'members'));
  }
  if (one.type !== 'probe' || other.type !== 'probe') return isDeepStrictEqual(a, b);
  // The fingerprint says what the options are.
  return one.fingerprint === other.fingerprint && isDeepStrictEqual(without(a, 'options'), without(b, 'options'));
}

/** The root may have all there are. */
function* hasSameMembers({ members: a }: GroupSubject, { members: b }: GroupSubject): Steps<boolean> {
  if (a.length !== b.length) return false;
  for (const [at, { component, impact, weight }] of a.entries()) {
    yield;
    const other = b[at]!;
    if (component !== other.component || impact !== other.impact || weight !== other.weight) return false;
  }
  return true;
}

function without({ subject, ...rest }: ComponentDefinition, key: 'members' | 'options') {
  return { ...rest, subject: { ...subject, [key]: undefined } };
}
