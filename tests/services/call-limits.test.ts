import { expect, it } from '@jest/globals';
import { type CallLimitsOptions, createCallLimits } from '../../src/services/call-limits.ts';
import { details } from '../rpc/support/errors.ts';

function createWorld(rates: Pick<CallLimitsOptions, 'perSecondPerClient' | 'perSecondPerPrincipal'>) {
  let nowMs = 0;
  const refused: string[] = [];
  const limit = createCallLimits({ ...rates, monotonicMs: () => nowMs, onRefused: (key) => void refused.push(key) });
  return {
    limit,
    refused,
    advance: (ms: number) => {
      nowMs += ms;
    },
    /** How many of so many calls may begin. */
    calls: (address: string | undefined, principal: string | undefined, count = 50) =>
      Array.from({ length: count }, () => limit?.(address, principal)).filter((error) => error === undefined).length,
  };
}

it('limits nothing, and costs nothing, where nothing is configured', () => {
  expect(createWorld({ perSecondPerClient: 0, perSecondPerPrincipal: 0 }).limit).toBeUndefined();
});

it('counts each address, and the /64 of IPv6', () => {
  const { calls, advance } = createWorld({ perSecondPerClient: 1, perSecondPerPrincipal: 0 });
  expect(calls('192.0.2.1', 'key:a')).toBe(10);
  expect(calls('::ffff:192.0.2.1', 'key:a')).toBe(0);
  expect(calls('192.0.2.2', 'key:a')).toBe(10);
  expect(calls('2001:db8::1', undefined)).toBe(10);
  expect(calls('2001:db8::2', undefined)).toBe(0);
  expect(calls('2001:db8:0:1::1', undefined)).toBe(10);
  advance(2_000);
  expect(calls('192.0.2.1', undefined)).toBe(2);
});

it('counts each principal, whatever its address, and nobody who shows no credential', () => {
  const { calls, refused } = createWorld({ perSecondPerClient: 0, perSecondPerPrincipal: 1 });
  expect(calls('192.0.2.1', 'key:a', 6) + calls('192.0.2.2', 'key:a', 6)).toBe(10);
  expect(calls('192.0.2.1', 'key:b')).toBe(10);
  expect(calls('192.0.2.1', undefined)).toBe(50);
  expect(new Set(refused)).toEqual(new Set(['calls_per_second_per_principal']));
});

it('does not count who has no address any more', () => {
  const { calls } = createWorld({ perSecondPerClient: 1, perSecondPerPrincipal: 1 });
  expect(calls(undefined, undefined)).toBe(50);
  expect(calls('', undefined)).toBe(50);
});

it('says which limit it was, and when to come again', () => {
  const { limit, calls, refused } = createWorld({ perSecondPerClient: 0.5, perSecondPerPrincipal: 0 });
  calls('192.0.2.1', undefined, 5);
  expect(details(limit!('192.0.2.1', undefined)!)).toMatchObject({
    reason: 'TOO_MANY_CALLS',
    metadata: { limit: 'limits.calls_per_second_per_client', perSecond: '0.5' },
    retryDelaySeconds: 2,
  });
  expect(refused).toEqual(['calls_per_second_per_client']);
});
