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

export type FindKnown = (text: string) => KnownComponent | undefined;

/** @param defaults of the file that is read now */
export function* knownEntries(
  { components, system, written }: Pick<CompiledConfig, 'components' | 'system' | 'written'>,
  { text, starts }: WrittenEntries,
  defaults: CompiledConfig['written']['defaults'],
): Steps<FindKnown> {
  const indexes = new Map<string, number>();
  const definitions: (ComponentDefinition | undefined)[] = [];
  const hasSameDefaults = isSame(written.defaults, defaults);
  // The root is in front of them, and behind each what its places see.
  let at = 1;
  for (const [index, { vantage, slo }] of components.entries()) {
    yield;
    indexes.set(text.slice(starts[index], starts[index + 1]), index);
    const isByItself = vantage === undefined && slo === undefined;
    definitions.push(isByItself && hasSameDefaults ? system.components[at] : undefined);
    at += 1 + (vantage?.from.length ?? 0);
  }
  return (entry) => {
    const index = indexes.get(entry);
    return index === undefined ? undefined : new KnownComponent(components[index]!, definitions[index]);
  };
}

function isSame(a: CompiledConfig['written']['defaults'], b: typeof a): boolean {
  return a === undefined || b === undefined ? a === b : equals(DefaultsSchema, a, b);
}
