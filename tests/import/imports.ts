// What the tests of imports share: a source in, and what `openk config check` takes out. Every import is checked by OpenK itself.
import { parse as parseYaml } from 'yaml';
import { checkChannel } from '../../src/alerts/channels/registry.ts';
import { type LoadedConfig, readConfig } from '../../src/config/read-config.ts';
import { atOnce } from '../../src/core/steps.ts';
import { importGatus } from '../../src/import/gatus/import-gatus.ts';
import type { Imported } from '../../src/import/imported.ts';
import type { ReportItem } from '../../src/import/report.ts';
import { settle } from '../../src/import/settle.ts';
import { checks } from '../config/support.ts';

export type Json = ReturnType<typeof JSON.parse>;

export interface TestImport {
  readonly imported: Imported;
  readonly text: string;
  /** The text as data. */
  readonly yaml: Json;
  readonly config: LoadedConfig;
  /** By name. @throws where there is none, or several */
  item(name: string): ReportItem;
  /** As written, by id. */
  component(id: string): Json;
}

export async function settled(read: Imported, env: Readonly<Record<string, string>> = {}): Promise<TestImport> {
  const variables = { ...env, ...Object.fromEntries(read.secrets) };
  const load = (text: string) => atOnce(readConfig(text, 'openk.yaml', { ...checks, checkChannel, env: variables }));
  const { imported, text } = await settle(read, async (made) => {
    const result = load(made);
    return result.ok ? [] : result.faults;
  });
  const result = load(text);
  if (!result.ok) throw new Error(`openk config check refuses it: ${JSON.stringify(result.faults)}`);
  for (const [name, value] of imported.secrets) {
    if (text.includes(value)) throw new Error(`the value of ${name} is in the configuration`);
    if (JSON.stringify(imported.items).includes(value)) throw new Error(`the value of ${name} is in the report`);
  }
  const yaml = parseYaml(text) as Json;
  return {
    imported,
    text,
    yaml,
    config: result.config,
    item(name) {
      const [item, ...others] = imported.items.filter((each) => each.name === name);
      if (item === undefined || others.length > 0) throw new Error(`${others.length + 1} of ${name}`);
      return item;
    },
    component(id) {
      const found = (yaml.components as Json[]).find((each) => each.id === id);
      if (found === undefined) throw new Error(`there is no ${id} in\n${text}`);
      return found;
    },
  };
}

/** Files by name, or the text of the only one. */
export function gatus(
  source: string | Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<TestImport> {
  const files = typeof source === 'string' ? { 'config.yaml': source } : source;
  const read = importGatus(
    Object.entries(files).map(([name, text]) => ({ name, text })),
    { env, randomToken: () => 'a-token-that-was-made-anew' },
  );
  return settled(read, env);
}

/** One endpoint of the name `e` and without a group, of an HTTP server unless `more` says otherwise. */
export function gatusEndpoint(conditions: readonly string[], more = 'url: https://example.org'): Promise<TestImport> {
  const lines = conditions.map((condition) => `      - ${JSON.stringify(condition)}`);
  const keys = more.split('\n').map((line) => `    ${line}`);
  return gatus(`endpoints:\n  - name: e\n${keys.join('\n')}\n    conditions:\n${lines.join('\n')}\n`);
}
