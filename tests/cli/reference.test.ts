import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { cliReference, REFERENCE } from './reference.ts';

it('docs/cli.md says what the commands say (else: node tests/cli/reference.ts)', async () => {
  expect(readFileSync(REFERENCE, 'utf8')).toBe(await cliReference());
});
