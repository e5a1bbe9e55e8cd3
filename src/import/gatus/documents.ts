// The files of a Gatus configuration as one: in the order of a walk through the folder, mappings merged, lists appended, and no text given twice.
import { ImportError } from '../report.ts';
import { readYaml, type SourceMap, type SourceValue } from '../source-yaml.ts';
import { type Environment, marksIn, markVariables, resolveMarks } from './environment.ts';

export interface SourceFile {
  /** As people call it. */
  readonly name: string;
  readonly text: string;
}

export interface GatusDocument {
  readonly root: SourceMap;
  /** References that are empty in Gatus whatever the environment. */
  readonly unread: readonly string[];
}

/** Whether Gatus reads a file of its folder, by its path from there: `..data` of a Kubernetes volume is passed over. */
export function isGatusFile(path: string): boolean {
  return /\.ya?ml$/.test(path) && !path.includes('..');
}

/** @throws {ImportError} for what keeps Gatus from starting, too */
export function readGatusDocuments(files: readonly SourceFile[], env: Environment): GatusDocument {
  let root: SourceMap | undefined;
  const unread: string[] = [];
  for (const { name, text } of files) {
    const marked = markVariables(text);
    unread.push(...marked.unread);
    const [value] = readYaml(marked.text, name);
    if (value === undefined || (value.kind === 'TEXT' && value.isNull)) continue;
    if (value.kind !== 'MAP') throw new ImportError(`${value.place}: is no mapping`);
    checkStructure(marked.text, value, name, env);
    root = root === undefined ? value : (merge(root, value, '') as SourceMap);
  }
  if (root === undefined) throw new ImportError('there is nothing in it');
  return { root, unread: [...new Set(unread)] };
}

function merge(a: SourceValue, b: SourceValue, path: string): SourceValue {
  if (a.kind === 'LIST' && b.kind === 'LIST') return { ...a, items: [...a.items, ...b.items] };
  if (a.kind !== 'MAP' || b.kind !== 'MAP') {
    throw new ImportError(`${b.place}: ${path} is given twice (${a.place} too), which Gatus refuses`);
  }
  const entries = new Map(a.entries);
  for (const [key, value] of b.entries) {
    const before = entries.get(key);
    entries.set(key, before === undefined ? value : merge(before, value, path === '' ? key : `${path}.${key}`));
  }
  return { ...a, entries };
}

/** What may be YAML where it is put into YAML. */
const STRUCTURE = /[\n:#{}[\],&*!|>'"%@`\\]|^[\s?-]|\s$/;

/** @throws {ImportError} where the values of variables make another structure of the file than their names do */
function checkStructure(marked: string, root: SourceMap, file: string, env: Environment): void {
  const names = [...new Set(marksIn(marked))].filter((name) => STRUCTURE.test(env[name] ?? ''));
  if (names.length === 0) return;
  const words = `the values of ${names.map((name) => `$${name}`).join(', ')}, which Gatus puts into the text of the file,`;
  let expanded: SourceValue | undefined;
  try {
    [expanded] = readYaml(resolveMarks(marked, env), file);
  } catch {
    throw new ImportError(`${file}: ${words} make it no YAML; Gatus does not start with it either`);
  }
  if (expanded === undefined || shapeOf(expanded) !== shapeOf(root)) {
    throw new ImportError(
      `${file}: ${words} change what is in it: import it without them, or with the values written into it`,
    );
  }
}

function shapeOf(value: SourceValue): string {
  if (value.kind === 'TEXT') return 't';
  if (value.kind === 'LIST') return `[${value.items.map(shapeOf).join()}]`;
  return `{${[...value.entries].map(([key, each]) => `${JSON.stringify(key)}:${shapeOf(each)}`).join()}}`;
}
