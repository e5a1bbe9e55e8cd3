// Whether the components of a configuration refer to one another as those of one before did: then there is nothing wrong with that, as there
// was not, and the root has the members that it had.
import { equals } from '@bufbuild/protobuf';
import { type Config, RootSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { SystemDefinition } from '../../core/definition.ts';
import { IN_A_STEP, type Steps } from '../../core/steps.ts';
import type { ComponentList } from './component-list.ts';
import type { WrittenComponent } from './written-component.ts';

interface Before {
  readonly written: Roots;
  readonly components: readonly (WrittenComponent | undefined)[];
  readonly system: SystemDefinition;
}

type Roots = Pick<Config, 'root' | 'discovery'>;

/** @param before a configuration without faults */
export function* hasSameReferences(before: Before, written: Roots, now: ComponentList): Steps<boolean> {
  if (before.components.length !== now.length || !hasSameRoot(before.written, written)) return false;
  // The root is in front of them, and behind each what its places see.
  let at = 1;
  for (let index = 0; index < now.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    const known = before.components[index];
    const { id } = before.system.components[at]!;
    at += 1 + (known?.vantage?.from.length ?? 0);
    const component = now.written[index];
    if (known !== undefined && known === component) continue;
    if (!(now.id(index) === id && isAlone(known) && isAlone(component))) return false;
  }
  return true;
}

/** Without sources, which have groups of their own, and without an objective, which looks at all members. */
function hasSameRoot(before: Roots, now: Roots): boolean {
  if (before.discovery.length + now.discovery.length > 0) return false;
  const [a, b] = [before.root, now.root];
  if (a === undefined || b === undefined) return a === b;
  return a.slo === undefined && equals(RootSchema, a, b);
}

/** Left out: a probe that says nothing more. */
function isAlone(written: WrittenComponent | undefined): boolean {
  if (written === undefined) return true;
  const { kind, dependsOn = [], vantage } = written;
  return kind.case !== 'group' && dependsOn.length === 0 && vantage === undefined;
}
