// Sources of components in a configuration: the components that each of them brings without having given anything yet, what is wrong with
// them, and how what they give is put together with what the file has.
import { create } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import {
  type Component,
  ComponentSchema,
  type Config,
  type Defaults,
  DiscoveryProbeSchema,
  type DiscoverySource,
  DiscoverySourceSchema,
  GroupSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertSettings } from '../../core/alert.ts';
import { tableOfRoutes } from '../../core/alert-routes.ts';
import type { ComponentDefinition, Member, SystemDefinition } from '../../core/definition.ts';
import { quoteName } from '../../core/quote-name.ts';
import { type Steps, settled } from '../../core/steps.ts';
import { durationFromMs } from '../duration.ts';
import { formatPath, type Path, type PathFault } from '../fault.ts';
import { checkComponent, type ProbeCheck } from './check-components.ts';
import { type KnownFaults, knowFaults } from './consequences.ts';
import { fillComponent } from './defaults.ts';
import { fingerprint, toDefinition } from './definitions.ts';
import { redactComponent, type ShownComponent } from './redact.ts';
import type { RuleCheck, RuleFault } from './validate.ts';

/** What the room of discovery knows of a source, as an argument. */
export interface DiscoveryCheck {
  /** What is wrong with one that is valid by its schema; paths are from the source on. */
  check(source: DiscoverySource): readonly PathFault[];
  /** What its template makes of some target, and the fields that cannot be known before there is one. */
  sample(source: DiscoverySource): { readonly component: Component; readonly open: readonly Path[] };
}

export interface SourceSettings {
  readonly id: string;
  readonly keepForMs: number;
  readonly limit: number;
  readonly options: DiscoverySource;
  /** Equal ones: the same is asked in the same way, whatever is made of it. */
  readonly fingerprint: string;
}

/** A component that a source has given. */
export interface DiscoveredComponent {
  readonly definition: ComponentDefinition;
  /** With defaults filled in. */
  readonly component: Component;
}

export type CompileDiscovered = (
  component: Component,
  source: string,
) => Steps<
  { readonly ok: true; readonly compiled: DiscoveredComponent } | { readonly ok: false; readonly message: string }
>;

const DEFAULT_KEEP_FOR_MS = 300_000;
const DEFAULT_LIMIT = 1000;
/** How often it is looked at how a source is; changes come by themselves. */
const LOOK_MS = 10_000;
/** Keys of a source by which components are made. */
const MAKING: ReadonlySet<unknown> = new Set(['template', 'keep']);

export function statusIdOf(source: string): string {
  return `discovery.${source}`;
}

/**
 * Two for each source, in its order: the group of what it gives, and how it is. The group has what its members will depend on, so
 * that references and cycles are found; `withoutDependencies` takes it away.
 */
export function componentsOfSources({ discovery }: Config): readonly Component[] {
  return discovery.flatMap(({ id, displayName, labels, rule, template }) => [
    create(ComponentSchema, {
      id,
      displayName,
      labels: { ...labels },
      dependsOn: [...new Set(template?.dependsOn ?? [])],
      kind: { case: 'group', value: create(GroupSchema, rule && { rule }) },
    }),
    create(ComponentSchema, {
      id: statusIdOf(id),
      labels: { ...labels },
      interval: durationFromMs(LOOK_MS),
      unhealthyInterval: durationFromMs(LOOK_MS),
      kind: { case: 'discovery', value: create(DiscoveryProbeSchema, { source: id }) },
    }),
  ]);
}

/** Where a fault of such a component stands in the file; other paths stay. @param own components of the file */
export function placeInSource(path: Path, own: number): Path {
  const [list, index, field, position] = path;
  if (list !== 'components' || typeof index !== 'number' || index < own) return path;
  const source = ['discovery', Math.floor((index - own) / 2)];
  return field === 'depends_on'
    ? [...source, 'template', field, position!]
    : [...source, field === 'group' ? 'rule' : 'id'];
}

