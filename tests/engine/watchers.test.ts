import { describe, expect, it, jest } from '@jest/globals';
import { createWatchers } from '../../src/engine/watchers.ts';

describe('watchers', () => {
  it('wakes who wants one of the ids, or any, each once', () => {
    const watchers = createWatchers();
    const wakes = { any: jest.fn(), a: jest.fn(), ab: jest.fn(), c: jest.fn() };
    watchers.add(undefined, wakes.any);
    watchers.add(new Set(['a']), wakes.a);
    watchers.add(new Set(['a', 'b']), wakes.ab);
    watchers.add(new Set(['c']), wakes.c);
    watchers.wake(['a', 'b', 'd']);
    expect(wakes.any).toHaveBeenCalledTimes(1);
    expect(wakes.a).toHaveBeenCalledTimes(1);
    expect(wakes.ab).toHaveBeenCalledTimes(1);
    expect(wakes.c).not.toHaveBeenCalled();
  });

  it.each([2, 999, 1_000, 5_000])('wakes who wants one of %i ids, once for all that changed, until it ends', (size) => {
    const watchers = createWatchers();
    const ids = new Set(Array.from({ length: size }, (_, number) => `id-${number}`));
    const wakes = [jest.fn(), jest.fn(), jest.fn()];
    const ends = [watchers.add(ids, wakes[0]!), watchers.add(ids, wakes[1]!), watchers.add(new Set(ids), wakes[2]!)];
    const woken = () => wakes.map(({ mock }) => mock.calls.length);
    watchers.wake(['id-0', `id-${size - 1}`]);
    expect(woken()).toEqual([1, 1, 1]);
    watchers.wake([`id-${size}`]);
    expect(woken()).toEqual([1, 1, 1]);
    ends[0]!();
    ends[0]!();
    watchers.wake(['other', 'id-1']);
    expect(woken()).toEqual([1, 2, 2]);
    for (const end of ends) end();
    watchers.wake(['id-1']);
    expect([woken(), watchers.size]).toEqual([[1, 2, 2], 0]);
  });

  it('wakes nobody for nothing', () => {
    const watchers = createWatchers();
    const wake = jest.fn();
    watchers.add(undefined, wake);
    watchers.wake([]);
    expect(wake).not.toHaveBeenCalled();
  });

  it('wakes nobody who wants no id', () => {
    const watchers = createWatchers();
    const wake = jest.fn();
    watchers.add(new Set(), wake);
    watchers.wake(['a']);
    expect(wake).not.toHaveBeenCalled();
  });

  it('keeps two subscriptions of one function apart', () => {
    const watchers = createWatchers();
    const wake = jest.fn();
    const end = watchers.add(new Set(['a']), wake);
    watchers.add(new Set(['a']), wake);
    watchers.wake(['a']);
    expect(wake).toHaveBeenCalledTimes(2);
    end();
    watchers.wake(['a']);
    expect(wake).toHaveBeenCalledTimes(3);
  });

  it('ends a subscription once, however often it is told to', () => {
    const watchers = createWatchers();
    const wake = jest.fn();
    const endAny = watchers.add(undefined, wake);
    const endSome = watchers.add(new Set(['a', 'b']), wake);
    watchers.add(new Set(['b']), () => {});
    expect(watchers.size).toBe(3);
    endAny();
    endAny();
    endSome();
    endSome();
    expect(watchers.size).toBe(1);
    watchers.wake(['a', 'b']);
    expect(wake).not.toHaveBeenCalled();
  });

  it('does not wake one that another has ended just now', () => {
    const watchers = createWatchers();
    const ended = jest.fn();
    let end = () => {};
    watchers.add(undefined, () => end());
    end = watchers.add(new Set(['a']), ended);
    watchers.wake(['a']);
    expect(ended).not.toHaveBeenCalled();
  });

  it('does not wake one that is added while it wakes others', () => {
    const watchers = createWatchers();
    const late = jest.fn();
    watchers.add(undefined, () => watchers.add(undefined, late));
    watchers.wake(['a']);
    expect(late).not.toHaveBeenCalled();
  });
});
