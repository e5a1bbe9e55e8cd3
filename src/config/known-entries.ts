// What a file said the last time, entry by entry of its components: a reload reads and compiles anew what is written in another way. An
// entry says the same wherever it stands, since a list that is read in pieces has no anchors.
import { equals } from '@bufbuild/protobuf';
import { DefaultsSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition } from '../core/definition.ts';
import type { Steps } from '../core/steps.ts';
import type { CompiledConfig } from './compile/compile-config.ts';
import { KnownComponent } from './compile/known-component.ts';

/** The text of a file, and where in it its components are. */
export interface WrittenEntries {
  readonly text: string;
  /** Where each begins, and where the last one ends. */
  readonly starts: Uint32Array;
}

/** The entry of this number, if it was there before. */
export type FindKnown = (index: number) => KnownComponent | undefined;

/**
 * @param before how those of `earlier` are written
 * @param defaults of the file that is read now
 */
export function* knownEntries(
  { components, system, written }: Pick<CompiledConfig, 'components' | 'system' | 'written'>,
  before: WrittenEntries,
  now: WrittenEntries,
  defaults: CompiledConfig['written']['defaults'],
): Steps<FindKnown> {
  const same = yield* sameEntries(before, now);
  const definitions: (ComponentDefinition | undefined)[] = [];
  const hasSameDefaults = isSame(written.defaults, defaults);
  // The root is in front of them, and behind each what its places see.
  let at = 1;
  for (const { vantage, slo } of components) {
    yield;
    const isByItself = vantage === undefined && slo === undefined;
    definitions.push(isByItself && hasSameDefaults ? system.components[at] : undefined);
    at += 1 + (vantage?.from.length ?? 0);
  }
  return (index) => {
    const known = same[index]!;
    return known === NONE ? undefined : new KnownComponent(components[known]!, definitions[known]);
  };
}

const NONE = -1;

/**
 * By entry: which one of those before says the same. Mostly all are where they were, from the beginning on or from the end; only the rest is
 * looked for by what it says.
 */
function* sameEntries(before: WrittenEntries, now: WrittenEntries): Steps<Int32Array> {
  const same = new Int32Array(countOf(now)).fill(NONE);
  const isTaken = new Uint8Array(countOf(before));
  const moved = countOf(before) - countOf(now);
  const others: number[] = [];
  for (let index = 0; index < same.length; index++) {
    yield;
    const entry = entryAt(now, index);
    const at = [index, index + moved].find((one) => entryAt(before, one) === entry);
    if (at === undefined) others.push(index);
    else [same[index], isTaken[at]] = [at, 1];
  }
  const byText = new Map<string, number>();
  for (let index = 0; index < isTaken.length; index++) {
    yield;
    if (isTaken[index] === 0) byText.set(entryAt(before, index)!, index);
  }
  for (const index of others) same[index] = byText.get(entryAt(now, index)!) ?? NONE;
  return same;
}

function countOf({ starts }: WrittenEntries): number {
  return starts.length - 1;
}

/** Undefined where there is none. */
function entryAt({ text, starts }: WrittenEntries, index: number): string | undefined {
  return index >= 0 && index + 1 < starts.length ? text.slice(starts[index], starts[index + 1]) : undefined;
}

function isSame(a: CompiledConfig['written']['defaults'], b: typeof a): boolean {
  return a === undefined || b === undefined ? a === b : equals(DefaultsSchema, a, b);
}
