// Configurations that Gatus (github.com/TwiN/gatus) has in its own repository: its examples, those in its README, and those of its tests. Nothing of them
// is kept here: they are read where GATUS_SOURCE says.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { evaluateCondition, type GatusAnswer, parseCondition } from '../../../src/import/gatus/condition.ts';
import type { ImportReport } from '../../../src/import/report.ts';
import { lacking, type PeerSource } from './import-source.ts';
import { filesUnder, isMapping, type Json, mappings, rawLiterals, secretsIn, yamlBlocks } from './pieces.ts';

/** Keys at the top that make a configuration of Gatus. */
const OWN_KEYS = ['endpoints', 'external-endpoints', 'suites', 'alerting', 'connectivity', 'announcements', 'remote'];
/** Keys at the top that the report has to name. */
const REPORTED = ['security', 'remote', 'announcements', 'connectivity', 'storage', 'web', 'ui'];

/** @param work where files may be written */
export async function gatusSources(checkout: string, work: string): Promise<readonly PeerSource[]> {
  const sources: PeerSource[] = [];
  const add = async (name: string, files: Readonly<Record<string, string>>) => {
    const folder = join(work, String(sources.length));
    const entries = Object.entries(files);
    for (const [file, text] of entries) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    const maps = entries.flatMap(([, text]) => mappings(text));
    sources.push({
      name,
      format: 'gatus',
      path: entries.length === 1 ? join(folder, entries[0]![0]) : folder,
      missing: (report) => missingIn(merged(maps), report),
      secrets: secretsIn(maps),
    });
  };
  for (const path of await filesUnder(checkout)) {
    const isYaml = /\.ya?ml$/.test(path);
    if (!isYaml && !path.endsWith('.md') && !path.endsWith('_test.go')) continue;
    const text = await readFile(join(checkout, path), 'utf8');
    if (isYaml && /\/config\/[^/]+$/.test(path)) {
      const folder = dirname(path);
      if (sources.some(({ name }) => name === folder)) continue;
      const all = (await filesUnder(join(checkout, folder))).filter((file) => /\.ya?ml$/.test(file));
      const texts = await Promise.all(all.map((file) => readFile(join(checkout, folder, file), 'utf8')));
      await add(folder, Object.fromEntries(all.map((file, at) => [file, texts[at]!])));
    } else if (isYaml) {
      if (isConfiguration(text)) await add(path, { 'config.yaml': text });
      for (const inner of mappings(text).flatMap((map) => (map.kind === 'ConfigMap' ? Object.values(map.data) : [])))
        if (isConfiguration(String(inner))) await add(path, { 'config.yaml': String(inner) });
    } else if (path.endsWith('.md')) {
      for (const { line, text: block } of yamlBlocks(text))
        if (isConfiguration(block)) await add(`${path}:${line}`, { 'config.yaml': completed(block) });
    } else {
      for (const { name, files } of literalsOf(path, text)) await add(name, files);
    }
  }
  return sources;
}

function isConfiguration(text: string): boolean {
  return mappings(text).some((map) => OWN_KEYS.some((key) => key in map));
}

/** A piece that shows something else than endpoints, with an endpoint that has its alerts: Gatus starts with no less. */
function completed(text: string): string {
  const [map = {}] = mappings(text);
  if ('endpoints' in map || 'suites' in map) return text;
  const providers = Object.keys(isMapping(map.alerting) ? map.alerting : {});
  const endpoint = {
    name: 'completed',
    url: 'https://example.org',
    conditions: ['[STATUS] == 200'],
    ...(providers.length > 0 && { alerts: providers.map((type) => ({ type })) }),
  };
  return `${text}\nendpoints: ${JSON.stringify([endpoint])}\n`;
}

/** Those of a test: each by itself, or the files that one test has in a folder. */
function literalsOf(
  path: string,
  go: string,
): readonly { readonly name: string; readonly files: Record<string, string> }[] {
  const found: { readonly name: string; readonly files: Record<string, string> }[] = [];
  let folderAt = -1;
  for (const { line, text: written, before, at } of rawLiterals(go)) {
    // Texts that are made when the test runs.
    const text = written.replaceAll(/%[sdv]/g, 'x');
    const file = /"([^"]+\.ya?ml)": *$/.exec(before)?.[1];
    const folder = file === undefined ? -1 : go.lastIndexOf('map[string]string{', at);
    if (file !== undefined && folder === folderAt) found.at(-1)!.files[file] = text;
    else if (file !== undefined || (isConfiguration(text) && !text.startsWith('{')))
      found.push({ name: `${path}:${line}`, files: { [file ?? 'config.yaml']: text } });
    folderAt = folder;
  }
  return found.filter(({ files }) => Object.values(files).some(isConfiguration));
}

function merged(maps: readonly Json[]): Json {
  const all: Record<string, unknown> = {};
  for (const [key, value] of maps.flatMap((map) => Object.entries(map as object))) {
    const before = all[key];
    if (Array.isArray(before) && Array.isArray(value)) all[key] = [...before, ...value];
    else all[key] = isMapping(before) && isMapping(value) ? { ...before, ...value } : value;
  }
  return all;
}

