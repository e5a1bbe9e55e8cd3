// From a message to what OpenK runs by, or to all of its faults: rules, defaults, the checks that rules cannot make, definitions.
// It knows no YAML: whoever has a message gets the same faults, without lines and columns. In short steps, since there may be
// very many components; the files that it looks at are those of the port's certificate and of the probes' authorities.
import { type Component, ComponentSchema, type Config, ConfigSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertSettings } from '../../core/alert.ts';
import { tableOfRoutes } from '../../core/alert-routes.ts';
import type { ComponentDefinition, SystemDefinition } from '../../core/definition.ts';
import type { StatusPageDefinition } from '../../core/status-page.ts';
import { IN_A_STEP, type Steps, settled } from '../../core/steps.ts';
import type { Path, PathFault } from '../fault.ts';
import { type ChannelCheck, checkAlerts, toAlertSettings, warnOfAlerts } from './alerts.ts';
import {
  type AuthSettings,
  checkAuth,
  checkPingTokens,
  type PingToken,
  type RoleCheck,
  toAuthSettings,
  toPingTokens,
} from './auth.ts';
import { checkComponents, checkReferences, type ProbeCheck } from './check-components.ts';
import { checkProbePlaces, type ProbeHost } from './check-probe-places.ts';
import { type ClientTlsCheck, checkClientFiles } from './client-files.ts';
import { ComponentList } from './component-list.ts';
import { type KnownFaults, knowFaults } from './consequences.ts';
import { createRootGroup, toDefinitions } from './definitions.ts';
import { descriptionsOf } from './descriptions.ts';
import {
  type CompileDiscovered,
  checkDiscovery,
  componentsOfSources,
  createDiscoveredCompiler,
  type DiscoveryCheck,
  placeInSource,
  type SourceSettings,
  toSourceSettings,
} from './discovery.ts';
import { checkInstance } from './instance.ts';
import type { KnownComponent } from './known-component.ts';
import { checkObserver, toObserver } from './observer.ts';
import { type Reading, readingOf } from './reading.ts';
import type { ShownComponent } from './redact.ts';
import { hasSameReferences } from './same-references.ts';
import { checkServerTls } from './server-tls.ts';
import { type Settings, toSettings } from './settings.ts';
import { checkBurnRates, checkSlo, looksAt, type PlacedSlo, toSlo } from './slo.ts';
import { compileStatusPages } from './status-pages.ts';
import type { RuleCheck } from './validate.ts';
import type { WrittenComponent } from './written-component.ts';

export interface CompileOptions {
  /** What the kind of probe itself finds wrong with options that are valid by the schema. */
  readonly checkProbe: ProbeCheck;
  /** Whether the condition of a role can be used. */
  readonly checkRole: RoleCheck;
  readonly checkRules: RuleCheck;
  /** What the kind of channel itself finds wrong. Left out: nothing beyond the schema. */
  readonly checkChannel?: ChannelCheck;
  /** Left out: files for TLS towards other instances and sources of components are not looked at. */
  readonly checkClientTls?: ClientTlsCheck;
  /** Left out: it is not checked whether all that is watched could be looked at in time. */
  readonly probeHost?: ProbeHost;
  /** Left out: templates and sources of components are not checked beyond the schema. */
  readonly discovery?: DiscoveryCheck;
}

/** A reload puts definitions of the configuration before in the place of equal ones. */
export interface OwnSystem extends SystemDefinition {
  readonly components: ComponentDefinition[];
}

/** A configuration without faults, with every default filled in. */
export interface CompiledConfig extends Settings {
  readonly system: OwnSystem;
  /** Undefined: nobody has said who may do what. */
  readonly auth: AuthSettings | undefined;
  readonly pingTokens: readonly PingToken[];
  readonly statusPages: readonly StatusPageDefinition[];
  readonly alerts: AlertSettings;
  /** Who gives components that the file has not. */
  readonly sources: readonly SourceSettings[];
  /** Makes and checks what they give. */
  readonly compileDiscovered: CompileDiscovered;
  /** Message as it was given, without defaults and without its components. */
  readonly written: Config;
  /**
   * Those of the file, as they were given but for the defaults of their kinds: what they are shown by. Undefined: a probe of which its
   * definition in `system` says all.
   */
  readonly components: readonly (WrittenComponent | undefined)[];
  /** A component as configured, with defaults filled in and secrets redacted: fit for the API. Also the root group. */
  readonly describe: (id: string) => ShownComponent | undefined;
}

