// A stream that is kept open: when it is said to be lost, and when the server is asked again.
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { doubtMs, keepWatching, type Lost, silenceMs, type Watcher } from '../../../web/src/feed/keep-watching.ts';

const KEEP_ALIVE_MS = 5_000;
const SILENCE_MS = silenceMs(KEEP_ALIVE_MS);
const DOUBT_MS = doubtMs(KEEP_ALIVE_MS);

/** One attempt, as the test plays the server. */
interface Attempt {
  send(message: string): void;
  end(error?: Error): void;
}

let attempts: Attempt[];
let received: string[];
let lost: Lost[];
let watcher: Watcher;

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000, doNotFake: ['queueMicrotask', 'nextTick'] });
  attempts = [];
  received = [];
  lost = [];
  watcher = keepWatching({
    keepAliveMs: KEEP_ALIVE_MS,
    open: play,
    receive: (message: string) => received.push(message),
    lost: (event) => lost.push(event),
  });
});
afterEach(() => {
  watcher.close();
  jest.useRealTimers();
});

it('says at once that a stream has ended, and since when nothing is known', async () => {
  attempts[0]!.send('a');
  await jest.advanceTimersByTimeAsync(3_000);
  attempts[0]!.end();
  await jest.advanceTimersByTimeAsync(0);
  expect(received).toEqual(['a']);
  expect(lost).toMatchObject([{ at: 1_000_000, error: { code: Code.Unavailable } }]);
  expect(lost[0]!.retryAt - Date.now()).toBeLessThanOrEqual(250);
});

it('asks again soon, and more rarely the longer the server is gone', async () => {
  const answers = setInterval(() => attempts.at(-1)!.end(new ConnectError('refused', Code.Unavailable)), 1);
  await jest.advanceTimersByTimeAsync(9_000);
  expect(attempts.length).toBeGreaterThanOrEqual(35);
  await jest.advanceTimersByTimeAsync(300_000);
  const before = attempts.length;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(attempts.length - before).toBeLessThanOrEqual(9);
  expect(attempts.length - before).toBeGreaterThanOrEqual(6);
  expect(new Set(lost.map(({ at }) => at)).size).toBe(1);
  clearInterval(answers);
});

it('gives up on a stream that is silent, and on one that never begins', async () => {
  attempts[0]!.send('a');
  await jest.advanceTimersByTimeAsync(SILENCE_MS - 1);
  expect(lost).toEqual([]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(lost).toMatchObject([{ at: 1_000_000, error: { code: Code.DeadlineExceeded } }]);
  await jest.advanceTimersByTimeAsync(SILENCE_MS + 1_500);
  expect(lost.length).toBe(2);
});

it('asks again when it is asked to, and doubts a stream that has missed a keep-alive', async () => {
  attempts[0]!.send('a');
  await jest.advanceTimersByTimeAsync(DOUBT_MS - 1_000);
  watcher.retry();
  await jest.advanceTimersByTimeAsync(0);
  expect(attempts.length).toBe(1);
  await jest.advanceTimersByTimeAsync(1_000);
  watcher.retry();
  await jest.advanceTimersByTimeAsync(0);
  expect(lost.length).toBe(1);
  watcher.retry();
  await jest.advanceTimersByTimeAsync(0);
  expect(attempts.length).toBe(2);
});

it('is over once it is closed', async () => {
  watcher.close();
  await jest.advanceTimersByTimeAsync(60_000);
  expect([attempts.length, lost.length, jest.getTimerCount()]).toEqual([1, 0, 0]);
});

async function* play(signal: AbortSignal): AsyncGenerator<string> {
  const queue: (string | { readonly error: unknown })[] = [];
  let wake = () => {};
  const push = (what: string | { readonly error: unknown }) => {
    queue.push(what);
    wake();
  };
  attempts.push({ send: push, end: (error) => push({ error }) });
  signal.addEventListener('abort', () => push({ error: signal.reason }));
  for (;;) {
    const next = queue.shift();
    if (next === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    } else if (typeof next === 'string') yield next;
    else if (next.error === undefined) return;
    else throw next.error;
  }
}
