import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it, jest } from '@jest/globals';
import { createNewsStreams } from '../../src/services/news-streams.ts';
import { failure } from '../rpc/support/errors.ts';
import { turn } from './support/streams.ts';

const DONE = { done: true, value: undefined };

/** A stream of whatever `state.news` is. */
function open(signal = new AbortController().signal, drain = new AbortController()) {
  const state: { news: string | undefined } = { news: 'first' };
  const wakes = new Set<() => void>();
  const quiet = { begun: 0, open: 0 };
  const stream = createNewsStreams(drain.signal)<string>({
    signal,
    subscribe(wake) {
      wakes.add(wake);
      return () => wakes.delete(wake);
    },
    read: () => state.news,
    whileQuiet() {
      quiet.begun += 1;
      quiet.open += 1;
      return () => {
        quiet.open -= 1;
      };
    },
  });
  const wake = () => {
    for (const each of wakes) each();
  };
  return { stream, drain, state, quiet, wake, subscriptions: () => wakes.size };
}

/** Whether it is settled by all that has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  await turn();
  return settled;
}

describe('a stream of news', () => {
  it('tells at the start, then waits', async () => {
    const { stream, quiet } = open();
    expect(await stream.next()).toEqual({ done: false, value: 'first' });
    expect(quiet).toEqual({ begun: 0, open: 0 });
    const next = stream.next();
    expect(await isSettled(next)).toBe(false);
    expect(quiet).toEqual({ begun: 1, open: 1 });
    await stream.return?.();
  });

  it('takes any number of wakes for one, and tells the latest', async () => {
    const { stream, state, wake } = open();
    await stream.next();
    for (state.news of ['second', 'third']) wake();
    expect(await stream.next()).toEqual({ done: false, value: 'third' });
    expect(await isSettled(stream.next())).toBe(false);
    await stream.return?.();
  });

  it('goes on waiting when there is nothing to tell', async () => {
    const { stream, state, wake, quiet } = open();
    await stream.next();
    const next = stream.next();
    state.news = undefined;
    wake();
    expect(await isSettled(next)).toBe(false);
    expect(quiet.open).toBe(1);
    state.news = 'second';
    wake();
    expect(await next).toEqual({ done: false, value: 'second' });
    expect(quiet.open).toBe(0);
    await stream.return?.();
  });

  it('leaves nothing behind when its reader stops, waiting or not', async () => {
    const { stream, quiet, subscriptions } = open();
    await stream.next();
    const next = stream.next();
    expect([subscriptions(), quiet.open]).toEqual([1, 1]);
    expect(await stream.return?.()).toEqual(DONE);
    expect([subscriptions(), quiet.open]).toEqual([0, 0]);
    expect(await next).toEqual(DONE);
    expect(await stream.next()).toEqual(DONE);
    expect(await stream.return?.()).toEqual(DONE);
  });

  it('leaves nothing behind at the end of its call, though nobody reads it', async () => {
    const call = new AbortController();
    const { stream, quiet, subscriptions } = open(call.signal);
    await stream.next();
    call.abort();
    expect([subscriptions(), quiet.open]).toEqual([0, 0]);
    expect((await failure(stream.next())).code).toBe(Code.Canceled);
    expect(await stream.next()).toEqual(DONE);
  });

  it('holds nothing for a call that has ended before', async () => {
    const { stream, subscriptions } = open(AbortSignal.abort());
    expect(subscriptions()).toBe(0);
    expect((await failure(stream.next())).code).toBe(Code.Canceled);
  });

  it('fails with the reason of the end: a deadline is no cancellation', async () => {
    const call = new AbortController();
    const { stream, quiet } = open(call.signal);
    await stream.next();
    const end = failure(stream.next());
    call.abort(new ConnectError('too late', Code.DeadlineExceeded));
    expect((await end).code).toBe(Code.DeadlineExceeded);
    expect(quiet.open).toBe(0);
  });

  it('fails at the end of the call even when there is news', async () => {
    const call = new AbortController();
    const { stream, wake } = open(call.signal);
    await stream.next();
    wake();
    call.abort();
    expect((await failure(stream.next())).code).toBe(Code.Canceled);
  });

  it('fails with what it cannot read, and leaves nothing behind', async () => {
    const read = jest.fn<() => string>().mockImplementation(() => {
      throw new Error('no news');
    });
    const end = jest.fn();
    const never = new AbortController().signal;
    const stream = createNewsStreams(never)({ signal: never, subscribe: () => end, read });
    await expect(stream.next()).rejects.toThrow('no news');
    expect(end).toHaveBeenCalled();
    expect(await stream.next()).toEqual(DONE);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('does not wait once the server drains', async () => {
    const { stream, drain, state } = open();
    await stream.next();
    const next = stream.next();
    state.news = 'last';
    drain.abort();
    expect(await next).toEqual({ done: false, value: 'last' });
    expect(await stream.next()).toEqual({ done: false, value: 'last' });
    await stream.return?.();
  });

  it('is asked without promises too, and says when it is worth asking again', () => {
    const call = new AbortController();
    const { stream, state, wake, quiet } = open(call.signal);
    const reader = { resume: jest.fn() };
    expect(stream.poll(reader)).toBe('first');
    wake();
    expect(reader.resume).not.toHaveBeenCalled();
    expect(stream.poll(reader)).toBe('first');
    expect(stream.poll(reader)).toBeUndefined();
    expect(quiet.open).toBe(1);
    for (state.news of ['second', 'third']) wake();
    expect(reader.resume).toHaveBeenCalledTimes(1);
    expect(stream.poll(reader)).toBe('third');
    expect(stream.poll(reader)).toBeUndefined();
    call.abort();
    expect(reader.resume).toHaveBeenCalledTimes(2);
    expect(() => stream.poll(reader)).toThrow(new ConnectError('the call was canceled', Code.Canceled));
    expect(stream.poll(reader)).toBeUndefined();
    expect([reader.resume.mock.calls.length, quiet.open]).toEqual([2, 0]);
  });

  it('shares the turn of the event loop with thousands that are woken by the same', async () => {
    const drain = new AbortController();
    const createStream = createNewsStreams(drain.signal);
    const wakes: (() => void)[] = [];
    let told = 0;
    const streams = Array.from({ length: 2_000 }, () =>
      createStream({
        signal: new AbortController().signal,
        subscribe(wake) {
          wakes.push(wake);
          return () => {};
        },
        read: () => ++told,
      }),
    );
    for (const stream of streams) await stream.next();
    const all = Promise.all(streams.map((stream) => stream.next()));
    told = 0;
    for (const wake of wakes) wake();
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(1_000);
    await all;
    expect(told).toBe(2_000);
  });
});
