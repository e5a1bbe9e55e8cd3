import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, characters, escapeBy, shorten, shortenAll } from '../../../src/alerts/channels/shorten.ts';

const ESCAPE = escapeBy({ '&': '&amp;', '<': '&lt;', '>': '&gt;' });
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('&', '<', 'é', '😀', 'a', '\ud83d', '…'), maxLength: 60 }),
);

describe('shorten', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly it', 10, 'exactly it'],
    ['a little more', 10, 'a little …'],
    ['😀😀😀', 5, '😀😀…'],
    ['abc', 0, ''],
  ])('%s in %i characters', (text, limit, expected) => {
    expect(shorten(text, limit)).toBe(expected);
  });

  it.each([
    ['a&b', 7, 'a&amp;b'],
    ['a&b', 6, 'a…'],
    ['&&', 9, '&amp;…'],
  ])('escapes %s in %i, never half an escape', (text, limit, expected) => {
    expect(shorten(text, limit, { escape: ESCAPE, size: characters })).toBe(expected);
  });

  it('never takes more than its limit, is well formed, and leaves whole what fits', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 80 }), fc.constantFrom(bytes, characters), (text, limit, size) => {
        const shortened = shorten(text, limit, { escape: ESCAPE, size });
        expect(size(shortened)).toBeLessThanOrEqual(limit);
        expect(shortened.isWellFormed()).toBe(true);
        expect(shortened.replaceAll(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
        const whole = Array.from(text.toWellFormed(), ESCAPE).join('');
        if (size(whole) <= limit) expect(shortened).toBe(whole);
        else if (shortened !== '') expect(whole.startsWith(shortened.slice(0, -1))).toBe(true);
      }),
    );
  });
});

describe('shortenAll', () => {
  it('takes parts while they fit, cuts one, and leaves out those behind it', () => {
    const render = (part: string, room: number) => (room < 3 ? undefined : shorten(part, room));
    expect(shortenAll(['abc', 'defghi', 'j'], 9, { size: characters, separator: ' ', render })).toBe('abc defg…');
    expect(shortenAll(['abc', 'defghi', 'j'], 6, { size: characters, separator: ' ', render })).toBe('abc');
    expect(shortenAll([], 6, { size: characters, separator: ' ', render })).toBe('');
  });
});