/** What the rules of the schema cannot see. */
export function* checkDiscovery(
  { discovery, defaults }: Config,
  known: KnownFaults,
  { discovery: room, checkRules, checkProbe }: Checks,
): Steps<readonly PathFault[]> {
  const faults: PathFault[] = [];
  const ids = new Map<string, number>();
  for (const [index, source] of discovery.entries()) {
    yield;
    const at: Path = ['discovery', index];
    if (source.id !== '' && ids.has(source.id))
      faults.push({ path: [...at, 'id'], message: 'is the id of another source too' });
    ids.set(source.id, index);
    if (room === undefined) continue;
    const isNew = ({ path }: PathFault) => !known.touch(path) && !known.explain(path);
    const own = room.check(source).map(({ path, message }) => ({ path: [...at, ...path], message }));
    faults.push(...own.filter(isNew));
    // What a template makes can be seen of one without faults, whatever is wrong with where targets come from.
    const template = [...at, 'template'];
    if (known.touch(template) || known.touch([...at, 'id']) || own.some(({ path }) => MAKING.has(path[at.length])))
      continue;
    const { component, open } = room.sample(source);
    component.id = `${source.id}.sample`;
    const wrong = yield* faultsOf(component, defaults, { checkRules, checkProbe });
    for (const { path, message, atKey = false } of wrong) {
      const isOpen = open.some((field) => field.every((segment, position) => path[position] === segment));
      if (!isOpen || atKey) faults.push({ path: [...template, ...path], message });
    }
  }
  // What one gives could have an id of what another one gives.
  for (const [id, index] of ids) {
    const around = [...ids.keys()].find((other) => id.startsWith(`${other}.`));
    if (around !== undefined) {
      const message = `begins as the ids of what ${quoteName(around)} gives do: choose another`;
      faults.push({ path: ['discovery', index, 'id'], message });
    }
  }
  return faults;
}

interface Checks {
  readonly discovery?: DiscoveryCheck | undefined;
  readonly checkRules: RuleCheck;
  readonly checkProbe: ProbeCheck;
}

export function toSourceSettings({ discovery }: Config): readonly SourceSettings[] {
  return discovery.map((options) => {
    const { id, keepFor, limit, kind } = options;
    return {
      id,
      keepForMs: keepFor ? durationMs(keepFor) : DEFAULT_KEEP_FOR_MS,
      limit: limit ?? DEFAULT_LIMIT,
      options,
      fingerprint: fingerprint(DiscoverySourceSchema, create(DiscoverySourceSchema, { id, kind })),
    };
  });
}

/** How components that sources give are checked and made: as those of the file. */
export function createDiscoveredCompiler(
  defaults: Defaults | undefined,
  checks: Pick<Checks, 'checkRules' | 'checkProbe'>,
): CompileDiscovered {
  return function* (component, source) {
    const [fault] = yield* faultsOf(component, defaults, checks);
    if (fault !== undefined) return { ok: false, message: `${formatPath(fault.path)} ${fault.message}` };
    const filled = fillComponent(component, defaults);
    return { ok: true, compiled: { definition: { ...toDefinition(filled), source }, component: filled } };
  };
}

function* faultsOf(
  component: Component,
  defaults: Defaults | undefined,
  { checkRules, checkProbe }: Pick<Checks, 'checkRules' | 'checkProbe'>,
): Steps<readonly (PathFault & Partial<RuleFault>)[]> {
  const faults = yield* settled(checkRules(ComponentSchema, component));
  if (faults.length > 0) return faults;
  if (component.vantage !== undefined) return [{ path: ['vantage'], message: 'is for components of the file alone' }];
  return checkComponent(
    fillComponent(component, defaults),
    [],
    knowFaults([], () => true),
    checkProbe,
  );
}

export interface Merged {
  readonly system: SystemDefinition;
  readonly alerts: AlertSettings;
  readonly describe: (id: string) => ShownComponent | undefined;
}

/** What there is with what the sources give: members of their groups. */
export function* mergeDiscovered(
  file: Merged,
  given: ReadonlyMap<string, readonly DiscoveredComponent[]>,
): Steps<Merged> {
  const { system, alerts, describe } = file;
  if (given.size === 0) return file;
  const byId = new Map<string, Component>();
  const components: ComponentDefinition[] = [];
  for (const definition of system.components) {
    const discovered = given.get(definition.id);
    if (discovered === undefined || definition.subject.type !== 'group') {
      components.push(definition);
      continue;
    }
    const members = discovered.map(
      ({ definition: { id } }): Member => ({ component: id, impact: 'CRITICAL', weight: 1 }),
    );
    components.push({ ...definition, subject: { ...definition.subject, members } });
  }
  for (const list of given.values()) {
    for (const { definition, component } of list) {
      yield;
      components.push(definition);
      byId.set(definition.id, component);
    }
  }
  return {
    system: { ...system, components },
    alerts: { ...alerts, table: yield* tableOfRoutes(alerts.routes, components) },
    describe(id) {
      const component = byId.get(id);
      return component === undefined ? describe(id) : redactComponent(component);
    },
  };
}
