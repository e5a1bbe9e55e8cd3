// `observer` of the configuration: what has to be there for what probes see to count.
import type { Config } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ObserverDefinition } from '../../core/definition.ts';
import { nearestName } from '../../core/nearest.ts';
import { quoteName } from '../../core/quote-name.ts';
import type { PathFault } from '../fault.ts';
import type { ComponentList } from './component-list.ts';
import { hasSchedule } from './defaults.ts';

export function checkObserver({ observer }: Config, components: ComponentList): readonly PathFault[] {
  if (observer === undefined) return [];
  const faults: PathFault[] = [];
  observer.witnesses.forEach((id, position) => {
    const component = components.find(id);
    const path = ['observer', 'witnesses', position];
    if (component === undefined) {
      const nearest = nearestName(id, components.ids());
      const hint = nearest === undefined ? '' : `, did you mean ${quoteName(nearest)}?`;
      faults.push({ path, message: `there is no component ${quoteName(id)}${hint}` });
    } else if (component.vantage !== undefined) {
      faults.push({
        path,
        message: `${quoteName(id)} is probed from other places: a witness is what OpenK asks itself`,
      });
    } else if (component.kind.case !== undefined && !hasSchedule(component)) {
      faults.push({ path, message: `${quoteName(id)} is not probed: a witness is what a probe of OpenK asks itself` });
    }
  });
  const { quorum = 1, witnesses } = observer;
  if (witnesses.length > 0 && quorum > witnesses.length) {
    const message = `asks for ${quorum} witnesses, and there are only ${witnesses.length}`;
    faults.push({ path: ['observer', 'quorum'], message });
  }
  return faults;
}

/** Of a configuration without faults. */
export function toObserver({ observer }: Config): ObserverDefinition | undefined {
  return observer && { witnesses: [...observer.witnesses], quorum: observer.quorum ?? 1 };
}
