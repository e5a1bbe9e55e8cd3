// Which parts of what probes look at are components: what comes, what has been gone for long, and what an earlier incarnation
// knew. It stands alone since the configuration does not say it.
import type { ComponentDefinition, SystemDefinition } from '../core/definition.ts';
import type { Graph } from '../core/graph.ts';
import type { ObservedPart } from '../core/observation.ts';
import { inIdOrder, isProbe, MAX_PARTS, ownerOfIdentity, partDefinition, partId, partNameOf } from '../core/parts.ts';
import { IN_A_STEP, type Steps } from '../core/steps.ts';
import type { SavedComponent } from '../core/store.ts';
import type { ComponentState, Moment } from './component-state.ts';
import type { DecidedSystem } from './decider-state.ts';

/** How long a part stays that its owner names no more. */
const KEEP_MS = 24 * 3_600_000;

/** Of a part that an answer does not name, though one before did. */
export const PART_MISSING: Omit<ObservedPart, 'name'> = {
  outcome: 'UNKNOWN',
  reason: { code: 'PART_MISSING', message: 'the answer does not name it any more' },
};

/** A system with the parts of before, as far as what they are parts of is still the same. */
export function* withParts(base: SystemDefinition, known: Graph): Steps<SystemDefinition> {
  // Of very many components mostly none has any.
  if (known.parts.size === 0) return base;
  const byId = yield* definitionsById(base);
  const parts: ComponentDefinition[] = [];
  for (const [ownerIndex, indexes] of known.parts) {
    yield;
    const before = known.definitions[ownerIndex]!;
    const owner = byId.get(before.id);
    if (!isProbe(owner)) continue;
    for (const index of indexes) {
      const part = known.definitions[index]!;
      if (byId.has(part.id)) continue;
      const definition = owner === before ? part : partDefinition(owner, part.id, part.part!.name);
      if (!isSameProbe(definition, part)) continue;
      byId.set(part.id, definition);
      parts.push(definition);
    }
  }
  return parts.length === 0 ? base : { ...base, components: [...base.components, ...parts] };
}

function* definitionsById({ components }: SystemDefinition): Steps<Map<string, ComponentDefinition>> {
  const byId = new Map<string, ComponentDefinition>();
  for (const definition of components) {
    if (byId.size % IN_A_STEP === 0) yield;
    byId.set(definition.id, definition);
  }
  return byId;
}

function isSameProbe({ subject: a }: ComponentDefinition, { subject: b }: ComponentDefinition): boolean {
  return a.type === 'probe' && b.type === 'probe' && a.fingerprint === b.fingerprint;
}

/** A system with the parts that an earlier incarnation left. */
export function* withSavedParts(
  base: SystemDefinition,
  components: Iterable<Pick<SavedComponent, 'id' | 'fingerprint'>>,
): Steps<SystemDefinition> {
  const saved: { readonly id: string; readonly ownerId: string; readonly fingerprint: string }[] = [];
  let looked = 0;
  for (const { id, fingerprint } of components) {
    if (looked++ % IN_A_STEP === 0) yield;
    const ownerId = ownerOfIdentity(fingerprint);
    if (ownerId !== undefined) saved.push({ id, ownerId, fingerprint });
  }
  if (saved.length === 0) return base;
  const byId = yield* definitionsById(base);
  const parts: ComponentDefinition[] = [];
  for (const { id, ownerId, fingerprint } of saved) {
    yield;
    const owner = byId.get(ownerId);
    const name = isProbe(owner) ? partNameOf(fingerprint, owner) : undefined;
    if (isProbe(owner) && name !== undefined && !byId.has(id)) parts.push(partDefinition(owner, id, name));
  }
  return { ...base, components: [...base.components, ...parts] };
}

/** Whether other parts have to become components, or some of them none any more. */
export function hasOtherParts(
  system: DecidedSystem,
  ownerIndex: number,
  seen: readonly ObservedPart[],
  now: Moment,
): boolean {
  const known = statesOf(system, ownerIndex);
  if (known.some((part) => isGone(part, now))) return true;
  if (seen.length === 0) return false;
  const names = new Set(known.map(({ definition }) => definition.part!.name));
  const isFull = known.length >= MAX_PARTS && !known.some(isMissing);
  return !isFull && seen.some(({ name }) => !names.has(name));
}

/** The definitions of a system once what was seen of these owners is taken up. Undefined: they stay as they are. */
export function* withSeenParts(
  { components, graph }: DecidedSystem,
  seen: ReadonlyMap<string, readonly ObservedPart[]>,
  now: Moment,
): Steps<readonly ComponentDefinition[] | undefined> {
  const gone = new Set<string>();
  const found: ComponentDefinition[] = [];
  const taken = new Set<string>();
  for (const [ownerId, parts] of seen) {
    yield;
    const ownerIndex = graph.indexOf.get(ownerId);
    const owner = ownerIndex === undefined ? undefined : components[ownerIndex]!.definition;
    if (ownerIndex === undefined || !isProbe(owner)) continue;
    const known = statesOf({ components, graph }, ownerIndex);
    for (const part of known) if (isGone(part, now)) gone.add(part.definition.id);
    const kept = known.filter(({ definition }) => !gone.has(definition.id));
    const names = new Set(kept.map(({ definition }) => definition.part!.name));
    const wanted = inIdOrder([...new Set(parts.map(({ name }) => name))].filter((name) => !names.has(name)));
    // What is missing makes room for what is there, the longest missing first.
    const missing = kept.filter(isMissing).sort((a, b) => b.health.sinceMs - a.health.sinceMs);
    let room = MAX_PARTS - kept.length;
    for (const name of wanted) {
      if (room === 0) {
        const evicted = missing.pop();
        if (evicted === undefined) break;
        gone.add(evicted.definition.id);
        room++;
      }
      const id = partId(ownerId, name, (one) => taken.has(one) || graph.indexOf.has(one));
      if (id === undefined) continue;
      taken.add(id);
      found.push(partDefinition(owner, id, name));
      room--;
    }
  }
  if (gone.size + found.length === 0) return undefined;
  const kept: ComponentDefinition[] = [];
  for (let index = 0; index < graph.definitions.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    const definition = graph.definitions[index]!;
    if (!gone.has(definition.id)) kept.push(definition);
  }
  return kept.concat(found);
}

export function statesOf({ components, graph }: Pick<DecidedSystem, 'components' | 'graph'>, ownerIndex: number) {
  return (graph.parts.get(ownerIndex) ?? []).map((index) => components[index]!);
}

/** Its owner names it no more. */
export function isMissing({ condition }: ComponentState): boolean {
  return condition.reason.code === PART_MISSING.reason.code;
}

function isGone(part: ComponentState, { wallMs }: Moment): boolean {
  return isMissing(part) && part.health.status === 'UNKNOWN' && wallMs - part.health.sinceMs >= KEEP_MS;
}
