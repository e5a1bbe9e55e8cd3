// What the YAML library finds wrong with a text, in the words of those who wrote it: the library speaks of implicit keys and flow
// collections. Its messages stay where there are no better ones, save where they would quote from the file, which may hold secrets.
import type { YAMLError } from 'yaml';

export const TOO_DEEP = 'is nested too deeply';

export function syntaxWords({ code, message }: YAMLError): string {
  if (code === 'RESOURCE_EXHAUSTION') return TOO_DEEP;
  return `is not valid YAML: ${BY_CODE[code] ?? BY_MESSAGE.find(([begin]) => message.startsWith(begin))?.[1] ?? message}`;
}

const NO_ENTRY =
  'this line is no "key: value": a colon with a space after it is missing, or the line is indented wrongly';
const AN_ALIAS = 'a value cannot begin with & or *, which are anchors and aliases: put it in quotes';

const BY_CODE: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  UNEXPECTED_TOKEN: `something is here that does not belong; check indentation, quotes, brackets and colons (inside {} and [], quote "\${NAME}")`,
  BAD_DIRECTIVE: 'a directive or tag that is not known',
  TAG_RESOLVE_FAILED: 'a directive or tag that is not known',
  BAD_DQ_ESCAPE: String.raw`an unknown escape in double quotes; write \\ for a backslash, or use single quotes`,
  BAD_SCALAR_START: 'a value cannot begin with this character: put it in quotes',
  BLOCK_IN_FLOW: 'a comma is missing after this, or a line begins with "- " or "key:" inside {} or []',
  MULTILINE_IMPLICIT_KEY: NO_ENTRY,
};

/** Where one code stands for several: by how the message begins. */
const BY_MESSAGE: readonly (readonly [string, string])[] = [
  [
    'Nested mappings are not allowed in compact',
    'the value that begins here has a "key: value" in it: quote a text with a colon and a space in it, and begin the next key below the key of this value',
  ],
  ['A block sequence may not be used as', 'a line begins with "- " where a "key: value" has to be: check indentation'],
  ['All mapping items must start', 'this line is indented otherwise than the keys that it stands with'],
  ['All sequence items must start', 'this "- " is indented otherwise than those before it'],
  ['Sequence item without - indicator', 'this line is indented as a list is, but does not begin with "- "'],
  ['Implicit map keys need to be followed', NO_ENTRY],
  ['Flow map in block collection', 'a { is not closed by a } before this, or what is in it is indented too little'],
  [
    'Flow sequence in block collection',
    'a [ is not closed by a ] before this, or what is in it is indented too little',
  ],
  ['Missing closing "quote', 'a text in double quotes is not closed before this'],
  ["Missing closing 'quote", 'a text in single quotes is not closed before this'],
  ['Missing , ', 'a comma is missing before this, or a colon with a space after it'],
  ['Comments must be separated', 'a comment needs a space before its #'],
  ['Alias cannot be an empty string', AN_ALIAS],
  ['Anchor cannot be an empty string', AN_ALIAS],
];