function missingIn(config: Json, report: ImportReport): readonly string[] {
  const listed = (key: string): readonly Json[] => (Array.isArray(config[key]) ? config[key].filter(isMapping) : []);
  const nameOf = ({ group, name }: Json) => `${group ? `${group}/` : ''}${name ?? ''}`;
  const of = (...kinds: readonly string[]) => report.items.filter(({ kind }) => kinds.includes(kind));
  const names = (...kinds: readonly string[]) => of(...kinds).map(({ name }) => name);
  const missing = (kind: string, wanted: readonly string[], found: readonly string[]) =>
    lacking(wanted, found).map((name) => `the ${kind} "${name}"`);
  const steps = listed('suites').flatMap((suite) => {
    const outcome = report.items.find((item) => item.kind === 'suite' && item.name === nameOf(suite))?.outcome;
    const own: readonly Json[] = Array.isArray(suite.endpoints) ? suite.endpoints : [];
    return outcome === 'LOST'
      ? []
      : own.map((step) => `${suite.name ?? ''}: ${nameOf({ group: suite.group, name: step.name })}`);
  });
  const gone = new Set(
    of('endpoint', 'external endpoint')
      .filter(({ component }) => component === undefined)
      .map(({ name }) => name),
  );
  const alerts = [...listed('endpoints'), ...listed('external-endpoints')].flatMap((endpoint): readonly string[] => {
    if (gone.has(nameOf(endpoint)) || !Array.isArray(endpoint.alerts)) return [];
    return endpoint.alerts.flatMap(({ type, enabled }: Json) => {
      const fallback = config.alerting?.[type]?.['default-alert']?.enabled;
      return (enabled ?? fallback ?? true) ? [type] : [];
    });
  });
  const heard = names('alert').map((name) => name.split(' ')[0]!);
  return [
    ...missing('endpoint', listed('endpoints').map(nameOf), names('endpoint')),
    ...missing('external endpoint', listed('external-endpoints').map(nameOf), names('external endpoint')),
    ...missing('suite', listed('suites').map(nameOf), names('suite')),
    ...missing('step', steps, names('step')),
    ...missing('alert', [...new Set(alerts)], heard),
    ...missing(
      'setting',
      REPORTED.filter((key) => config[key] !== undefined && config[key] !== null),
      names('setting'),
    ),
  ];
}

export interface ConditionVerdicts {
  readonly cases: number;
  /** Conditions of which we say something else than Gatus' own tests. */
  readonly wrong: readonly string[];
}

/** The cases of Gatus' own tests of conditions, by our interpreter. */
export async function gatusConditions(checkout: string): Promise<ConditionVerdicts> {
  const go = await readFile(join(checkout, 'config/endpoint/condition_test.go'), 'utf8');
  const wrong: string[] = [];
  let cases = 0;
  for (const [, written, fails] of go.matchAll(/\{condition: ("(?:[^"\\]|\\.)*"), expectedErr: (nil|errors)/g)) {
    cases++;
    const text = goText(written!);
    if ((parseCondition(text) === undefined) !== (fails === 'errors'))
      wrong.push(`${text} is refused there alone, or here`);
  }
  const pattern =
    /Condition: +Condition\((.+)\),\n\s*Result: +&Result\{(.*)\},\n(?:\s*\w+Conditions: .*\n)*\s*ExpectedSuccess: +(true|false)/g;
  for (const [, written, result, success] of go.matchAll(pattern)) {
    cases++;
    const condition = parseCondition(goText(written!));
    if (condition === undefined || evaluateCondition(condition, answerOf(result!)) !== (success === 'true'))
      wrong.push(`${goText(written!)} is ${success} there: ${result}`);
  }
  const wanted =
    go.split('ExpectedSuccess: ').length -
    1 +
    (go.split('{condition: ').length - 1) -
    (go.split('//{condition: ').length - 1);
  if (cases < wanted) wrong.push(`${wanted - cases} cases of its tests could not be read`);
  return { cases, wrong };
}

/** A literal, with or without a number of milliseconds put after it. */
function goText(expression: string): string {
  if (expression.startsWith('`')) return expression.slice(1, -1);
  const [, literal = '""', durations = ''] =
    /^("(?:[^"\\]|\\.)*")(?: \+ strconv\.FormatInt\(\((.*)\)\.Milliseconds\(\), 10\))?$/.exec(expression) ?? [];
  return `${JSON.parse(literal)}${durations === '' ? '' : goDurationMs(durations)}`;
}

function answerOf(result: string): GatusAnswer {
  const field = (name: string) => new RegExp(`\\b${name}: (.*?)(?:, [A-Z]\\w+: |$)`, 's').exec(result)?.[1];
  const body = /Body: \[\]byte\((.*)\)/s.exec(result)?.[1];
  return {
    status: Number(field('HTTPStatus') ?? 0),
    connected: field('Connected') === 'true',
    body: body === undefined ? '' : goText(body),
    latencyMs: goDurationMs(field('Duration')),
    ip: field('IP')?.replaceAll('"', '') ?? '',
    dnsRcode: field('DNSRCode')?.replaceAll('"', '') ?? '',
    certificateExpiresInMs: goDurationMs(field('CertificateExpiration')),
    domainExpiresInMs: goDurationMs(field('DomainExpiration')),
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { Millisecond: 1, Second: 1000, Minute: 60_000, Hour: 3_600_000 };

/** `24 * time.Hour` in any order. */
function goDurationMs(expression = '0'): number {
  return expression
    .split('*')
    .map((factor) => UNITS_MS[factor.trim().replace('time.', '')] ?? Number(factor))
    .reduce((all, factor) => all * factor, 1);
}
