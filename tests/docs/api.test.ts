// docs/api.md is what the .proto files and the error catalogue say.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { renderPage } from '../../scripts/docs-api.ts';

it('is fresh; if not: npm run docs:api', () => {
  expect(renderPage()).toBe(readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8'));
});
