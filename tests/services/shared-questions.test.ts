import { Code } from '@connectrpc/connect';
import { expect, it } from '@jest/globals';
import { createSharedQuestions } from '../../src/services/shared-questions.ts';

/** Answers that come when the test says so, with their number. */
function createWorld(atOnce: number, waiting: number) {
  const questions = createSharedQuestions({ atOnce, waiting });
  const begun: { readonly key: string; readonly finish: () => void; readonly fail: () => void }[] = [];
  const ask = (key: string, signal = new AbortController().signal) =>
    questions.ask(
      key,
      async () => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        begun.push({ key, finish: resolve, fail: () => reject(new Error(`no ${key}`)) });
        const number = begun.length;
        await promise;
        return `${key}${number}`;
      },
      { signal },
    );
  const keys = () => begun.map(({ key }) => key);
  return { ask, begun, keys };
}
const turn = () => new Promise(setImmediate);

it('answers equal questions at the same time once, and asks again afterwards', async () => {
  const { ask, begun, keys } = createWorld(2, 10);
  const all = Array.from({ length: 1_000 }, () => ask('a'));
  const other = ask('b');
  expect(keys()).toEqual(['a', 'b']);
  for (const one of begun) one.finish();
  expect(new Set(await Promise.all(all))).toEqual(new Set(['a1']));
  expect(await other).toBe('b2');
  const again = ask('a');
  begun[2]!.finish();
  expect(await again).toBe('a3');
});

it('answers so many at a time, in order, and refuses what is more than may wait', async () => {
  const { ask, begun, keys } = createWorld(1, 2);
  const asked = ['a', 'b', 'c'].map((key) => ask(key));
  await expect(ask('d')).rejects.toMatchObject({ code: Code.ResourceExhausted });
  // Whoever asks what waits already takes no place.
  const same = ask('c');
  expect(keys()).toEqual(['a']);
  for (const at of [0, 1, 2]) {
    begun[at]!.finish();
    await turn();
  }
  expect(await Promise.all([...asked, same])).toEqual(['a1', 'b2', 'c3', 'c3']);
});

it('fails for those who share it, and goes on', async () => {
  const { ask, begun } = createWorld(1, 2);
  const failing = [ask('a'), ask('a')];
  const next = ask('b');
  begun[0]!.fail();
  for (const one of failing) await expect(one).rejects.toThrow('no a');
  await turn();
  begun[1]!.finish();
  expect(await next).toBe('b2');
});

it('whoever leaves cancels nothing for others; what nobody waits for is not begun', async () => {
  const { ask, begun, keys } = createWorld(1, 5);
  const first = ask('a');
  const leaving = new AbortController();
  void ask('left', leaving.signal);
  void ask('shared', leaving.signal);
  const shared = ask('shared');
  leaving.abort();
  begun[0]!.finish();
  await turn();
  expect([await first, keys()]).toEqual(['a1', ['a', 'shared']]);
  begun[1]!.finish();
  expect(await shared).toBe('shared2');
  const again = ask('left');
  begun[2]!.finish();
  expect(await again).toBe('left3');
});
