// Composing in pieces gives what the library gives in one go: the same nodes at the same offsets, and the same first error.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Document, LineCounter, Parser, parseDocument, visit } from 'yaml';
import { type ComposeOptions, composeYaml } from '../../src/config/source/compose-yaml.ts';
import { atOnce } from '../../src/core/steps.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/config');
const OPTIONS: ComposeOptions = { schema: 'failsafe', uniqueKeys: false, merge: false };

function inPieces(text: string, pieceSize: number) {
  const tokens = [...new Parser(new LineCounter().addNewLine).parse(text)];
  return atOnce(composeYaml(tokens, text.length, OPTIONS, pieceSize))[0]!;
}

/** Every node with its offsets, or where the first error is and what it says. */
function outcomeOf({ contents, errors }: Document.Parsed) {
  const [first] = errors
    .filter(({ code }) => code !== 'MULTIPLE_DOCS')
    .map(({ pos, code, message }) => ({ offset: pos[0], code, message }))
    .sort((a, b) => a.offset - b.offset);
  if (first !== undefined) return { ...first };
  const nodes: unknown[] = [];
  visit(contents, {
    Alias: (_key, { range, source }) => void nodes.push(['alias', range, source]),
    Scalar: (_key, { range, value, tag, anchor, type }) => void nodes.push([type, range, value, tag, anchor]),
    Collection: (_key, { range, items, tag, anchor }) => void nodes.push([range?.[0], items.length, tag, anchor]),
  });
  return nodes;
}

function expectSame(text: string) {
  const whole = outcomeOf(parseDocument(text, { ...OPTIONS, prettyErrors: false }));
  for (const size of [1, 2, 3]) expect(outcomeOf(inPieces(text, size))).toEqual(whole);
}

describe('composing in pieces', () => {
  it.each(readdirSync(FOLDER))('of %s', (name) => expectSame(readFileSync(join(FOLDER, name), 'utf8')));

  it.each([
    ['a list in a list', 'a:\n  - - b\n    - c\n  - - d\n  - e\nf: g\n'],
    ['empty entries', 'a:\n-\n- \n- b\n-\nc: []\n'],
    ['comments between', 'a:\n  # one\n  - b # two\n\n  # three\n  - c\n  # four\n# five\nd: e\n'],
    ['anchors and aliases', 'a: &all\n  - &one b\n  - *one\n  - *all\n  - *none\n'],
    ['tags', '%TAG !e! tag:example.com,2000:\n---\na:\n  - !e!x b\n  - !!str c\n  - !d e\n'],
    ['a block text', 'a:\n  - |\n    b\n    c\n  - >-\n   d\n  - e\n'],
    ['JSON', '{"a": [{"b": 1}, {"c": [2, 3]},\n{"d": 4}, "e"], "f": [5, 6, 7]}\n'],
    ['a comma behind the last entry', 'a: [b, c, d, ]\n'],
    ['pairs in a list', 'a: [b: c, d: e, ? f, g]\n'],
    ['two commas', 'a: [b, c,, d, e]\n'],
    ['two commas at the end', 'a: [b, c, d,,]\n'],
    ['a comma in front', 'a: [, b, c, d]\n'],
    ['no comma', 'a: [{b}, {c} {d}, {e}]\n'],
    ['no end of a list', 'a: [b, c, d\n'],
    ['blanks, and no end of a list', '  a: b\n  c: [d,\n e]\n'],
    ['an end too far left', 'a:\n  b: [\n  c, d, e\n]\n'],
    ['another end', 'a: [b, c, d}\n'],
    ['an entry that is no entry', 'a:\n  - b\n  c\n  - d\n'],
    ['an entry further left', 'a:\n    - b\n    - c\n  - d\n    - e\n'],
    ['a key further right behind the list', 'a:\n  - b\n  - c\n  - d\n e: f\n'],
    ['a tab', 'a:\n  - b\n\t- c\n  - d\n'],
    ['an unknown escape', 'a:\n  - b\n  - "\\q"\n  - c\n'],
    ['two documents', 'a: [b, c, d]\n---\ne: [f, g, "\\q"]\n'],
    ['no mapping', '- a\n- b\n- c\n'],
    ['nothing', ''],
  ])('of %s', (_name, text) => expectSame(text));

  it('of whatever is left when something is taken out, put in or repeated', () => {
    const lines = readFileSync(join(FOLDER, 'valid-every-key.yaml'), 'utf8').split('\n');
    const texts = lines.map((_, first) => lines.slice(first, first + 20).join('\n'));
    const cut = fc.tuple(
      fc.constantFrom(...texts.filter((text) => text !== '')),
      fc.nat(),
      fc.nat(40),
      fc.constantFrom('', ' ', '\n', '- ', ',', ']', '"', ': ', '&a ', '*a', '#'),
    );
    fc.assert(
      fc.property(cut, ([text, at, length, put]) => {
        const from = at % text.length;
        expectSame(text.slice(0, from) + put + text.slice(from + length));
      }),
      { numRuns: 300 },
    );
  });
});
