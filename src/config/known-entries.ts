// What a file said the last time, entry by entry of its components: a reload reads and compiles anew what is written in another way. An
// entry says the same wherever it stands, since a list that is read in pieces has no anchors.
import { equals } from '@bufbuild/protobuf';
import { DefaultsSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { findSamePlaces, NOWHERE } from '../core/same-places.ts';
import { IN_A_STEP, type Steps } from '../core/steps.ts';
import type { CompiledConfig } from './compile/compile-config.ts';
import type { KnownComponent } from './compile/known-component.ts';
import { saidBy } from './compile/written-component.ts';

/** The text of a file in UTF-8, and where in it its components are. In bytes: nothing has to be made of those that are as they were. */
export interface WrittenEntries<Bytes = Buffer> {
  readonly bytes: Bytes;
  /** Where each begins, and where the last one ends. */
  readonly starts: Uint32Array;
}

/** @param starts in the text */
export function* entriesOf(text: string, starts: Uint32Array): Steps<WrittenEntries> {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  let [from, at] = [0, 0];
  // An entry begins a line, so that no character is cut.
  for (let index = 0; from < text.length; index += IN_A_STEP) {
    const until = starts[index] ?? text.length;
    at += bytes.write(text.slice(from, until), at);
    from = until;
    yield;
  }
  return { bytes, starts: bytes.length === text.length ? starts : yield* startsInBytes(text, starts) };
}

function* startsInBytes(text: string, starts: Uint32Array): Steps<Uint32Array> {
  const inBytes = new Uint32Array(starts.length);
  let [from, at] = [0, 0];
  for (let index = 0; index < starts.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    at += Buffer.byteLength(text.slice(from, starts[index]));
    from = starts[index]!;
    inBytes[index] = at;
  }
  return inBytes;
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
  const { before: same } = yield* findSamePlaces({
    countBefore: countOf(before),
    countNow: countOf(now),
    isSame: (known, index) => isSameEntry(before, known, now, index),
    keyBefore: (known) => entryAt(before, known),
    keyNow: (index) => entryAt(now, index),
  });
  const positions = yield* positionsOf(components);
  const hasSameDefaults = isSame(written.defaults, defaults);
  return (index) => {
    const known = same[index]!;
    if (known === NOWHERE) return undefined;
    const said = components[known];
    const definition = system.components[positions[known]!]!;
    // Others decide of the rest, too.
    const isByItself = said?.vantage === undefined && said?.slo === undefined;
    if (hasSameDefaults && isByItself) return { definition, written: said };
    return { definition: undefined, written: said ?? saidBy(definition) };
  };
}

/** Where among the definitions each of the components of the file is: the root is in front of them, and behind each what its places see. */
function* positionsOf(components: CompiledConfig['components']): Steps<Uint32Array> {
  const positions = new Uint32Array(components.length);
  let at = 1;
  for (let index = 0; index < components.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    positions[index] = at;
    at += 1 + (components[index]?.vantage?.from.length ?? 0);
  }
  return positions;
}

function countOf({ starts }: WrittenEntries): number {
  return starts.length - 1;
}

/** Whether they say the same. */
function isSameEntry(before: WrittenEntries, at: number, now: WrittenEntries, index: number): boolean {
  const [from, to] = [now.starts[index]!, now.starts[index + 1]!];
  const [fromBefore, toBefore] = [before.starts[at]!, before.starts[at + 1]!];
  return toBefore - fromBefore === to - from && before.bytes.compare(now.bytes, from, to, fromBefore, toBefore) === 0;
}

/** With a character for each byte. */
function entryAt({ bytes, starts }: WrittenEntries, index: number): string {
  return bytes.toString('latin1', starts[index], starts[index + 1]);
}

function isSame(a: CompiledConfig['written']['defaults'], b: typeof a): boolean {
  return a === undefined || b === undefined ? a === b : equals(DefaultsSchema, a, b);
}
