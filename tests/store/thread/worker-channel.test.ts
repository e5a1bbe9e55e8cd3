// The thread of a store and its owner: whatever becomes of the one, the other gets an answer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HistoryBatch, StoreFault, type StoreNotice } from '../../../src/core/store.ts';
import { openStore } from '../../../src/store/registry.ts';
import { openWorkerChannel } from '../../../src/store/thread/worker-channel.ts';
import { START_MS } from '../arbitrary-past.ts';
import { LONG } from '../store-contract.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openk-thread-'));
  path = join(folder, 'openk.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const batch = (revision: number): HistoryBatch => ({
  untilMs: START_MS + revision * 1000,
  elapsedMs: 1000,
  revision,
  records: [],
  observations: [],
  changed: [],
  removed: [],
});

describe('the thread', () => {
  const DYING = new URL('./dying-worker.ts', import.meta.url);
  const ARRAY = new URL('./array-worker.ts', import.meta.url);
  const SQLITE = new URL('../../../src/store/sqlite/worker.ts', import.meta.url);
  const options = { path: '', store: 'sqlite:x', retention: LONG, owner: 'me', startsEmpty: false, waitMs: 0 };

  it('that dies is a fault of every call that waits, and of every later one', async () => {
    const channel = await openWorkerChannel(DYING, options);
    const waiting = await Promise.allSettled([channel.run('load', START_MS), channel.run('prune', 0)]);
    for (const { status } of waiting) expect(status).toBe('rejected');
    await expect(channel.run('load', START_MS)).rejects.toThrow('storage sqlite:x: its thread has died: by intent');
    await channel.close();
    await expect(channel.run('load', START_MS)).rejects.toThrow(StoreFault);
  });

  it('is asked a bounded number of questions at a time, and does its own work before it answers them', async () => {
    const channel = await openWorkerChannel(SQLITE, { ...options, path });
    const settled: string[] = [];
    const ask = () =>
      channel.run('transitions', { components: [], limit: 1 }).then(() => void settled.push('question'));
    // One is asked, the others wait.
    const questions = Array.from({ length: 1002 }, ask);
    const write = channel.run('load', START_MS).then(() => void settled.push('write'));
    await expect(questions.at(-1)).rejects.toThrow(/more than 1000 questions wait/);
    await Promise.all([write, ...questions.slice(0, -1)]);
    expect(settled).toHaveLength(1002);
    expect(settled.indexOf('write')).toBeLessThan(10);
    await channel.close();
  });

  it('answers the questions that wait when it is closed', async () => {
    const channel = await openWorkerChannel(SQLITE, { ...options, path });
    const questions = Array.from({ length: 20 }, () => channel.run('transitions', { components: [], limit: 1 }));
    await channel.close();
    expect(await Promise.all(questions)).toHaveLength(20);
  });

  it('ends what was asked of it before it is closed', async () => {
    const open = () => openStore(`sqlite:${path}`, { nowMs: () => START_MS, retention: LONG });
    const store = await open();
    await store.load();
    const appended = Promise.all(Array.from({ length: 20 }, (_, at) => store.append(batch(at + 1))));
    await store.close();
    await appended;
    const again = await open();
    expect(await again.load()).toMatchObject({ revision: 20 });
    await again.close();
  });

  it('serves whatever operations its program opens, and says what fails in their words', async () => {
    const notices: StoreNotice[] = [];
    const onNotice = (notice: StoreNotice) => notices.push(notice);
    const channel = await openWorkerChannel(ARRAY, { store: 'array:' }, { onNotice });
    expect(notices).toEqual([{ kind: 'waiting', message: 'opens array:' }]);
    await expect(channel.run('load', START_MS)).rejects.toThrow(/^nothing is kept$/);
    expect(await channel.run('transitions', { components: ['a'], limit: 1 })).toEqual([]);
    await channel.close();
    await expect(channel.run('load', START_MS)).rejects.toThrow(/is closed/);
  });

  it('that cannot open is a fault, and is gone', async () => {
    await expect(openWorkerChannel(ARRAY, { store: '' })).rejects.toThrow(/^it has no name$/);
  });
});
