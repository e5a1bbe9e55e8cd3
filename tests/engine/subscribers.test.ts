import { describe, expect, it, jest } from '@jest/globals';
import { createSubscribers } from '../../src/engine/subscribers.ts';

describe('subscribers', () => {
  it('wakes who wants one of the ids, or any, each once', () => {
    const subscribers = createSubscribers();
    const wakes = { any: jest.fn(), a: jest.fn(), ab: jest.fn(), c: jest.fn() };
    subscribers.add(undefined, wakes.any);
    subscribers.add(new Set(['a']), wakes.a);
    subscribers.add(new Set(['a', 'b']), wakes.ab);
    subscribers.add(new Set(['c']), wakes.c);
    subscribers.wake(['a', 'b', 'd']);
    expect(wakes.any).toHaveBeenCalledTimes(1);
    expect(wakes.a).toHaveBeenCalledTimes(1);
    expect(wakes.ab).toHaveBeenCalledTimes(1);
    expect(wakes.c).not.toHaveBeenCalled();
  });

  it('wakes nobody for nothing', () => {
    const subscribers = createSubscribers();
    const wake = jest.fn();
    subscribers.add(undefined, wake);
    subscribers.wake([]);
    expect(wake).not.toHaveBeenCalled();
  });

  it('wakes nobody who wants no id', () => {
    const subscribers = createSubscribers();
    const wake = jest.fn();
    subscribers.add(new Set(), wake);
    subscribers.wake(['a']);
    expect(wake).not.toHaveBeenCalled();
  });

  it('keeps two subscriptions of one function apart', () => {
    const subscribers = createSubscribers();
    const wake = jest.fn();
    const end = subscribers.add(new Set(['a']), wake);
    subscribers.add(new Set(['a']), wake);
    subscribers.wake(['a']);
    expect(wake).toHaveBeenCalledTimes(2);
    end();
    subscribers.wake(['a']);
    expect(wake).toHaveBeenCalledTimes(3);
  });

  it('ends a subscription once, however often it is told to', () => {
    const subscribers = createSubscribers();
    const wake = jest.fn();
    const endAny = subscribers.add(undefined, wake);
    const endSome = subscribers.add(new Set(['a', 'b']), wake);
    subscribers.add(new Set(['b']), () => {});
    expect(subscribers.size).toBe(3);
    endAny();
    endAny();
    endSome();
    endSome();
    expect(subscribers.size).toBe(1);
    subscribers.wake(['a', 'b']);
    expect(wake).not.toHaveBeenCalled();
  });

  it('does not wake one that another has ended just now', () => {
    const subscribers = createSubscribers();
    const ended = jest.fn();
    let end = () => {};
    subscribers.add(undefined, () => end());
    end = subscribers.add(new Set(['a']), ended);
    subscribers.wake(['a']);
    expect(ended).not.toHaveBeenCalled();
  });

  it('does not wake one that is added while it wakes others', () => {
    const subscribers = createSubscribers();
    const late = jest.fn();
    subscribers.add(undefined, () => subscribers.add(undefined, late));
    subscribers.wake(['a']);
    expect(late).not.toHaveBeenCalled();
  });
});
