// `vantage` of components: what each place sees, as a component of its own, and the component itself as a group of these.
import type { Component } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition, GroupSubject, ProbeSubject, Rule } from '../../core/definition.ts';
import type { Path } from '../fault.ts';

/** Of a component that has places: their ids, in the order of their names in the file. */
export function placeIds({ id, vantage }: Pick<Component, 'id' | 'vantage'>): readonly string[] {
  return vantage?.from.map((place) => `${id}.${place}`) ?? [];
}

/** Where the fault of a component that a place makes stands, from its owner on. */
export function pathOfPlace(at: number): Path {
  return ['vantage', 'from', at];
}

/** What most of them see. Where halves disagree, it is neither well nor gone. */
export function majorityOf(places: number): Rule {
  return {
    kind: 'quorum',
    healthy: { count: Math.floor(places / 2) + 1 },
    degraded: { count: Math.ceil(places / 2) },
  };
}

/** The group of all its places, whatever its own kind is. */
export function groupOfPlaces(component: Component, rule: Rule | undefined): GroupSubject {
  const ids = placeIds(component);
  return {
    type: 'group',
    rule: rule ?? majorityOf(ids.length),
    members: ids.map((id) => ({ component: id, impact: 'CRITICAL', weight: 1 })),
    isOfPlaces: true,
  };
}

/** What each place sees: the same probe, with thresholds, history and maintenance of its own. */
export function placesOf(
  component: Component,
  owner: ComponentDefinition,
  subject: ProbeSubject,
): ComponentDefinition[] {
  const { labels, servingWhenDegraded, links, maintenance } = owner;
  return (component.vantage?.from ?? []).map((place, at) => ({
    id: placeIds(component)[at]!,
    displayName: `${owner.displayName ?? owner.id} (${place})`,
    labels,
    dependsOn: [],
    servingWhenDegraded,
    ...(links && { links }),
    ...(maintenance && { maintenance }),
    place,
    subject: { ...subject, fingerprint: `${subject.fingerprint} from ${place}` },
  }));
}
