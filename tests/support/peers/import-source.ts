// One source of another program through `openk import` as a person runs it, and what is wrong with what comes out.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { checkChannel } from '../../../src/alerts/channels/registry.ts';
import type { CheckConfigText } from '../../../src/cli/import.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { type ImportReport, isAnythingLost } from '../../../src/import/report.ts';
import { runTestCli } from '../../cli/test-cli.ts';
import { checks } from '../../config/support.ts';

export interface PeerSource {
  /** Where it stands in its project, such as `README.md:120`. */
  readonly name: string;
  readonly format: 'gatus' | 'blackbox' | 'uptime-kuma';
  readonly path: string;
  readonly args?: readonly string[];
  /** What the report had to name and does not. */
  readonly missing: (report: ImportReport) => readonly string[];
  /** Texts that may be in the env file alone. */
  readonly secrets: readonly string[];
}

/** How much of a source is there afterwards; REFUSED: it is none, its own program says so too. */
export type Extent = 'EXACT' | 'DIFFERENT' | 'IN_PART' | 'NOTHING' | 'REFUSED';

export interface PeerImport {
  readonly name: string;
  readonly extent: Extent;
  readonly report: ImportReport | undefined;
  /** The configuration that was made. */
  readonly text: string;
  /** Why it was refused. */
  readonly refusal: string;
  readonly faults: readonly string[];
}

/** What a variable is that a source takes from its environment: of a length that tokens have. */
const VARIABLE = 'v'.repeat(24);

const faultsOf: CheckConfigText = async (text, path, env) => {
  const result = atOnce(readConfig(text, path, { ...checks, checkChannel, env }));
  return result.ok ? [] : result.faults;
};

export async function importSource({
  name,
  format,
  path,
  args = [],
  missing,
  secrets,
}: PeerSource): Promise<PeerImport> {
  const folder = await mkdtemp(join(tmpdir(), 'openk-peers-'));
  try {
    const [output, envFile, reportFile] = ['openk.yaml', 'openk.env', 'report.json'].map((file) => join(folder, file));
    const { exitCode, stderr } = await runTestCli(
      ['import', format, path, ...args, '-o', output!, '--report', reportFile!],
      { checkConfigText: faultsOf },
    );
    const none = { name, report: undefined, text: '', refusal: '' };
    if (exitCode === 2) return { ...none, extent: 'REFUSED', refusal: stderr.trim(), faults: [] };
    const read = (file: string | undefined) => readFile(file!, 'utf8').catch(() => undefined);
    const [text, written, env = ''] = await Promise.all([output, reportFile, envFile].map(read));
    if (text === undefined || written === undefined)
      return { ...none, extent: 'NOTHING', faults: [`it ended with ${exitCode}: ${stderr.trim()}`] };
    const report = JSON.parse(written) as ImportReport;
    const variables = Object.fromEntries(report.variables.map((variable) => [variable, VARIABLE]));
    const values = { ...variables, ...(parseEnv(env) as Record<string, string>) };
    const outputs = { 'the configuration': text, 'the report': written, 'what it prints': stderr };
    const faults = [
      ...(await faultsOf(text, 'openk.yaml', values)).map((fault) => `it is refused: ${fault.path}: ${fault.message}`),
      ...missing(report).map((what) => `the report does not name ${what}`),
      ...secrets.flatMap((secret) =>
        Object.entries(outputs).flatMap(([where, all]) => (all.includes(secret) ? [`a secret is in ${where}`] : [])),
      ),
      ...(exitCode === (isAnythingLost(report) ? 1 : 0) ? [] : [`its exit code is ${exitCode}`]),
    ];
    return { name, extent: extentOf(report), report, text, refusal: '', faults };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function extentOf(report: ImportReport): Extent {
  const { items } = report;
  if (isAnythingLost(report)) return items.some(({ component }) => component !== undefined) ? 'IN_PART' : 'NOTHING';
  return items.some(({ outcome }) => outcome === 'DIFFERENT') ? 'DIFFERENT' : 'EXACT';
}

/** The names of which `found` has fewer than `wanted`. */
export function lacking(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const left = [...found];
  return wanted.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
