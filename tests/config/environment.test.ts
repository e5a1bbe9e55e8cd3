import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { substituteEnvironment } from '../../src/config/source/environment.ts';

/** In the texts here @ stands for the dollar sign, so that none of them looks like a template of this language. */
const dollars = (text: string) => text.replaceAll('@', () => '$');
const env = { HOST: 'db', EMPTY: '', NESTED: dollars('@{HOST}') };
const substitute = (text: string) => substituteEnvironment(dollars(text), env);

describe('substituteEnvironment', () => {
  it.each([
    ['@{HOST}:5432', 'db:5432'],
    ['@{HOST}@{HOST}', 'dbdb'],
    ['@{EMPTY}', ''],
    ['@{EMPTY:-other}', 'other'],
    ['@{MISSING:-other}', 'other'],
    ['@{MISSING:-}', ''],
    ['@{MISSING:-a:-b}', 'a:-b'],
    ['@{HOST:-other}', 'db'],
    ['@@{HOST}', '@{HOST}'],
    ['@@@{HOST}', '@@{HOST}'],
    ['$HOST costs $5 {x}', '$HOST costs $5 {x}'],
    ['@{NESTED}', '@{HOST}'],
  ])('makes of %s: %s', (text, expected) => {
    expect(substitute(text)).toEqual({ text: dollars(expected), faults: [] });
  });

  it.each(['@{', '@{}', '@{HOST', '@{1}', '@{HO ST}', '@{HOST-x}', '@{:-x}'])('finds fault with %s', (text) => {
    expect(substitute(text).faults).toEqual([expect.stringMatching(/^has a \$\{ that is no reference/)]);
  });

  it.each(['MISSING', 'toString', '__proto__'])('finds that there is no %s', (name) => {
    expect(substitute(`@{${name}}`).faults).toEqual([
      dollars(`the environment has no variable ${name}: set it, or write @{${name}:-default}`),
    ]);
  });

  it('tells every fault of a text', () => {
    expect(substitute('@{A} @{B} @{').faults).toHaveLength(3);
  });

  it('leaves alone what has no reference', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes(dollars('@{')));
        expect(substituteEnvironment(text, env).text).toBe(text);
      }),
    );
  });
});
