// The whole way from the text of a configuration to what OpenK runs by, or to all of its faults with line and column: YAML,
// environment and message are source/, everything after is compile/.
import { dirname, resolve } from 'node:path';
import { type Config, ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { Steps } from '../core/steps.ts';
import {
  type CompiledConfig,
  type CompileFault,
  type CompileOptions,
  compileConfig,
} from './compile/compile-config.ts';
import { type Fault, formatPath, type PlacedFault } from './fault.ts';
import type { Environment } from './source/environment.ts';
import { resolveFiles } from './source/files.ts';
import { findPlace, type Place } from './source/places.ts';
import { type ParsedYaml, type Position, parseYaml } from './source/yaml-document.ts';
import { NotInPieces, parseInPieces } from './source/yaml-pieces.ts';
import { type MessageRead, readMessage } from './source/yaml-to-message.ts';

/** A configuration of a file. */
export interface LoadedConfig extends CompiledConfig {
  /** The file as the user named it. */
  readonly file: string;
  /** What may not work as it is meant, and is served all the same. */
  readonly warnings: readonly Fault[];
}

export type ConfigResult =
  | { readonly ok: true; readonly config: LoadedConfig }
  /** In the order of the file; never empty. */
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface ConfigOptions extends CompileOptions {
  /** Values for `${NAME}`. */
  readonly env: Environment;
}

/** It may be about to be written, or the wrong one: a system of which nothing is left would be the worse answer. */
const EMPTY = 'there is nothing in the file: where there are to be no components, write components: []';
/** Faults of one file that are listed; more help nobody. */
const MAX_FAULTS = 1000;

/**
 * Never throws, whatever the text. `fileName` is the file as the user calls it: faults name it, and files that the
 * configuration names are looked for from its folder on.
 */
export function* readConfig(text: string, fileName: string, options: ConfigOptions): Steps<ConfigResult> {
  const read = (yield* readInPieces(text, options.env)) ?? (yield* readWhole(text, options.env));
  const list = (faults: readonly PlacedFault[]) => listFaults(faults, fileName, read.position);
  if (!read.ok) return { ok: false, faults: list([{ offset: read.offset, path: [], message: read.message }]) };
  const { message, complete, isEmpty, faults, places } = read.config;
  if (isEmpty) return { ok: false, faults: list([{ offset: places.offset, path: [], message: EMPTY }]) };
  if (!complete) return { ok: false, faults: list(faults) };
  yield* resolveFiles(message, dirname(resolve(fileName)));
  const compiled = yield* compileConfig(message, options, { faults, has: (path) => findPlace(places, path).exact });
  if (!compiled.ok) {
    return { ok: false, faults: list([...faults, ...compiled.faults.map((fault) => placeFault(fault, places))]) };
  }
  const warnings = list(
    compiled.warnings.map(({ path, message }) => placeFault({ path, message: `warning: ${message}` }, places)),
  );
  return { ok: true, config: { ...compiled.config, file: fileName, warnings } };
}

type ReadText =
  | (ParsedYaml & { readonly ok: false })
  | { readonly ok: true; readonly config: MessageRead<Config>; readonly position: Position };

/** Undefined where it is not sure that it comes to the same: then it is read as a whole, which says what is wrong. */
function* readInPieces(text: string, env: Environment): Steps<ReadText | undefined> {
  const yaml = yield* parseInPieces(text, 'components');
  if (!yaml?.ok) return undefined;
  try {
    const config = yield* readMessage(ConfigSchema, yaml.document, env);
    return config.faults.length === 0 ? { ok: true, config, position: yaml.position } : undefined;
  } catch (error) {
    if (!(error instanceof NotInPieces)) throw error;
    return undefined;
  }
}

function* readWhole(text: string, env: Environment): Steps<ReadText> {
  const yaml = yield* parseYaml(text);
  if (!yaml.ok) return yaml;
  return { ok: true, config: yield* readMessage(ConfigSchema, yaml.document, env), position: yaml.position };
}

function placeFault({ path, message, atKey = false }: CompileFault, places: Place): PlacedFault {
  const { place, exact } = findPlace(places, path);
  return { offset: exact && atKey ? (place.keyOffset ?? place.offset) : place.offset, path, message };
}

function listFaults(faults: readonly PlacedFault[], file: string, position: Position): Fault[] {
  const sorted = faults.toSorted((a, b) => a.offset - b.offset);
  const listed = sorted.slice(0, MAX_FAULTS).map(({ offset, path, message }): Fault => {
    return { file, ...position(offset), path: formatPath(path), message };
  });
  const left = sorted.length - listed.length;
  return left === 0 ? listed : [...listed, { file, path: '', message: `has ${left} more faults, not listed here` }];
}
