// When the lists of sources are written, and what becomes of them where they cannot be.
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createDiscoveredLists } from '../../src/compose/discovered-lists.ts';
import type { KeptChanges } from '../../src/core/store.ts';
import type { SourceList } from '../../src/discovery/discovery.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const target = (name: string) => ({ name, address: `${name}:80`, labels: { team: 'x' } });
const list = (...names: string[]): SourceList => ({ fingerprint: 'f', targets: names.map(target) });

function rig() {
  const clock = createFakeClock();
  const rows = new Map<string, string>();
  const world = { isFailing: false, mayWrite: true, writes: 0, warnings: [] as string[], clock, rows };
  const store = {
    kept: async () => [...rows].map(([key, text]) => ({ key, text })),
    async keep({ texts }: KeptChanges) {
      if (world.isFailing) throw new Error('disk full');
      world.writes++;
      for (const [key, text] of texts) {
        if (text === undefined) rows.delete(key);
        else rows.set(key, text);
      }
    },
  };
  const logger = pino({ base: null }, { write: (line) => void world.warnings.push(JSON.parse(line).msg) });
  const open = () => createDiscoveredLists({ store, clock, logger, mayWrite: () => world.mayWrite });
  return { ...world, world, open };
}

it('are written together, and no more often than every half a minute', async () => {
  const { world, clock, open } = rig();
  const lists = open();
  lists.take(new Map([['a', list('1')]]), ['a', 'b']);
  lists.take(new Map([['b', list('2')]]), ['a', 'b']);
  await clock.advance(999);
  expect(world.writes).toBe(0);
  await clock.advance(1);
  expect(world.writes).toBe(1);
  for (let second = 0; second < 29; second++) {
    lists.take(new Map([['a', list('1', `${second}`)]]), ['a', 'b']);
    await clock.advance(1000);
  }
  expect(world.writes).toBe(1);
  await clock.advance(1000);
  expect(world.writes).toBe(2);
  expect(await open().load()).toEqual(
    new Map([
      ['a', list('1', '28')],
      ['b', list('2')],
    ]),
  );
});

it('are written at the end, once', async () => {
  const { world, open } = rig();
  const lists = open();
  lists.take(new Map([['a', list('1')]]), ['a']);
  await Promise.all([lists.close(), lists.close()]);
  await lists.close();
  expect(world.writes).toBe(1);
});

it('of sources that are there no more are forgotten, also where they were kept before the start', async () => {
  const { world, clock, open } = rig();
  const before = open();
  before.take(
    new Map([
      ['a', list('1')],
      ['b', list('2')],
    ]),
    ['a', 'b'],
  );
  await before.close();
  const lists = open();
  await lists.load();
  lists.take(new Map(), ['b']);
  await clock.advance(1000);
  expect([...world.rows.keys()]).toEqual(['b']);
});

it('are tried again where the store fails, and wait while another instance decides', async () => {
  const { world, clock, open } = rig();
  const lists = open();
  world.mayWrite = false;
  lists.take(new Map([['a', list('1')]]), ['a']);
  await clock.advance(1000);
  world.mayWrite = true;
  world.isFailing = true;
  await clock.advance(30_000);
  expect(world.warnings).toEqual(['what sources name could not be kept for the next start, it is tried again']);
  world.isFailing = false;
  await clock.advance(30_000);
  expect([...world.rows.keys()]).toEqual(['a']);
});

it('that are too long, or were written by somebody else, are none', async () => {
  const { world, clock, open } = rig();
  const lists = open();
  lists.take(new Map([['a', list('x'.repeat(9 * 2 ** 20))]]), ['a']);
  await clock.advance(1000);
  expect(world.rows.size).toBe(0);
  expect(world.warnings).toEqual(['what the source names is too long to be kept for the next start']);
  world.rows.set('a', '[]').set('b', '{');
  expect(await open().load()).toEqual(new Map());
});

it('know of what a source itself knew only that it did', async () => {
  const { open } = rig();
  const known = { ...target('1'), observation: { outcome: 'HEALTHY', reason: { code: 'OK', message: 'x' } } } as const;
  const lists = open();
  lists.take(new Map([['a', { fingerprint: 'f', targets: [known] }]]), ['a']);
  await lists.close();
  const [read] = (await open().load()).get('a')!.targets;
  expect(read).toMatchObject({ name: '1', observation: { outcome: 'UNKNOWN' } });
});
