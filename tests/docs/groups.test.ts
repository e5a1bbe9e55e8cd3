// Each row of docs/groups.md: members that are so, and what becomes of their group.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/read-config.ts';
import { compileGraph } from '../../src/core/graph.ts';
import { createRollup } from '../../src/core/rollup.ts';
import type { Status } from '../../src/core/status.ts';
import { atOnce } from '../../src/core/steps.ts';
import { checks } from '../config/support.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/groups.md'), 'utf8');
/** A configuration, and the table that follows it. */
const WORKED = /^```yaml\n(.*?)^```\n\n(\|.*?\n)\n/gms;

const cells = (row: string) =>
  row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());

const rows = [...`${PAGE}\n`.matchAll(WORKED)].flatMap(([, yaml = '', table = '']) => {
  const [head = '', , ...body] = table.trimEnd().split('\n');
  const names = cells(head).map((name) => /^`(.*)`$/.exec(name)?.[1]);
  return body.map((row): [string, string, Map<string, Status>] => {
    const statuses = cells(row).flatMap((cell, at): [string, Status][] =>
      names[at] === undefined ? [] : [[names[at], cell as Status]],
    );
    return [statuses.map((each) => each.join(' ')).join(', '), yaml, new Map(statuses)];
  });
});

describe('the guide to groups', () => {
  it('has a table for each rule', () => {
    expect(rows.length).toBeGreaterThan(40);
    for (const rule of ['worst', 'best', 'quorum', 'weighted']) expect(PAGE).toContain(`\n## ${rule}\n`);
  });

  it.each(rows)('%s', (_name, yaml, said) => {
    const isGroup = (id: string) => yaml.includes(`- id: ${id}\n`);
    const members = [...said.keys()].filter((id) => !isGroup(id));
    const text = `components:\n${members.map((id) => `  - { id: ${id}, heartbeat: { period: 1h } }\n`).join('')}${yaml}`;
    const read = atOnce(readConfig(text, 'openk.yaml', { ...checks, env: {} }));
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const compiled = compileGraph(read.config.system);
    if (!compiled.ok) throw new Error('a configuration without faults has a graph with some');
    const { graph } = compiled;
    const own = (index: number) => {
      const status = said.get(graph.definitions[index]!.id);
      return status === undefined || status === 'MAINTENANCE' ? 'UNKNOWN' : status;
    };
    const inMaintenance = (index: number) =>
      said.get(graph.definitions[index]!.id) === 'MAINTENANCE' && !isGroup(graph.definitions[index]!.id);
    const rollup = createRollup(graph, { own, inMaintenance });
    const statusOf = (id: string) => rollup.status(graph.definitions.findIndex((definition) => definition.id === id));
    expect(new Map([...said.keys()].map((id) => [id, statusOf(id)]))).toEqual(said);
  });
});
