// The JSON Schema that editors get: it takes every file that OpenK takes, and knows the keys, the values and the places of most faults.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { renderSchema } from '../../scripts/docs-configuration.ts';
import { configSchema } from '../../src/cli/config-schema-document.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/config');
const EXAMPLES = join(import.meta.dirname, '../../openk.yaml');
const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
const isValid = ajv.compile(configSchema);

/** Where faults are, by the longest path of each. */
function faultsOf(text: string): readonly string[] {
  isValid(parse(text, { merge: false }));
  return (isValid.errors ?? []).map(({ instancePath, params }) =>
    [instancePath, params.additionalProperty].filter(Boolean).join('/'),
  );
}

it('is fresh; if not: npm run docs:configuration', () => {
  const { path, text } = renderSchema();
  expect(readFileSync(path, 'utf8')).toBe(text);
});

it.each(readdirSync(FIXTURES).filter((name) => name.startsWith('valid-')))('takes %s', (name) => {
  expect(faultsOf(readFileSync(join(FIXTURES, name), 'utf8'))).toEqual([]);
});

it('takes the example', () => {
  expect(faultsOf(readFileSync(EXAMPLES, 'utf8'))).toEqual([]);
});

const ONE = (text: string) => `components: [ { id: a, ${text} } ]`;

describe('takes', () => {
  it.each([
    [
      'both spellings',
      ONE('heartbeat: { period: 1h }, dependsOn: [b], depends_on: []').replace(', depends_on: []', ''),
    ],
    [
      'variables for everything',
      ONE('tcp: { target: "$' + '{T}" }, interval: "$' + '{I}", healthyThreshold: "$' + '{N}"'),
    ],
    ['enum values with and without their prefix', ONE('grpc: { target: "a:1", mode: MODE_WATCH }')],
    ['numbers and words as texts', ONE('heartbeat: { period: 1h }, labels: { version: 1.1, answer: no, is: true }')],
    ['keys without a value', 'listen:\ncomponents: []\nstorage:'],
  ])('%s', (_what, text) => expect(faultsOf(text)).toEqual([]));
});

describe('finds', () => {
  it.each([
    ['an unknown key', 'listne: 127.0.0.1:1', ['listne']],
    ['an unknown key of a probe', ONE('tcp: { target: "a:1", targte: b }'), ['/components/0/tcp/targte']],
    ['a duration without its unit', ONE('tcp: { target: "a:1" }, interval: 10'), ['/components/0/interval']],
    ['an enum value', ONE('grpc: { target: "a:1", mode: WACTH }'), ['/components/0/grpc/mode']],
    ['two kinds', ONE('tcp: { target: "a:1" }, heartbeat: { period: 1h }'), ['/components/0']],
    ['no kind', ONE('labels: { a: b }'), ['/components/0']],
    ['no id', 'components: [ { heartbeat: { period: 1h } } ]', ['/components/0']],
    ['a text for a mapping', ONE('tcp: "a:1"'), ['/components/0/tcp']],
    [
      'a number out of bounds',
      ONE('tcp: { target: "a:1" }, healthy_threshold: 0'),
      ['/components/0/healthy_threshold'],
    ],
  ])('%s', (_what, text, at) => expect(faultsOf(text)).toEqual(expect.arrayContaining(at)));
});
