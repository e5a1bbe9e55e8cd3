// docs/glossary.md: its words are those that the documentation, the API and the code use, and none is used that means nothing
// outside of this project.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const read = (patterns: readonly string[]) =>
  globSync(patterns, { cwd: ROOT }).map((name) => [name, readFileSync(join(ROOT, name), 'utf8')] as const);

const GLOSSARY = 'docs/glossary.md';
/** docs/cli.md is what `--help` prints (tests/cli/reference.test.ts), docs/api.md what the .proto files say. */
const PROSE = read(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'proto/openk/**/*.proto']);
const SOURCES = read(['src/**/*.ts']);

const words = PROSE.find(([name]) => name === GLOSSARY)![1].matchAll(/^\| ([a-z][a-z -]*) \| .*\.( \|)$/gm);
const WORDS = [...words].map(([, word]) => word!).filter((word) => word !== 'word');

/** What they were used for has a word that the field knows: aggregator or view, pipeline, gate, publish, operation, snapshot, pending. */
const INVENTED =
  /\b(hubs?|lanes?|doors?|turn-takers?|verbs?|tells?|telling|told|boards?|undecided|as good as left out|is no value of)\b|\b(there is a [AEIO]|there is no no|of 1 members)\b/i;

describe('a word of the glossary', () => {
  it('is one of about 25', () => {
    expect(WORDS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(WORDS).size).toBe(WORDS.length);
  });

  it.each(WORDS)('%s is used', (word) => {
    const pattern = new RegExp(`\\b${word}s?\\b`, 'i');
    expect([...PROSE, ...SOURCES].some(([name, text]) => name !== GLOSSARY && pattern.test(text))).toBe(true);
  });
});

it.each(PROSE)('%s has no invented words', (_name, text) => {
  // `verbs` is a key of Kubernetes.
  const lines = text
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll('verbs: [', '')
    .split('\n');
  expect(lines.filter((line) => INVENTED.test(line))).toEqual([]);
});
