import { RE2JS } from '@bufbuild/re2';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileAnswerPattern } from '../../src/probes/answer-pattern.ts';

/** The verdict where the answer comes in these pieces, and is then at its end. */
function verdict(pattern: string, pieces: readonly Uint8Array[]): 'matches' | 'fails' {
  const compiled = compileAnswerPattern(pattern);
  let bytes = Buffer.alloc(0);
  for (const piece of pieces) {
    bytes = Buffer.concat([bytes, piece]);
    const judged = compiled.judge({ bytes, isWhole: false });
    if (judged !== 'undecided') return judged;
  }
  return compiled.judge({ bytes, isWhole: true }) as 'matches' | 'fails';
}

const atOnce = (pattern: string, answer: string | Uint8Array) =>
  compileAnswerPattern(pattern).judge({ bytes: Buffer.from(answer), isWhole: false });

describe('before the end of the answer', () => {
  it.each<[string, string | Uint8Array, 'matches' | 'fails' | 'undecided']>([
    ['PONG', '+PONG', 'matches'],
    ['^\\+PONG', '+PONG\r\n', 'matches'],
    ['^\\+PONG', '+PO', 'undecided'],
    // No more can make a match of it.
    ['^\\+PONG', '-LOADING Redis is loading\r\n', 'fails'],
    ['\\A220 ', '554 no', 'fails'],
    ['^220', '2', 'undecided'],
    ['^220?', '22', 'matches'],
    ['^220?', '2x', 'fails'],
    ['^22{2}', '2x', 'undecided'],
    ['^2+0', '3', 'fails'],
    ['^a|b', 'x', 'undecided'],
    ['(?i)^a', 'b', 'undecided'],
    ['^[ab]', 'c', 'undecided'],
    ['^\\d', 'c', 'undecided'],
    ['^ü', 'x', 'undecided'],
    // The end of a line is known once it is there.
    ['^\\+PONG$', '+PONG', 'undecided'],
    ['^\\+PONG$', '+PONG\r', 'undecided'],
    ['^\\+PONG$', '+PONG\r\n', 'matches'],
    ['^\\+PONG$', '+PONG\n', 'matches'],
    ['ready$', 'one\nready\nthree', 'matches'],
    ['^ready$', 'one\nready\nthree', 'fails'],
    ['(?m)^ready$', 'one\nready\nthree', 'matches'],
    ['bye\\b', 'bye', 'undecided'],
    ['bye\\b', 'bye\n', 'matches'],
    ['bye\\z', 'bye\n', 'undecided'],
    // No end: a dollar sign, in three ways.
    ['cost \\$', 'cost $', 'matches'],
    ['cost [$]', 'cost $', 'matches'],
    ['\\Qcost $\\E', 'cost $', 'matches'],
    // Bytes and characters.
    ['^\\xd2\\x04', Buffer.from([0xd2, 0x04, 0xff]), 'matches'],
    ['^\\xd2', Buffer.from([0xd2]), 'matches'],
    ['\\x00\\xff$', Buffer.from([0, 0xff, 0x0a]), 'matches'],
    ['é', 'café', 'matches'],
    ['^caf.{1}$', 'café\n', 'matches'],
    ['\\x{1F600}', '😀', 'matches'],
    ['\\x{FFFD}', Buffer.from('é').subarray(0, 1), 'undecided'],
  ])('%s is judged over %j: %s', (pattern, answer, expected) => {
    expect(atOnce(pattern, answer)).toBe(expected);
  });
});

describe('at the end of the answer', () => {
  it.each<[string, string, 'matches' | 'fails']>([
    ['bye$', 'good bye', 'matches'],
    ['bye\\z', 'good bye', 'matches'],
    ['bye\\z', 'good bye\n', 'fails'],
    ['bye\\b', 'good bye', 'matches'],
    ['^\\+PONG\\r\\n$', '+PONG\r\n', 'matches'],
    ['^\\+PONG', '+PON', 'fails'],
    ['^$', '', 'matches'],
  ])('%s is judged over %j: %s', (pattern, answer, expected) => {
    expect(compileAnswerPattern(pattern).judge({ bytes: Buffer.from(answer), isWhole: true })).toBe(expected);
  });
});

it.each(['(', '[a', 'a**', '\\8', '(?<n'])('%s is no expression', (pattern) => {
  expect(() => compileAnswerPattern(pattern)).toThrow();
});

describe('however the answer is cut into packets', () => {
  const piece = fc.constantFrom('a', 'b', '\r', '\n', '$', ' ', 'é', '\u00d2', '😀', 'PONG', '+', '^');
  const raw = fc.constantFrom(...[0x00, 0x80, 0xc3, 0xd2, 0xe2, 0xf0, 0xff].map((byte) => Buffer.of(byte)));
  const answer = fc
    .array(
      fc.oneof(
        piece.map((text) => Buffer.from(text)),
        raw,
      ),
      { maxLength: 12 },
    )
    .map((parts) => Buffer.concat(parts));
  const atom = fc.constantFrom(
    ...'a b . \\+ \\$ [$] [^a] \\r \\n é \\xd2 \\x00 PONG $ ^ \\b \\B \\z \\A (a|b) (?:\\+PONG) (?m:^) (?m:$) \\s \\S'.split(
      ' ',
    ),
  );
  const pattern = fc
    .tuple(
      fc.constantFrom('', '^', '(?m)', '(?i)^', '\\A'),
      fc.array(fc.tuple(atom, fc.constantFrom('', '', '*', '?', '+')), { minLength: 1, maxLength: 5 }),
    )
    .map(
      ([start, atoms]) =>
        start + atoms.map(([one, often]) => (/^(\^|\$|\\[bBzA]|\(\?m)/.test(one) ? one : one + often)).join(''),
    )
    .filter((text) => {
      try {
        return new RE2JS(text) !== undefined;
      } catch {
        return false;
      }
    });

  it('the verdict is the same', () => {
    fc.assert(
      fc.property(pattern, answer, fc.array(fc.nat(40), { maxLength: 8 }), (text, bytes, cuts) => {
        const whole = verdict(text, [bytes]);
        const bounds = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const pieces = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
        expect(verdict(text, pieces)).toBe(whole);
        expect(
          verdict(
            text,
            [...bytes].map((byte) => Buffer.of(byte)),
          ),
        ).toBe(whole);
      }),
      { numRuns: 3000 },
    );
  });
});
