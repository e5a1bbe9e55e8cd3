// Files with lists of targets, looked at again and again: that sees also what network and container file systems never report. A
// file that cannot be read, is half written or gone keeps what it gave, and is what the source has lost; files that no pattern
// names any more are gone with what they gave once the folder says so.

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import type { FileDiscovery } from '../../../gen/openk/config/v1/config_pb.ts';
import { parseForeignJson } from '../../core/foreign-json.ts';
import type { Source, SourceContext, SourceReading } from '../source.ts';
import { readTargetList, type TargetList } from '../target-list.ts';

interface Known {
  /** By inode, size and times. */
  readonly version: string;
  /** Undefined: it never gave any. */
  readonly list: TargetList | undefined;
  /** Why what it says now is nothing. */
  readonly fault: string | undefined;
}

const MAX_BYTES = 16 * 1024 * 1024;
/** Files of one pattern. */
const MAX_FILES = 1000;

/** @param intervalMs between two looks */
export function createFileSource(
  { files }: Pick<FileDiscovery, 'files'>,
  intervalMs: number,
  { clock, onChange }: Pick<SourceContext, 'clock' | 'onChange'>,
): Source {
  let known = new Map<string, Known>();
  let lost: readonly string[] = [];
  let isRead = false;
  let isClosed = false;
  let cancel = () => {};

  const look = async () => {
    const { paths, faults } = await findFiles(files);
    const next = new Map<string, Known>();
    for (const path of paths) next.set(path, await readFile(path, known.get(path)));
    if (isClosed) return;
    // What is in a folder that cannot be read is still there for all that anybody knows.
    for (const [path, before] of known) if (!next.has(path) && faults.has(dirname(path))) next.set(path, before);
    const nextLost = [
      ...faults.values(),
      ...[...next].flatMap(([path, { fault }]) => (fault ? [`${basename(path)} ${fault}`] : [])),
    ];
    const isSame =
      isRead &&
      next.size === known.size &&
      [...next].every(([path, one]) => one === known.get(path)) &&
      nextLost.join('\n') === lost.join('\n');
    known = next;
    lost = nextLost;
    isRead = true;
    if (!isSame) onChange();
    cancel = clock.after(intervalMs, () => {
      looking = look();
    });
  };
  let looking = look();

  return {
    read(): SourceReading {
      const lists = [...known.values()].flatMap(({ list }) => list ?? []);
      const isKnown = isRead && (lists.length > 0 || lost.length === 0);
      return {
        targets: isKnown ? lists.flatMap(({ targets }) => targets) : undefined,
        faults: lists.flatMap(({ faults }) => faults),
        lost,
      };
    },
    close() {
      isClosed = true;
      cancel();
      return looking;
    },
  };
}

/** In order, each once; faults by folder. A pattern that no file fits is none: there may be one later. */
async function findFiles(
  patterns: readonly string[],
): Promise<{ paths: readonly string[]; faults: Map<string, string> }> {
  const paths = new Set<string>();
  const faults = new Map<string, string>();
  for (const pattern of patterns) {
    const name = basename(pattern);
    if (!/[*?]/.test(name)) {
      paths.add(pattern);
      continue;
    }
    const folder = dirname(pattern);
    try {
      const fits = patternOf(name);
      const found = (await readdir(folder)).filter((one) => fits.test(one)).sort();
      if (found.length > MAX_FILES) faults.set(folder, `has more than ${MAX_FILES} files that fit ${name}`);
      for (const one of found.slice(0, MAX_FILES)) paths.add(join(folder, one));
    } catch (error) {
      faults.set(folder, `the folder of ${name} cannot be read: ${codeOf(error)}`);
    }
  }
  return { paths: [...paths], faults };
}

function patternOf(name: string): RegExp {
  const escaped = name.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  // As shells have it: what begins with a dot is asked for by a dot.
  return new RegExp(`^(?!\\.)${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

async function readFile(path: string, before: Known | undefined): Promise<Known> {
  const keep = (version: string, fault: string): Known =>
    before?.version === version && before.fault === fault ? before : { version, fault, list: before?.list };
  let version = '';
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    version = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    if (before?.version === version) return before;
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path, { end: MAX_BYTES })) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.length > MAX_BYTES) return keep(version, 'is larger than 16 MiB');
    const list = readTargetList(parse(path, new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return typeof list === 'string' ? keep(version, list) : { version, list, fault: undefined };
  } catch (error) {
    return keep(version, error instanceof NoList ? error.message : `cannot be read: ${codeOf(error)}`);
  }
}

class NoList extends Error {}

/** An empty file is one that is about to be written. @throws NoList */
function parse(path: string, text: string): unknown {
  if (text.trim() === '') throw new NoList('is empty: write [] where there are no targets');
  if (path.endsWith('.json')) {
    try {
      return parseForeignJson(text);
    } catch {
      throw new NoList('is no JSON, or nested too deep');
    }
  }
  const document = parseDocument(text, { schema: 'core', merge: false });
  if (document.errors.length > 0) throw new NoList(`is no YAML: ${document.errors[0]!.code}`);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new NoList('has more aliases than can be taken');
  }
}

function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES') return 'permission denied';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is no UTF-8 text' : (code ?? 'it is no UTF-8 text');
}
