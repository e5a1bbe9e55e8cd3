// What the words behind `npm run bench --` run.
import { describe, expect, it } from '@jest/globals';
import { selectBenches } from '../../loadtest/bench/selection.ts';

const BENCHES = { engine: {}, rpc: { parts: ['grpc', 'rest', 'headers'] }, watch: {} };

describe('selectBenches', () => {
  it.each([
    ['', { engine: [], rpc: [], watch: [] }],
    ['watch rpc', { watch: [], rpc: [] }],
    ['rpc headers', { rpc: ['headers'] }],
    ['headers rest', { rpc: ['headers', 'rest'] }],
    ['rest engine', { rpc: ['rest'], engine: [] }],
    ['rpc nothing', undefined],
    ['constructor', undefined],
  ])('%j', (words, expected) => {
    const selection = selectBenches(BENCHES, words === '' ? [] : words.split(' '));
    expect(selection && Object.fromEntries(selection)).toEqual(expected);
  });
});
