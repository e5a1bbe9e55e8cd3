// What the guides show of openk.yaml is what OpenK takes: each block of ```yaml, made whole by what its page leaves out. Files of
// other programs are ```yml.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { checkConfigText } from '../../src/check-config.ts';
import { ROOT, wholeConfiguration } from './examples.ts';

const BLOCK = /(^<!-- run -->\n)?^```yaml\n([\s\S]*?)^```$/gm;
/** The fixture that tests/config reads; what is marked is run by examples.test.ts. */
const ELSEWHERE = /^# Every key there is/;

const folder = mkdtempSync(join(tmpdir(), 'openk-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const blocks = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) => {
    const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
    return [...text.matchAll(BLOCK)].flatMap(({ 1: mark, 2: block = '', index }) => {
      const line = text.slice(0, index).split('\n').length;
      return mark !== undefined || ELSEWHERE.test(block) ? [] : [[`docs/${page}:${line}`, block] as const];
    });
  });

/** Keys of a component stand deeper than a component, and that deeper than keys of the file. */
function inPlace(block: string): string {
  if (/^ {4}\w/.test(block)) {
    const kind = /^ {4}maintenance:/.test(block) ? '    heartbeat: { period: 1h }\n' : '';
    return `components:\n  - id: it\n${kind}${block}`;
  }
  return block.startsWith('  - ') ? `components:\n${block}` : block;
}

it.each(blocks)('%s is what OpenK takes', async (_place, block) => {
  const { text, env: short } = wholeConfiguration(inPlace(block));
  const long = ([name, value]: [string, string]) => [name, value === 'secret' ? 'secret'.repeat(4) : value];
  const env = Object.fromEntries(Object.entries(short).map(long));
  const missing = (fault: { readonly message: string }) => /there is no component '([^']+)'/.exec(fault.message)?.[1];
  let whole = text;
  let faults = await checkConfigText(whole, join(folder, 'openk.yaml'), env);
  const others = new Set(faults.map(missing).filter((id) => id !== undefined));
  if (others.size > 0) {
    const list = [...others].map((id) => `  - { id: ${id}, heartbeat: { period: 1h } }\n`).join('');
    whole = whole.replace(/^components:\n/m, `components:\n${list}`);
    faults = await checkConfigText(whole, join(folder, 'openk.yaml'), env);
  }
  // The reader's own files.
  expect(faults.filter(({ message }) => !/cannot be read|does not exist|no such file/i.test(message))).toEqual([]);
});
