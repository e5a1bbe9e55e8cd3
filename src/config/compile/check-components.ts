// What the rules of the schema cannot see of components, since it takes other components, calendars or compilers: checked
// here for everything that has no fault yet.
import { type Component, ComponentSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition } from '../../core/definition.ts';
import { compileGraphInSteps } from '../../core/graph.ts';
import type { Steps } from '../../core/steps.ts';
import { durationToMs, formatDuration } from '../duration.ts';
import { type Path, type PathFault, quoteName } from '../fault.ts';
import { checkCalendar } from './calendar.ts';
import type { KnownFaults } from './consequences.ts';
import { hasSchedule, longestIntervalMs } from './defaults.ts';
import { toGraphNodes } from './definitions.ts';
import { pathOfPlace, placeIds } from './vantage.ts';

/** What is wrong with the options of a kind of probe; paths are from the options on. */
export type ProbeCheck = (kind: string, options: unknown) => readonly PathFault[];

/** `components` are those of the configuration, filled. */
export function* checkComponents(
  components: readonly Component[],
  root: Component,
  known: KnownFaults,
  checkProbe: ProbeCheck,
): Steps<readonly PathFault[]> {
  const faults: PathFault[] = [];
  for (const [index, component] of components.entries()) {
    yield;
    faults.push(...checkComponent(component, ['components', index], known, checkProbe));
    if (component.id === root.id) {
      const message = `${quoteName(root.id)} is the id of the root group: choose another, or set root.id`;
      faults.push({ path: ['components', index, 'id'], message });
    }
  }
  return faults;
}

/** By itself. @param component filled */
export function checkComponent(
  component: Component,
  at: Path,
  known: KnownFaults,
  checkProbe: ProbeCheck,
): PathFault[] {
  const faults: PathFault[] = [];
  /** Looks at what has no fault yet. */
  const look = (path: Path, check: () => readonly PathFault[]) => {
    if (!known.touch(path)) faults.push(...check().map((fault) => ({ ...fault, path: [...path, ...fault.path] })));
  };
  const { kind, maintenance } = component;
  if (kind.case !== undefined && hasSchedule(component)) {
    // Each field that has no fault yet, so that all faults of a component are listed at once.
    const options = [...at, ComponentSchema.field[kind.case].name];
    for (const { path, message } of checkProbe(kind.case, kind.value)) {
      const place = [...options, ...path];
      if (!known.touch(place) && !known.explain(place)) faults.push({ path: place, message });
    }
    if (SCHEDULE.every((name) => !known.touch([...at, name])) && !known.touch(['defaults'])) {
      look([...at, 'stale_after'], () => checkStaleAfter(component));
    }
  }
  for (const [position, id] of placeIds(component).entries()) {
    const place = [...at, ...pathOfPlace(position)];
    if (id.length > MAX_ID && !known.touch(place)) {
      faults.push({ path: place, message: `makes an id of more than ${MAX_ID} characters: ${quoteName(id)}` });
    }
  }
  if (kind.case === 'heartbeat') look([...at, 'heartbeat'], () => checkCalendar(kind.value));
  maintenance?.windows.forEach((window, position) => {
    look([...at, 'maintenance', 'windows', position], () => checkCalendar(window));
  });
  return faults;
}

/** Of a list of components. */
const ROOT = -1;

/** Of the characters of an id. */
const MAX_ID = 128;

/** Keys that the check of stale_after looks at. */
const SCHEDULE = ['interval', 'unhealthy_interval', 'timeout', 'stale_after'];

function checkStaleAfter(component: Component): readonly PathFault[] {
  const staleAfterMs = durationToMs(component.staleAfter!);
  const leastMs = Math.max(longestIntervalMs(component), durationToMs(component.timeout!));
  if (staleAfterMs > leastMs) return [];
  const message = `must be longer than the intervals and the timeout, so more than ${formatDuration(leastMs)}`;
  return [{ path: [], message }];
}

function ofPlace(component: Component, place: number, message: string): string {
  return `makes the component ${quoteName(placeIds(component)[place]!)}: ${message}`;
}

/** Ids, references, cycles and quorums over all components that have an id, complete or not. */
export function* checkReferences(
  components: readonly Component[],
  root: Component,
  known: KnownFaults,
): Steps<readonly PathFault[]> {
  const nodes: ComponentDefinition[] = [];
  /** By node: the position of its component, or that of the root; and of which of its places it is. */
  const [owners, places]: [number[], number[]] = [[], []];
  const add = (component: Component, owner: number) => {
    for (const [position, node] of toGraphNodes(component).entries()) {
      nodes.push(node);
      owners.push(owner);
      places.push(position - 1);
    }
  };
  // A component that takes the root's id is a fault already; the root would only make it a second one. The root comes first,
  // so that a cycle through it is closed by a component, which is in the file.
  if (!components.some(({ id }) => id === root.id)) add(root, ROOT);
  for (const [index, component] of components.entries()) {
    yield;
    if (component.id !== '') add(component, index);
  }
  const graph = yield* compileGraphInSteps({ rootId: root.id, components: nodes });
  if (graph.ok) return [];
  // How many members count is not known while some of them are wrong.
  const uncounted = new Set(
    graph.faults.filter(({ path }) => path[1] === 'members').map((fault) => fault.componentIndex),
  );
  return graph.faults
    .filter(({ path, componentIndex }) => path[1] !== 'rule' || !uncounted.has(componentIndex))
    .map(({ componentIndex, path, message }) => {
      const [owner, place] = [owners[componentIndex]!, places[componentIndex]!];
      const component = owner === ROOT ? root : components[owner]!;
      const at = owner === ROOT ? ['root'] : ['components', owner];
      if (place >= 0) return { path: [...at, ...pathOfPlace(place)], message: ofPlace(component, place, message) };
      // The root group is written without the key `group`, and the rule of places stands in `vantage`.
      if (component === root) return { path: [...at, ...path.slice(1)], message };
      const isOfPlaces = component.vantage !== undefined && path[0] === 'group';
      return { path: [...at, ...(isOfPlaces ? ['vantage', ...path.slice(1)] : path)], message };
    })
    .filter(({ path }) => !known.explain(path));
}
