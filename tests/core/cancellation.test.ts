import { describe, expect, it } from '@jest/globals';
import { abortSignalOf, Canceller } from '../../src/core/cancellation.ts';

describe('a canceller', () => {
  const reason = new Error('nobody waits');

  it('says once that it has fired, and why', () => {
    const canceller = new Canceller();
    const heard: unknown[] = [];
    canceller.addEventListener('abort', () => heard.push(canceller.reason));
    canceller.throwIfAborted();
    expect(canceller.aborted).toBe(false);
    canceller.abort(reason);
    canceller.abort(new Error('later'));
    expect([canceller.aborted, heard]).toEqual([true, [reason]]);
    expect(() => canceller.throwIfAborted()).toThrow(reason);
  });

  it('calls those that are left, in their order, also where one of them takes itself out', () => {
    const canceller = new Canceller();
    const heard: string[] = [];
    const [first, second] = [() => heard.push('first'), () => heard.push('second')];
    const third = () => {
      heard.push('third');
      canceller.removeEventListener('abort', third);
    };
    for (const listener of [first, second, third, () => heard.push('fourth')]) {
      canceller.addEventListener('abort', listener);
    }
    canceller.removeEventListener('abort', second);
    canceller.removeEventListener('abort', second);
    canceller.abort(reason);
    expect(heard).toEqual(['first', 'third', 'fourth']);
  });

  it('does not call who comes after it has fired, as an AbortSignal does not', () => {
    const canceller = new Canceller();
    canceller.abort(reason);
    canceller.addEventListener('abort', () => expect('called').toBe('not called'));
  });

  it('has a signal of Node, whichever is first', () => {
    const [before, after] = [new Canceller(), new Canceller()];
    const signal = abortSignalOf(before);
    expect(signal.aborted).toBe(false);
    before.abort(reason);
    after.abort(reason);
    expect([signal.reason, abortSignalOf(before), abortSignalOf(after).reason]).toEqual([reason, signal, reason]);
  });

  it('is no need where there is a signal of Node', () => {
    const { signal } = new AbortController();
    expect(abortSignalOf(signal)).toBe(signal);
  });
});
