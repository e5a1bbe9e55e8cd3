// Whether the components of a configuration refer to one another as those of one before did: then there is nothing wrong with that, as there
// was not, and the root has the members that it had.
import { equals } from '@bufbuild/protobuf';
import { type Config, RootSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import { IN_A_STEP, type Steps } from '../../core/steps.ts';
import type { WrittenComponent } from './written-component.ts';

interface Written {
  readonly written: Pick<Config, 'root' | 'discovery'>;
  readonly components: readonly WrittenComponent[];
}

/** @param before of a configuration without faults */
export function* hasSameReferences(before: Written, now: Written): Steps<boolean> {
  if (before.components.length !== now.components.length || !hasSameRoot(before.written, now.written)) return false;
  for (let index = 0; index < now.components.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    const component = now.components[index]!;
    const known = before.components[index]!;
    if (known !== component && !(known.id === component.id && isAlone(known) && isAlone(component))) return false;
  }
  return true;
}

/** Without sources, which have groups of their own, and without an objective, which looks at all members. */
function hasSameRoot(before: Written['written'], now: Written['written']): boolean {
  if (before.discovery.length + now.discovery.length > 0) return false;
  const [a, b] = [before.root, now.root];
  if (a === undefined || b === undefined) return a === b;
  return a.slo === undefined && equals(RootSchema, a, b);
}

function isAlone({ kind, dependsOn = [], vantage }: WrittenComponent): boolean {
  return kind.case !== 'group' && dependsOn.length === 0 && vantage === undefined;
}
