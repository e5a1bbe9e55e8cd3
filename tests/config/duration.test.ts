import { create } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { durationFromMs, durationToMs, formatDuration, parseDuration } from '../../src/config/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
    ['1d12h', 129_600_000],
    ['1h30m', 5_400_000],
    ['1h0m30s', 3_630_000],
    ['1m500ms', 60_500],
    ['1.5s', 1500],
    ['0.25h', 900_000],
    ['90m', 5_400_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(durationToMs(parseDuration(text)!)).toBe(ms);
  });

  it.each([
    '',
    '30',
    's',
    '30 s',
    '-5s',
    '+5s',
    '5w',
    '5h1d',
    '30m1h',
    '1s1s',
    '1,5s',
    '1e3s',
    '5S',
    '.5s',
    '1.s',
    '0x1s',
    '30s\n',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('keeps nanoseconds and refuses what is finer', () => {
    expect(parseDuration('0.000000001s')).toEqual(create(DurationSchema, { nanos: 1 }));
    expect(parseDuration('0.0000001ms')).toBeUndefined();
  });

  it('refuses more than the message can hold', () => {
    expect(parseDuration('315576000000s')).toBeDefined();
    expect(parseDuration('315576000001s')).toBeUndefined();
    expect(parseDuration('999999999999h')).toBeUndefined();
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [250, '250ms'],
    [1500, '1.5s'],
    [5_400_000, '1h30m'],
    [86_400_000, '24h'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes what parseDuration reads', () => {
    fc.assert(fc.property(fc.nat(10 ** 10), (ms) => expect(durationToMs(parseDuration(formatDuration(ms))!)).toBe(ms)));
  });
});

it('converts milliseconds there and back', () => {
  fc.assert(fc.property(fc.nat(10 ** 12), (ms) => expect(durationToMs(durationFromMs(ms))).toBe(ms)));
  fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => durationFromMs(ms).nanos < 1e9));
  expect(durationFromMs(999.9999999999999)).toMatchObject({ seconds: 1n, nanos: 0 });
});