export interface CompileFault extends PathFault {
  /** The key of a map is wrong, not its value. */
  readonly atKey?: boolean;
}

export type CompileResult =
  /** What is warned of may not work as it is meant, and is served all the same. */
  | { readonly ok: true; readonly config: CompiledConfig; readonly warnings: readonly PathFault[] }
  /** Without those of the reading, which may be all there are. */
  | { readonly ok: false; readonly faults: readonly CompileFault[] };

/** Gives the components that are written, one after the other. */
export interface ComponentSource {
  /** The next one, where it is known from before. Undefined: ask `next` for it. */
  readonly takeKnown: () => KnownComponent | undefined;
  /** Undefined: there is none left. */
  readonly next: () => Steps<Component | undefined>;
}

/** Those of a message that has all of them. */
export function componentsOf({ components }: Config): ComponentSource {
  const all = components.values();
  return {
    takeKnown: () => undefined,
    // biome-ignore lint/correctness/useYield: there is nothing to do in between
    *next() {
      return all.next().value;
    },
  };
}

/**
 * File names in the message must be absolute.
 * @param source of its components; what they are is kept, and the messages are not
 * @param earlier whose components there may be among them
 */
export function* compileConfig(
  written: Config,
  options: CompileOptions,
  reading: Reading = readingOf(written),
  source: ComponentSource = componentsOf(written),
  earlier?: CompiledConfig,
): Steps<CompileResult> {
  const has = reading.has.bind(reading);
  const foundByReading = knowFaults(reading.faults, has);
  const violations = [...(yield* settled(options.checkRules(ConfigSchema, { ...written, components: [] })))];
  const components = new ComponentList(written.defaults, (index) => has(['components', index, 'slo', 'exclude']));
  for (;;) {
    const known = source.takeKnown();
    if (known !== undefined) {
      if (components.length % IN_A_STEP === 0) yield;
      components.addKnown(known);
      continue;
    }
    yield;
    const component = yield* source.next();
    if (component === undefined) break;
    for (const fault of yield* settled(options.checkRules(ComponentSchema, component))) {
      violations.push({ ...fault, path: ['components', components.length, ...fault.path] });
    }
    components.add(component);
  }
  const own = components.length;
  for (const component of componentsOfSources(written)) components.addOfSource(component);
  const placed = <Fault extends PathFault>(faults: readonly Fault[]) =>
    faults.map((fault) => ({ ...fault, path: placeInSource(fault.path, own) }));
  const excludesNothing = has(['root', 'slo', 'exclude']);
  const sameAs = earlier && (yield* hasSameReferences(earlier, written, components)) ? earlier : undefined;
  // Nobody looks at the members of one whose definition is known.
  const root = yield* createRootGroup(
    { root: written.root, components: sameAs ? [] : components.said() },
    excludesNothing,
  );
  const broken = violations.filter(({ path }) => !foundByReading.explain(path));
  const known = knowFaults([...reading.faults, ...broken], has);
  const statusPages = yield* compileStatusPages(written, behind(root, components), known);
  const faults: readonly CompileFault[] = [
    ...broken,
    ...checkTls(written, known),
    ...(yield* checkAuth(written, known, options.checkRole)),
    ...(yield* checkPingTokens(components.written, known)),
    ...(yield* checkComponents(components, root, known, options.checkProbe)),
    ...(sameAs ? [] : yield* checkReferences(components, root, known)),
    ...statusPages.faults,
    ...(yield* checkAlerts(written, behind(root, components.said()), known, options.checkChannel ?? (() => []))),
    ...checkObserver(written, components),
    ...checkInstance(written),
    ...(options.checkClientTls ? checkClientFiles(written, known, options.checkClientTls) : []),
    ...(yield* checkDiscovery(written, known, options)),
  ];
  if (reading.faults.length + faults.length > 0) return { ok: false, faults: placed(faults) };
  const ofSources = Array.from({ length: components.length - own }, (_, index) => components.at(own + index));
  for (const component of ofSources) component.dependsOn = [];

  const settings = toSettings(written, has(['probes', 'deny_addresses']));
  const { probesInFlight: inFlight, probesInFlightPerHost: inFlightPerHost } = settings.limits;
  const { probeHost } = options;
  const find = (id: string) => (id === root.id ? root : components.find(id));
  const definitions: ComponentDefinition[] = [];
  const slos: PlacedSlo[] = [];
  const define = (component: Component, path: Path) => {
    const [definition, ...places] = toDefinitions(component);
    if (component.slo === undefined) {
      definitions.push(definition, ...places);
      return;
    }
    const looks = looksAt(component, find);
    const slo = toSlo(component.slo, looks.everyMs);
    definitions.push({ ...definition, slo }, ...places);
    slos.push({ component: component.id, path: [...path, 'slo'], slo, looks });
  };
  if (sameAs === undefined) define(root, ['root']);
  else definitions.push(sameAs.system.components[0]!);
  for (let index = 0; index < components.length; index++) {
    const sameAsBefore = components.definition(index);
    if (sameAsBefore === undefined || index % IN_A_STEP === 0) yield;
    if (sameAsBefore === undefined) define(components.at(index), ['components', index]);
    else definitions.push(sameAsBefore);
  }
  const observer = toObserver(written);
  const system: OwnSystem = { rootId: root.id, components: definitions, ...(observer && { observer }) };
  const alerts = toAlertSettings(written, has(['alerts', 'deny_addresses']));
  const table = yield* tableOfRoutes(alerts.routes, definitions);
  const sloFaults = slos.flatMap((placed) => checkSlo(placed, settings.retention));
  sloFaults.push(...checkBurnRates(slos, alerts.routes, table));
  if (sloFaults.length > 0) return { ok: false, faults: placed(sloFaults) };
  const warnings = [
    ...findFormerKeys(written),
    ...statusPages.warnings,
    ...(probeHost ? yield* checkProbePlaces(definitions, { inFlight, inFlightPerHost }, probeHost) : []),
    ...(yield* warnOfAlerts(alerts.routes, table, system)),
  ];
  const compiled: CompiledConfig = {
    ...settings,
    system,
    alerts: { ...alerts, table },
    auth: toAuthSettings(written),
    pingTokens: yield* toPingTokens(components.written),
    statusPages: statusPages.pages,
    sources: toSourceSettings(written),
    compileDiscovered: createDiscoveredCompiler(written.defaults, options),
    written: { ...written, components: [] },
    components: components.written,
    describe: descriptionsOf(components.written, definitions, written, {
      ofSources,
      exclusions: components.exclusions,
      rootId: root.id,
      excludesNothing,
    }),
  };
  return { ok: true, config: compiled, warnings: placed(warnings) };
}

function* behind<Item, Other>(first: Item, others: Iterable<Other>): Generator<Item | Other> {
  yield first;
  yield* others;
}

function checkTls({ tls }: Config, known: KnownFaults): readonly PathFault[] {
  if (tls === undefined || known.touch(['tls'])) return [];
  return checkServerTls(tls).map(({ path, message }) => ({ path: ['tls', ...path], message }));
}

function findFormerKeys({ server, limits }: Config): readonly PathFault[] {
  const faults: PathFault[] = [];
  const warn = (path: readonly string[], key: string) =>
    faults.push({ path, message: `is the former name of ${key}, and will go` });
  if (server?.leanLanes !== undefined) warn(['server', 'lean_lanes'], 'server.pipeline');
  if (limits?.undecidedConnections !== undefined) {
    warn(['limits', 'undecided_connections'], 'limits.pending_connections');
  }
  return faults;
}
