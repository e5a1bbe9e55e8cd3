// Every scenario of this folder. README.md says how to write one, and how they are rewritten.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { runScenario } from './run-scenario.ts';

const FOLDER = new URL('.', import.meta.url);
const isRewriting = process.env.SCENARIOS === 'rewrite';

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));

it('has at least 40', () => expect(files.length).toBeGreaterThanOrEqual(40));

it.each(files)('%s', async (file) => {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  const is = await runScenario(text);
  if (isRewriting) writeFileSync(new URL(file, FOLDER), is);
  else expect(is).toBe(text);
});
