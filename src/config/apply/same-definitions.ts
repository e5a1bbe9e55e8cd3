// What a reload leaves as it is stays the same objects: so what takes the next configuration sees at once what it does not have to look
// at, and nothing is kept twice.
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ComponentDefinition, SystemDefinition } from '../../core/definition.ts';
import { inSlices, type Steps } from '../../core/steps.ts';

/** The next system, with the definitions of the one before where they are equal. In slices. */
export function withSameDefinitions(before: SystemDefinition, next: SystemDefinition): Promise<SystemDefinition> {
  return inSlices(sharing(before, next), { nowMs: () => performance.now(), pause: () => setImmediate() });
}

function* sharing(before: SystemDefinition, next: SystemDefinition): Steps<SystemDefinition> {
  const known = new Map(before.components.map((definition) => [definition.id, definition]));
  const components: ComponentDefinition[] = [];
  for (const definition of next.components) {
    yield;
    const former = known.get(definition.id);
    components.push(former !== undefined && isSame(former, definition) ? former : definition);
  }
  return { ...next, components };
}

function isSame(a: ComponentDefinition, b: ComponentDefinition): boolean {
  if (a.subject.type !== 'probe' || b.subject.type !== 'probe') return isDeepStrictEqual(a, b);
  return a.subject.fingerprint === b.subject.fingerprint && isDeepStrictEqual(withoutOptions(a), withoutOptions(b));
}

/** The fingerprint says what they are. */
function withoutOptions({ subject, ...rest }: ComponentDefinition) {
  return { ...rest, subject: { ...subject, options: undefined } };
}
