// A long list is read in pieces. It must come to what the file as a whole comes to, with every value in its place.

import { toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Component, ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { findPlace } from '../../src/config/source/places.ts';
import { parseYaml } from '../../src/config/source/yaml-document.ts';
import { NotInPieces, parseInPieces } from '../../src/config/source/yaml-pieces.ts';
import { readApart, readMessage } from '../../src/config/source/yaml-to-message.ts';
import { atOnce } from '../../src/core/steps.ts';
import { parse } from './support.ts';

/** Enough of them to be cut. */
const MANY = 300;
const ENV = { NAME: 'from outside' };

/** Ways to write an entry, without what is before its first character. */
const ENTRIES: readonly ((id: string, indent: string) => string)[] = [
  (id) => `{ id: ${id}, tcp: { target: "a:1" } }`,
  (id, indent) => `id: ${id}\n${indent}  tcp:\n${indent}    target: 'a:1'\n${indent}    send: "PING\\x80\\n"`,
  (id, indent) => `id: ${id}\n${indent}  description: |\n${indent}    - not an entry\n\n${indent}    # no comment\n`,
  (id, indent) => `id: ${id}\n${indent}  description: >+\n${indent}    folded\n${indent}    lines\n\n`,
  (id, indent) => `id: ${id} # why\n${indent}  # a comment\n${indent}  labels:\n${indent}    "a: b": 'it''s'\n`,
  (id, indent) =>
    `id: ${id}\n${indent}  depends_on:\n${indent}  - x\n${indent}  - y\n${indent}  display_name: "\${NAME}"`,
  (id, indent) => `{\n${indent}    id: ${id},\n${indent}    depends_on: [x,\n${indent}      y],\n${indent}  }`,
  (id, indent) => `id: ${id}\n${indent}  description: "- in\n${indent}    - two lines"\n\n# at the margin\n`,
  (id, indent) => `\n${indent}  id: ${id}\n${indent}  description: plain\n${indent}    and more`,
];

function textOf(entries: readonly number[], indent: string, tail: string): string {
  const lines = entries.map((way, at) => `${indent}- ${ENTRIES[way]!(`c${at}`, indent)}\n`);
  return `# first\ndefaults: { interval: 60s }\ncomponents: # all of them\n\n${lines.join('')}${tail}`;
}

function read(parsed: ReturnType<typeof whole>) {
  if (!parsed.ok) throw new Error(parsed.message);
  const { message, faults, places } = atOnce(readMessage(ConfigSchema, parsed.document, ENV));
  const positions = [0, 40, 4_000].map(parsed.position);
  return { message: toJson(ConfigSchema, message), faults, places, positions };
}
const whole = (text: string) => atOnce(parseYaml(text));
const inPieces = (text: string) => atOnce(parseInPieces(text, 'components'));

it('comes to the same', () => {
  const entries = fc.array(fc.nat({ max: ENTRIES.length - 1 }), { minLength: MANY, maxLength: MANY + 40, size: 'max' });
  const indents = fc.constantFrom('', '  ', '   ');
  const tails = fc.constantFrom('', '\n\n', 'root: { id: all }\n', '# last\nroot:\n  id: all', '\nlimits:\n- 1\n');
  fc.assert(
    fc.property(entries, indents, tails, fc.boolean(), (ways, indent, tail, isWindows) => {
      const text = textOf(ways, indent, tail).replaceAll('\n', isWindows ? '\r\n' : '\n');
      const parsed = inPieces(text);
      expect(parsed?.ok).toBe(true);
      const all = read(whole(text));
      expect(read(parsed!)).toEqual(all);
      if (all.faults.length > 0) expect(() => apart(text)).toThrow(NotInPieces);
      else expect(apart(text)).toEqual({ message: all.message, places: all.places });
    }),
    { numRuns: 10 },
  );
});

/** Entry by entry, as a configuration is read, with places that are looked up afterwards. */
function apart(text: string) {
  const parsed = inPieces(text);
  if (!parsed?.ok || parsed.document.long === undefined) throw new Error('it was not cut');
  const read = atOnce(readApart(ConfigSchema, { ...parsed.document, long: parsed.document.long }, ENV));
  const components: Component[] = [];
  for (let next = atOnce(read.next()); next !== undefined; next = atOnce(read.next())) {
    components.push(next as Component);
  }
  const { place } = findPlace(read.places, ['components']);
  const { entryAt, ...list } = place;
  // Not in their order: a piece that was forgotten is read again.
  const entries = [...components.keys()].toSorted((a, b) => (a % 50) - (b % 50) || a - b);
  const children = new Map(entries.map((index) => [index, entryAt!(index)!]));
  expect(entryAt!(components.length)).toBeUndefined();
  read.places.children!.set('components', { ...list, children });
  return { message: toJson(ConfigSchema, { ...read.message, components }), places: read.places };
}

const plain = (count: number) =>
  textOf(
    Array.from({ length: count }, () => 0),
    '  ',
    '',
  );

describe('is read as a whole', () => {
  it.each<[string, string]>([
    ['a short list', plain(20)],
    ['a list in brackets', `components: [\n${'{ id: a },\n'.repeat(MANY)}]\n`],
    ['a second document', `${plain(MANY)}---\na: b\n`],
    ['a key in quotes', `"components": []\n${plain(MANY)}`],
    ['a key that is there twice', `${plain(MANY)}components: []\n`],
    ['a value beside the key', plain(MANY).replace('# all of them', '&all')],
    ['a tab', plain(MANY).replace('  - { id: c9,', '\t- { id: c9,')],
    ['an entry that is none', plain(MANY).replace('  - { id: c9,', '  x: { id: c9,')],
    ['an entry further out', plain(MANY).replace('  - { id: c9,', ' - { id: c9,')],
    ['lines that end in another way', plain(MANY).replace('interval: 60s }\n', 'interval: 60s }\r')],
    ['anchors before it', plain(MANY).replace('interval: 60s', 'interval: &often 60s')],
  ])('%s', (_what, text) => {
    expect(inPieces(text)).toBeUndefined();
  });

  it.each<[string, (text: string) => string]>([
    ['an alias', (text) => text.replace('id: c9,', 'id: &nine c9,').replace('id: c280,', 'id: *nine,')],
    ['a quote that does not end', (text) => text.replace('"a:1" } }\n  - { id: c40,', '"a:1 } }\n  - { id: c40,')],
    ['a bracket that does not end', (text) => text.replace('} }\n  - { id: c40,', '}\n  - { id: c40,')],
    ['an entry in the middle of another', (text) => text.replace('  - { id: c40,', '  - { id: c40,\n  - x,')],
  ])('what has %s', (_what, change) => {
    const parsed = inPieces(change(plain(MANY)));
    if (!parsed?.ok) throw new Error('it was not cut');
    expect(() => atOnce(readMessage(ConfigSchema, parsed.document, ENV))).toThrow(NotInPieces);
  });
});

it('says what is wrong where it is', () => {
  const text = plain(MANY).replace('id: c280, tcp:', 'id: c280, tpc:').replace('id: c9,', 'id: c8,');
  expect(parse(text)).toMatchObject({
    ok: false,
    faults: [
      { line: 14, path: 'components[9].id' },
      { line: 285, path: 'components[280].tpc' },
    ],
  });
  const broken = parse(plain(MANY).replace('"a:1" } }\n  - { id: c40,', '"a:1 } }\n  - { id: c40,'));
  expect(broken).toMatchObject({ ok: false, faults: [{ path: '' }] });
});
