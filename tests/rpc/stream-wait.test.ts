import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { createStreamWait } from '../../src/rpc/stream-wait.ts';
import { failure } from './support/errors.ts';
import { turn } from './support/streams.ts';

function create(signal = new AbortController().signal) {
  const drain = new AbortController();
  let subscriptions = 0;
  const wait = createStreamWait({
    signal,
    draining: drain.signal,
    subscribe() {
      subscriptions += 1;
      let isOpen = true;
      return () => {
        if (isOpen) subscriptions -= 1;
        isOpen = false;
      };
    },
  });
  return { wait, drain, subscriptions: () => subscriptions };
}

describe('stream wait', () => {
  it('takes any number of wakes for one, and remembers it', async () => {
    const { wait } = create();
    wait.wake();
    wait.wake();
    await wait.next();
    let isWoken = false;
    const next = wait.next().then(() => {
      isWoken = true;
    });
    await turn();
    expect(isWoken).toBe(false);
    wait.wake();
    await next;
    wait.close();
  });

  it('ends its subscription when it is closed, without the end of the call', () => {
    const { wait, subscriptions } = create();
    expect(subscriptions()).toBe(1);
    wait.close();
    wait.close();
    expect(subscriptions()).toBe(0);
  });

  it('ends its subscription at the end of the call, without being closed', () => {
    const call = new AbortController();
    const { subscriptions } = create(call.signal);
    call.abort();
    expect(subscriptions()).toBe(0);
  });

  it('holds nothing for a call that has ended before', async () => {
    const { wait, subscriptions } = create(AbortSignal.abort());
    expect(subscriptions()).toBe(0);
    expect((await failure(wait.next())).code).toBe(Code.Canceled);
  });

  it('rejects with the reason of the end: a deadline is no cancellation', async () => {
    const call = new AbortController();
    const { wait } = create(call.signal);
    const end = failure(wait.next());
    call.abort(new ConnectError('too late', Code.DeadlineExceeded));
    expect((await end).code).toBe(Code.DeadlineExceeded);
  });

  it('rejects at the end of the call even when there is news', async () => {
    const call = new AbortController();
    const { wait } = create(call.signal);
    wait.wake();
    call.abort();
    expect((await failure(wait.next())).code).toBe(Code.Canceled);
  });

  it('does not wait once the server drains', async () => {
    const { wait, drain } = create();
    const next = wait.next();
    drain.abort();
    await next;
    await wait.next();
    wait.close();
  });
});
