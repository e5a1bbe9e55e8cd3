// The whole way from the text of a configuration to what OpenK runs by, or to all of its faults with line and column: YAML,
// environment and message are source/, everything after is compile/.
import { dirname, resolve } from 'node:path';
import { type Component, ComponentSchema, type Config, ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { type Steps, settled } from '../core/steps.ts';
import {
  type CompiledConfig,
  type CompileFault,
  type CompileOptions,
  type CompileResult,
  type ComponentSource,
  compileConfig,
  componentsOf,
} from './compile/compile-config.ts';
import { type Fault, formatPath, type PlacedFault } from './fault.ts';
import { entriesOf, type FindKnown, knownEntries, type WrittenEntries } from './known-entries.ts';
import type { PackedText } from './pack-text.ts';
import type { Environment } from './source/environment.ts';
import { resolveFiles, resolveFilesOf } from './source/files.ts';
import { findPlace, type Place } from './source/places.ts';
import { type Position, parseYaml } from './source/yaml-document.ts';
import { NotInPieces, parseInPieces } from './source/yaml-pieces.ts';
import { type MessageRead, type ReadApart, readApart, readMessage } from './source/yaml-to-message.ts';

/** A configuration of a file. */
export interface LoadedConfig extends CompiledConfig {
  /** The file as the user named it. */
  readonly file: string;
  /** What may not work as it is meant, and is served all the same. */
  readonly warnings: readonly Fault[];
  /** Of a file with very many components: how they are written. */
  readonly entries?: WrittenEntries<Buffer | PackedText> | undefined;
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
 * @param earlier What was made of the same file before, with the same options: of that the components are taken over which are written
 * as they were.
 */
export function* readConfig(
  text: string,
  fileName: string,
  options: ConfigOptions,
  earlier?: LoadedConfig,
): Steps<ConfigResult> {
  return (yield* readInPieces(text, fileName, options, earlier)) ?? (yield* readWhole(text, fileName, options));
}

/**
 * Of a file with very many components, each of which is compiled as it is read, so that never all of them are there as messages. Undefined
 * where it is not sure that it comes to the same: then it is read as a whole, which says what is wrong.
 */
function* readInPieces(
  text: string,
  fileName: string,
  options: ConfigOptions,
  earlier: LoadedConfig | undefined,
): Steps<ConfigResult | undefined> {
  const yaml = yield* parseInPieces(text, 'components');
  const long = yaml?.ok ? yaml.document.long : undefined;
  if (!yaml?.ok || long === undefined) return undefined;
  const folder = dirname(resolve(fileName));
  try {
    const read = yield* readApart(ConfigSchema, { ...yaml.document, long }, options.env);
    yield* resolveFiles(read.message, folder);
    const entries = yield* entriesOf(text, long.starts);
    const before = earlier?.entries && (yield* unpacked(earlier.entries));
    const find: FindKnown | undefined =
      earlier && before && (yield* knownEntries(earlier, before, entries, read.message.defaults));
    const compiled = yield* compileRead(read, options, sourceOf(read, long.starts.length - 1, folder, find), earlier);
    const result = toResult(compiled, read, fileName, yaml.position);
    return result.ok ? { ok: true, config: { ...result.config, entries } } : result;
  } catch (error) {
    if (!(error instanceof NotInPieces)) throw error;
    return undefined;
  }
}

/** @param count of the components of the file @param find the known ones among them */
function sourceOf(
  read: ReadApart<Config>,
  count: number,
  folder: string,
  find: FindKnown | undefined,
): ComponentSource {
  let index = 0;
  return {
    takeKnown() {
      const known = index < count ? find?.(index) : undefined;
      if (known !== undefined) index += 1;
      return known;
    },
    *next() {
      const component = (yield* find === undefined ? read.next() : read.at(index)) as Component | undefined;
      index += 1;
      if (component !== undefined) yield* resolveFilesOf(ComponentSchema, component, folder);
      return component;
    },
  };
}

/** Undefined where the text cannot be had any more: then all is read. */
function* unpacked({ starts, bytes }: WrittenEntries<Buffer | PackedText>): Steps<WrittenEntries | undefined> {
  const plain = yield* settled(Buffer.isBuffer(bytes) ? bytes : bytes.unpack());
  return plain === undefined ? undefined : { starts, bytes: plain };
}

function* readWhole(text: string, fileName: string, options: ConfigOptions): Steps<ConfigResult> {
  const yaml = yield* parseYaml(text);
  const list = (faults: readonly PlacedFault[]) => listFaults(faults, fileName, yaml.position);
  if (!yaml.ok) return { ok: false, faults: list([{ offset: yaml.offset, path: [], message: yaml.message }]) };
  const read = yield* readMessage(ConfigSchema, yaml.document, options.env);
  const { message, complete, isEmpty, faults, places } = read;
  if (isEmpty) return { ok: false, faults: list([{ offset: places.offset, path: [], message: EMPTY }]) };
  if (!complete) return { ok: false, faults: list(faults) };
  yield* resolveFiles(message, dirname(resolve(fileName)));
  const compiled = yield* compileRead(read, options, componentsOf(message));
  return toResult(compiled, read, fileName, yaml.position);
}

function compileRead(
  { message, faults, places }: MessageRead<Config>,
  options: ConfigOptions,
  source: ComponentSource,
  earlier?: LoadedConfig,
): Steps<CompileResult> {
  return compileConfig(message, options, { faults, has: (path) => findPlace(places, path).exact }, source, earlier);
}

function toResult(
  compiled: CompileResult,
  { faults, places }: MessageRead<Config>,
  fileName: string,
  position: Position,
): ConfigResult {
  const list = (placed: readonly PlacedFault[]) => listFaults(placed, fileName, position);
  if (!compiled.ok) {
    return { ok: false, faults: list([...faults, ...compiled.faults.map((fault) => placeFault(fault, places))]) };
  }
  const warnings = list(
    compiled.warnings.map(({ path, message }) => placeFault({ path, message: `warning: ${message}` }, places)),
  );
  return { ok: true, config: { ...compiled.config, file: fileName, warnings } };
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
