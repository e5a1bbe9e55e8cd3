// The whole way from the text of a configuration to what OpenK runs by, or to all of its faults: YAML, environment,
// message, rules, probes' own checks, graph, definitions. Reads no file but those that the configuration names.
import { dirname, resolve } from 'node:path';
import { type Component, type Config, ConfigSchema, Storage_OnCorrupt } from '../../gen/openk/config/v1/config_pb.ts';
import type { SystemDefinition } from '../core/definition.ts';
import type { Retention } from '../core/store.ts';
import { type ListenAddress, parseListen } from './addresses.ts';
import { checkConfig, type ProbeCheck } from './check-config.ts';
import { checkPlaces, type ProbeHost } from './check-places.ts';
import { knowFaults } from './consequences.ts';
import {
  DEFAULT_DENY_ADDRESSES,
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_LISTEN,
  DEFAULT_STORAGE_URL,
  type FilledLimits,
  fillComponent,
  fillLimits,
  fillRetention,
} from './defaults.ts';
import { createRootGroup, toDefinition } from './definitions.ts';
import { durationToMs } from './duration.ts';
import type { Environment } from './environment.ts';
import { type Fault, formatPath, type PlacedFault } from './fault.ts';
import { resolveFiles } from './files.ts';
import { findPlace } from './locations.ts';
import { redactComponent, type ShownComponent } from './redact.ts';
import type { RuleCheck } from './validate.ts';
import { type Position, parseYaml } from './yaml-document.ts';
import { readMessage } from './yaml-to-message.ts';

export interface CorsExtras {
  readonly allowedHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** In seconds. Left out: what is usual. */
  readonly maxAgeS?: number;
}

/** A configuration without faults, with every default filled in. */
export interface LoadedConfig {
  /** The file as the user named it. */
  readonly file: string;
  /** What may not work as it is meant, and is served all the same. */
  readonly warnings: readonly Fault[];
  readonly listen: ListenAddress;
  /** Left out: cleartext. Paths are absolute. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile?: string };
  /** `memory:` or `sqlite:PATH`, the path as it is in the file. */
  readonly storageUrl: string;
  /** As configured: a store may keep less. */
  readonly retention: Retention;
  /** What to do with a file that is damaged. */
  readonly onCorruptStorage: 'REFUSE' | 'START_EMPTY';
  readonly corsOrigins: readonly string[];
  /** What pages of those origins may do beyond a plain call. */
  readonly cors: CorsExtras;
  /** Empty: what is usual for where it listens. */
  readonly allowedHosts: readonly string[];
  readonly limits: FilledLimits;
  /** Addresses and networks that no probe connects to. */
  readonly denyAddresses: readonly string[];
  readonly drainTimeoutMs: number;
  /** Whether ordinary calls take the short way, without Connect's own handlers. */
  readonly leanLanes: boolean;
  /** Whether server reflection is answered. */
  readonly reflection: boolean;
  readonly system: SystemDefinition;
  /** Message of the file, without defaults. */
  readonly written: Config;
  /** A component as configured, with defaults filled in and secrets redacted: fit for the API. Also the root group. */
  readonly describe: (id: string) => ShownComponent | undefined;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: LoadedConfig }
  /** In the order of the file; never empty. */
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface ConfigOptions {
  /** Values for `${NAME}`. */
  readonly env: Environment;
  /** What the kind of probe itself finds wrong with options that are valid by the schema. */
  readonly checkProbe: ProbeCheck;
  readonly checkRules: RuleCheck;
  /** Left out: it is not checked whether all that is watched could be looked at in time. */
  readonly probeHost?: ProbeHost;
}

/** It may be about to be written, or the wrong one: a system of which nothing is left would be the worse answer. */
const EMPTY = 'there is nothing in the file: where there are to be no components, write components: []';
/** Faults of one file that are listed; more help nobody. */
const MAX_FAULTS = 1000;

/**
 * Never throws, whatever the text. `fileName` is the file as the user calls it: faults name it, and files that the
 * configuration names are looked for from its folder on.
 */
