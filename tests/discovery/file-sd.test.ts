// Files of targets: what changes in them is taken over, and what is wrong with them keeps what they gave.
import { renameSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createFileSource } from '../../src/discovery/sources/file-sd.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { addressesOf, type WatchedSource, watchSource } from './sources.ts';

let files: TemporaryFiles;
let watched: WatchedSource;
beforeEach(() => {
  files = createTemporaryFiles();
});
afterEach(async () => {
  await watched.source.close();
  expect(watched.clock.pendingTimers).toBe(0);
  files.remove();
});

const list = (...targets: string[]) => JSON.stringify([{ targets, labels: { team: 'x' } }]);
const watch = (...patterns: string[]) => {
  watched = watchSource((context) =>
    createFileSource({ files: patterns.map((pattern) => files.path(pattern)) }, 5000, context),
  );
  return watched.next();
};

it('reads JSON and YAML of all patterns, and follows them', async () => {
  files.write('a.json', list('a:1'));
  files.write('b.yaml', '- targets: [ "b:2", c:3 ]\n  labels: { zone: "1" }\n');
  files.write('c.txt', list('never:1'));
  files.write('.hidden.json', list('never:2'));
  const reading = await watch('*.json', '*.yaml');
  expect(addressesOf(reading)).toEqual(['a:1', 'b:2', 'c:3']);
  expect(reading.targets?.map(({ labels }) => labels)).toEqual([{ team: 'x' }, { zone: '1' }, { zone: '1' }]);
  files.write('new.json', list('n:4'));
  expect(addressesOf(await watched.next(5000))).toEqual(['a:1', 'b:2', 'c:3', 'n:4']);
  // As a ConfigMap is swapped.
  files.write('next', list('a:9'));
  renameSync(files.path('next'), files.path('a.json'));
  rmSync(files.path('b.yaml'));
  expect(addressesOf(await watched.next(5000))).toEqual(['a:9', 'n:4']);
});

it.each([
  ['is half written', '[{"targets":["a:1"', 'a.json is no JSON, or nested too deep'],
  ['is empty', '', 'a.json is empty: write [] where there are no targets'],
  ['is another thing', '{"a":1}', 'a.json is no list'],
  ['has another encoding', Buffer.from([0x22, 0xff, 0x22]).toString('latin1'), 'a.json is no list'],
])('keeps what a file gave that %s', async (_why, text, fault) => {
  files.write('a.json', list('a:1'));
  files.write('b.json', list('b:2'));
  await watch('*.json');
  files.write('a.json', text);
  const reading = await watched.next(5000);
  expect([addressesOf(reading), reading.lost[0]]).toEqual([['a:1', 'b:2'], expect.stringMatching(/^a\.json is /)]);
  if (!fault.includes('no list') || text.startsWith('{')) expect(reading.lost).toEqual([fault]);
  files.write('a.json', list('a:7'));
  expect(await watched.next(5000)).toMatchObject({ lost: [] });
  expect(addressesOf(watched.source.read())).toEqual(['a:7', 'b:2']);
});

it('is lost, and has given nothing, where its one file is not there', async () => {
  const reading = await watch('a.json');
  expect(reading).toMatchObject({ targets: undefined, lost: ['a.json cannot be read: it does not exist'] });
  files.write('a.json', '[]');
  expect(await watched.next(5000)).toEqual({ targets: [], faults: [], lost: [] });
  files.write('a.json', list('a:1'));
  await watched.next(5000);
  rmSync(files.path('a.json'));
  const gone = await watched.next(5000);
  expect([addressesOf(gone), gone.lost.length]).toEqual([['a:1'], 1]);
});

it('reads no YAML that grows when it is read', async () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...Array.from({ length: 8 }, (_, at) => `b${at}: &b${at} [${Array(10).fill(at ? `*b${at - 1}` : '*a')}]`),
  ];
  files.write('a.yml', bomb.join('\n'));
  expect((await watch('*.yml')).lost).toEqual(['a.yml has more aliases than can be taken']);
});
