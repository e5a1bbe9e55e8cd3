// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of openk.yaml
// Entries that are written plainly are read without the YAML library. Whatever is read so must be what the library reads there, place by place.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPlainEntries } from '../../src/config/source/plain-entries.ts';
import { parseYaml } from '../../src/config/source/yaml-document.ts';
import type { YamlItem, YamlValue } from '../../src/config/source/yaml-shapes.ts';
import { readYaml } from '../../src/config/source/yaml-values.ts';
import { atOnce } from '../../src/core/steps.ts';

const ENV = { NAME: 'from outside', NONE: '' };

/** All that it says, with its places. */
function opened(value: YamlValue): unknown {
  const { kind, offset } = value;
  if (value.kind === 'list') return { kind, offset, items: itemsOf([...value.items]) };
  if (value.kind !== 'mapping') return value;
  const entries = value.entries.map((entry) => {
    return { key: entry.key, keyOffset: entry.keyOffset, at: entry.offset, value: opened(entry.read([])) };
  });
  return { kind, offset, entries };
}
const itemsOf = (items: readonly YamlItem[]) =>
  items.map((item) => ({ at: item.offset, value: opened(item.read([])) }));

const HEAD = 'components:\n';

/** By the library. @throws where it is no list, or has faults */
function byLibrary(text: string): unknown {
  const parsed = atOnce(parseYaml(HEAD + text));
  if (!parsed.ok) throw new Error(parsed.message);
  expect(parsed.document.hasReferences).toBe(false);
  const fault = (_offset: number, _path: unknown, message: string) => {
    throw new Error(message);
  };
  const root = readYaml(parsed.document, ENV, fault);
  if (root.kind !== 'mapping' || root.entries.length !== 1) throw new Error('not one list');
  const list = root.entries[0]!.read([]);
  if (list.kind !== 'list') throw new Error('no list');
  return itemsOf([...list.items]);
}

function plainly(text: string): unknown {
  const whole = HEAD + text;
  const items = readPlainEntries(whole, HEAD.length, whole.length, ENV);
  return items && itemsOf(items);
}

it.each<[string, string]>([
  ['in braces', '  - { id: service-1, tcp: { target: "127.0.0.1:80" }, depends_on: [a, b], labels: {} }\n'],
  ['in lines', `- id: api\n  http:\n    url: 'https://api.example.com:8443/health?a=b'\n  interval: 10s\n`],
  [
    'with lists',
    '  - id: all\n    group:\n      members:\n      - component: a\n      - { component: b }\n    links: []\n',
  ],
  [
    'with comments',
    '  # first\n\n  - id: api # why\n    # between\n    display_name: Payments of all # here\n# at the margin\n',
  ],
  ['with variables', '  - { id: a, http: { url: "${NAME}/${NONE}x" } }\n'],
  ['at the end of the text', '- id: "ä"'],
])('reads entries %s', (_what, text) => {
  const read = plainly(text);
  expect(read).toBeDefined();
  expect(read).toEqual(byLibrary(text));
});

const WORDS = [
  'a',
  'id',
  'x.y',
  '10s',
  'a b',
  'a:b',
  'a - b',
  '"q"',
  "'q'",
  '"a # b"',
  "'a: b'",
  '"',
  "'",
  'null',
  '~',
  '""',
  "''",
];
const SIGNS = [
  ': ',
  ':',
  ' ',
  '  ',
  ', ',
  ',',
  '- ',
  '-',
  '{ ',
  '{',
  ' }',
  '}',
  '[',
  ']',
  '#',
  ' #',
  ' # c',
  '\n',
  '\n  ',
  '\n    ',
];
const ODD = [
  '\n  - ',
  '\n- ',
  '&x ',
  '*x',
  '!t ',
  '|',
  '>',
  '?',
  '? ',
  '%',
  '@',
  '`',
  '\t',
  '\r\n',
  '\\',
  '"\\n"',
  '${NAME}',
  '"${NO}"',
  'é',
  '😀',
];

it('reads nothing that the library reads in another way', () => {
  const numRuns = 3000;
  let reads = 0;
  const pieces = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
    { weight: 5, arbitrary: fc.constantFrom(...SIGNS) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD) },
  );
  const loose = fc.array(pieces, { maxLength: 14 }).map((parts) => `- ${parts.join('')}`);
  const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(...WORDS),
      fc.array(fc.tuple(fc.constantFrom('a', 'id', 'x-y'), tie('value')), { maxLength: 3 }).map((pairs) => {
        return `{ ${pairs.map(([key, one]) => `${key}: ${one}`).join(', ')} }`;
      }),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    ),
  })).value;
  const indent = fc.constantFrom('', ' ', '  ', '    ', '  - ', '    - ', '- ');
  const end = fc.constantFrom('\n', '\n', '\n', ' # c\n', '\n# c\n', '\n\n', '');
  const lineOf = fc
    .tuple(indent, fc.constantFrom('a: ', 'id: ', 'k:', ''), fc.oneof(value, fc.constant('')), end)
    .map((parts) => parts.join(''));
  const built = fc.array(lineOf, { minLength: 1, maxLength: 6 }).map((lines) => `  - ${lines.join('')}`);
  fc.assert(
    fc.property(fc.oneof(loose, { weight: 4, arbitrary: built }), (text) => {
      const read = plainly(text);
      if (read === undefined) return;
      reads++;
      expect(read).toEqual(byLibrary(text));
    }),
    { numRuns },
  );
  // Else it says nothing.
  expect(reads).toBeGreaterThan(numRuns / 50);
});
