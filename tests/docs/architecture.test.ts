// docs/architecture.md names functions: each of them is in its file.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** `name` (`file`), and (`name`, `file`). */
const NAMED = [
  ...page.matchAll(/`(\w+)`\s+\(`(src\/[\w./-]+)`\)/g),
  ...page.matchAll(/\(`(\w+)`,\s+`(src\/[\w./-]+)`\)/g),
].map(([, name = '', file = '']) => ({ name, file }));
const FILES = [...page.matchAll(/`(src\/[\w./-]+)`/g)].map(([, file = '']) => file);

it('names more than thirty', () => expect(NAMED.length).toBeGreaterThan(30));

it.each(NAMED)('$name is in $file', ({ name, file }) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toMatch(new RegExp(`(?:function\\*?|class|const) ${name}\\b`));
});

it.each(FILES)('%s is there', (file) => expect(existsSync(join(ROOT, file))).toBe(true));