export function parseConfig(text: string, fileName: string, options: ConfigOptions): ConfigResult {
  const yaml = parseYaml(text);
  const fail = (faults: readonly PlacedFault[]): ConfigResult => {
    return { ok: false, faults: listFaults(faults, fileName, yaml.position) };
  };
  if (!yaml.ok) return fail([{ offset: yaml.offset, path: [], message: yaml.message }]);

  const { message: config, complete, isEmpty, faults, places } = readMessage(ConfigSchema, yaml.document, options.env);
  if (isEmpty) return fail([{ offset: places.offset, path: [], message: EMPTY }]);
  if (!complete) return fail(faults);
  const known = knowFaults(faults, places);
  const violations = options.checkRules(ConfigSchema, config).flatMap(({ path, message, atKey }): PlacedFault[] => {
    if (known.explain(path)) return [];
    const { place, exact } = findPlace(places, path);
    return [{ offset: exact && atKey ? (place.keyOffset ?? place.offset) : place.offset, path, message }];
  });

  resolveFiles(ConfigSchema, config, dirname(resolve(fileName)));
  const found = [...faults, ...violations];
  const components = config.components.map((component) => fillComponent(component, config.defaults));
  const root = createRootGroup(config);
  for (const { path, message } of checkConfig(
    config,
    components,
    root,
    knowFaults(found, places),
    options.checkProbe,
  )) {
    found.push({ offset: findPlace(places, path).place.offset, path, message });
  }
  if (found.length > 0) return fail(found);
  // A message does not know whether an empty list was written; the file does.
  const denies = findPlace(places, ['probes', 'deny_addresses']).exact;
  const denyAddresses = denies ? (config.probes?.denyAddresses ?? []) : DEFAULT_DENY_ADDRESSES;
  const loaded = toLoadedConfig(fileName, config, components, root);
  const { probesInFlight: inFlight, probesInFlightPerHost: inFlightPerHost } = loaded.limits;
  const warned = options.probeHost ? checkPlaces(components, { inFlight, inFlightPerHost }, options.probeHost) : [];
  const placed = warned.map(({ path, message }) => {
    return { offset: findPlace(places, path).place.offset, path, message: `warning: ${message}` };
  });
  return {
    ok: true,
    config: { ...loaded, denyAddresses, warnings: listFaults(placed, fileName, yaml.position) },
  };
}

function toLoadedConfig(
  file: string,
  config: Config,
  components: readonly Component[],
  root: Component,
): Omit<LoadedConfig, 'denyAddresses' | 'warnings'> {
  const all = [root, ...components];
  const byId = new Map(all.map((component) => [component.id, component]));
  return {
    file,
    listen: parseListen(config.listen || DEFAULT_LISTEN),
    ...(config.tls && {
      tls: {
        certFile: config.tls.certFile,
        keyFile: config.tls.keyFile,
        ...(config.tls.clientCaFile !== '' && { clientCaFile: config.tls.clientCaFile }),
      },
    }),
    storageUrl: config.storage?.url || DEFAULT_STORAGE_URL,
    retention: fillRetention(config.storage?.retention),
    corsOrigins: (config.cors?.allowedOrigins ?? []).map(toOrigin),
    cors: {
      allowedHeaders: config.cors?.allowedHeaders ?? [],
      allowCredentials: config.cors?.allowCredentials ?? false,
      ...(config.cors?.maxAge && { maxAgeS: Math.floor(durationToMs(config.cors.maxAge) / 1000) }),
    },
    allowedHosts: config.server?.allowedHosts ?? [],
    onCorruptStorage: config.storage?.onCorrupt === Storage_OnCorrupt.START_EMPTY ? 'START_EMPTY' : 'REFUSE',
    limits: fillLimits(config.limits),
    drainTimeoutMs: config.drainTimeout ? durationToMs(config.drainTimeout) : DEFAULT_DRAIN_TIMEOUT_MS,
    leanLanes: config.server?.leanLanes ?? true,
    reflection: config.server?.reflection ?? true,
    system: { rootId: root.id, components: all.map(toDefinition) },
    written: config,
    describe(id) {
      const component = byId.get(id);
      return component && redactComponent(component);
    },
  };
}

/** As browsers write it: lower case, punycode, no port that goes without saying (RFC 6454, section 6.2). */
function toOrigin(text: string): string {
  return URL.parse(text)?.origin ?? text;
}

function listFaults(faults: readonly PlacedFault[], file: string, position: Position): Fault[] {
  const sorted = faults.toSorted((a, b) => a.offset - b.offset);
  const listed = sorted.slice(0, MAX_FAULTS).map(({ offset, path, message }): Fault => {
    return { file, ...position(offset), path: formatPath(path), message };
  });
  const left = sorted.length - listed.length;
  return left === 0 ? listed : [...listed, { file, path: '', message: `has ${left} more faults, not listed here` }];
}
