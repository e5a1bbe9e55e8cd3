// What a reload leaves as it is stays the same objects: so what takes the next configuration sees at once what it does not have to look
// at, and nothing is kept twice.
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ComponentDefinition, GroupSubject, SystemDefinition } from '../../core/definition.ts';
import { findSamePlaces } from '../../core/same-places.ts';
import { IN_A_STEP, inSlices, type Steps } from '../../core/steps.ts';
import type { CompiledConfig } from '../compile/compile-config.ts';

type Next = Pick<CompiledConfig, 'system' | 'components'>;

/**
 * Puts definitions of the system before in the place of equal ones, which also describe the next components then. In slices.
 * @returns ids that only the system before has, without its root, in their order
 */
export function keepSameDefinitions(before: SystemDefinition, next: Next): Promise<readonly string[]> {
  return inSlices(keeping(before, next), { nowMs: () => performance.now(), pause: () => setImmediate() });
}

function* keeping(
  before: SystemDefinition,
  { system: { components }, components: written }: Next,
): Steps<readonly string[]> {
  const same = yield* findSamePlaces({
    countBefore: before.components.length,
    countNow: components.length,
    isSame: (known, index) => before.components[known]!.id === components[index]!.id,
    keyBefore: (known) => before.components[known]!.id,
    keyNow: (index) => components[index]!.id,
  });
  /** Of a component of the file: the root is in front of them, and what their places see behind each. */
  let position = -2;
  for (let index = 0; index < components.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    const definition = components[index]!;
    if (definition.place === undefined) position += 1;
    const former = before.components[same.before[index]!];
    if (former === definition) continue;
    yield;
    if (former === undefined || !(yield* isSame(former, definition))) continue;
    components[index] = former;
    if (former.subject.type !== 'probe' || former.place !== undefined) continue;
    const kind = written[position]?.kind;
    if (kind !== undefined) Object.assign(kind, { value: former.subject.options });
  }
  return same.gone.map((known) => before.components[known]!.id).filter((id) => id !== before.rootId);
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
