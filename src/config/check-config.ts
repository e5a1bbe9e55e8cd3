// What the rules of the schema cannot see, since it takes other components, files, calendars or compilers: checked here
// for everything that has no fault yet.
import { type Component, ComponentSchema, type Config } from '../../gen/openk/config/v1/config_pb.ts';
import { compileGraph } from '../core/graph.ts';
import { checkCalendar } from './calendar.ts';
import type { KnownFaults } from './consequences.ts';
import { hasSchedule, longestIntervalMs } from './defaults.ts';
import { toGraphNode } from './definitions.ts';
import { durationToMs, formatDuration } from './duration.ts';
import { type Path, quoteName } from './fault.ts';
import { checkServerTls } from './server-tls.ts';

/** What is wrong with the options of a kind of probe; paths are from the options on. */
export type ProbeCheck = (kind: string, options: unknown) => readonly ValueFault[];

export interface ValueFault {
  readonly path: Path;
  readonly message: string;
}

/** `components` are those of `config`, filled. */
export function checkConfig(
  config: Config,
  components: readonly Component[],
  root: Component,
  known: KnownFaults,
  checkProbe: ProbeCheck,
): readonly ValueFault[] {
  const faults: ValueFault[] = [];
  /** Looks at what has no fault yet. */
  const look = (at: Path, check: () => readonly ValueFault[]) => {
    if (!known.touch(at)) for (const { path, message } of check()) faults.push({ path: [...at, ...path], message });
  };
  const { tls } = config;
  if (tls) look(['tls'], () => checkServerTls(tls));
  components.forEach((component, index) => {
    const at = ['components', index];
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
    if (kind.case === 'heartbeat') look([...at, 'heartbeat'], () => checkCalendar(kind.value));
    maintenance?.windows.forEach((window, position) => {
      look([...at, 'maintenance', 'windows', position], () => checkCalendar(window));
    });
    if (component.id === root.id) {
      const message = `${quoteName(root.id)} is the id of the root group: choose another, or set root.id`;
      faults.push({ path: [...at, 'id'], message });
    }
  });
  return [...faults, ...checkGraph(components, root).filter(({ path }) => !known.explain(path))];
}

/** Keys that the check of stale_after looks at. */
const SCHEDULE = ['interval', 'unhealthy_interval', 'timeout', 'stale_after'];

function checkStaleAfter(component: Component): readonly ValueFault[] {
  const staleAfterMs = durationToMs(component.staleAfter!);
  const leastMs = Math.max(longestIntervalMs(component), durationToMs(component.timeout!));
  if (staleAfterMs > leastMs) return [];
  const message = `must be longer than the intervals and the timeout, so more than ${formatDuration(leastMs)}`;
  return [{ path: [], message }];
}

/** Ids, references, cycles and quorums over all components that have an id, complete or not. */
function checkGraph(components: readonly Component[], root: Component): readonly ValueFault[] {
  const named = [...components.entries()].filter(([, { id }]) => id !== '');
  // A component that takes the root's id is a fault already; the root would only make it a second one.
  const withRoot = named.every(([, { id }]) => id !== root.id);
  // The root comes first, so that a cycle through it is closed by a component, which is in the file.
  const placed: readonly (readonly [Path, Component])[] = [
    ...(withRoot ? [[['root'], root] as const] : []),
    ...named.map(([index, component]) => [['components', index], component] as const),
  ];
  const graph = compileGraph({ rootId: root.id, components: placed.map(([, component]) => toGraphNode(component)) });
  if (graph.ok) return [];
  // How many members count is not known while some of them are wrong.
  const uncounted = new Set(
    graph.faults.filter(({ path }) => path[1] === 'members').map((fault) => fault.componentIndex),
  );
  return graph.faults
    .filter(({ path, componentIndex }) => path[1] !== 'rule' || !uncounted.has(componentIndex))
    .map(({ componentIndex, path, message }) => {
      const [at, component] = placed[componentIndex]!;
      // The root group is written without the key `group`.
      return { path: [...at, ...(component === root ? path.slice(1) : path)], message };
    });
}
