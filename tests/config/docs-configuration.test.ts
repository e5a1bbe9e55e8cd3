// docs/configuration.md is what the schema says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { renderPage } from '../../scripts/docs-configuration.ts';
import { parseValid } from './support.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');

it('is fresh; if not: npm run docs:configuration', () => {
  expect(renderPage()).toBe(page);
});

it('begins with an example that works', () => {
  const [, example] = /```yaml\n([^`]*)```/.exec(page) ?? [];
  expect(parseValid(example!).system.components).toHaveLength(5);
});
