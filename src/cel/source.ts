// What the text of an expression shows that its syntax tree no longer does: escapes that are none, which the parser of
// @bufbuild/cel 0.6.1 takes as they stand, and what people write who know another language.

/** A place in the text, and what is wrong there. */
export interface SourceFault {
  readonly offset: number;
  readonly message: string;
}

/** One comment or one string (google/cel-spec, doc/langdef.md, "Syntax"), prefix and quotes included. */
const TOKEN =
  /\/\/[^\n]*|([rRbB]{0,2})("""|'''|"|')((?:\\[\s\S]|(?!\2)[^\\])*)\2|(?<![=!<>])=(?!=)|===?|<>|(?<![&])&(?!&)|(?<![|])\|(?!\|)|[A-Za-z_][A-Za-z0-9_]*/g;
const RAW_TOKEN = /([rRbB]*[rR][bB]?)("""|'''|"|')([\s\S]*?)\2/y;
const TEXT_ESCAPE =
  /\\(?:[abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|[0-3][0-7]{2}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

const HINTS: Readonly<Record<string, string>> = {
  '=': 'write == to compare',
  '===': 'write == to compare',
  '<>': 'write != for "is not"',
  '&': 'write && for "and"',
  '|': 'write || for "or"',
  and: 'write && for "and"',
  or: 'write || for "or"',
  not: 'write ! for "not"',
};

/** Strings with an escape that CEL does not know. */
export function escapeFault(text: string): SourceFault | undefined {
  for (const { prefix, content, offset } of strings(text)) {
    if (/r/i.test(prefix)) continue;
    for (const { 1: short, 2: long, 3: unknown, index } of content.matchAll(TEXT_ESCAPE)) {
      const point = Number.parseInt(short ?? long ?? '0', 16);
      const isNone = point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff);
      const isOfTexts = (short ?? long) !== undefined && /b/i.test(prefix);
      if (unknown !== undefined || isNone || isOfTexts) {
        return { offset: offset + index, message: 'there is no such escape: write \\\\ for a backslash' };
      }
    }
  }
  return undefined;
}

/** For a text that does not parse: what it looks as if it were meant to say. */
export function hint(text: string): SourceFault | undefined {
  for (const { word, offset } of tokens(text)) {
    const message = word !== undefined && Object.hasOwn(HINTS, word) ? HINTS[word] : undefined;
    if (message !== undefined) return { offset, message };
  }
  return undefined;
}

/** `1:12`: 1-based, as the parser counts. */
export function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `${lines.length}:${lines.at(-1)!.length + 1}`;
}

interface Token {
  readonly offset: number;
  readonly word?: string;
  readonly string?: { readonly prefix: string; readonly content: string; readonly offset: number };
}

function* tokens(text: string): Generator<Token> {
  const any = new RegExp(TOKEN);
  for (let match = any.exec(text); match !== null; match = any.exec(text)) {
    const offset = match.index;
    // In a raw string a backslash escapes nothing, not even the quote.
    RAW_TOKEN.lastIndex = offset;
    const raw = RAW_TOKEN.exec(text);
    if (raw !== null) any.lastIndex = RAW_TOKEN.lastIndex;
    const [whole, prefix = '', quote, content = ''] = raw ?? match;
    if (quote === undefined) {
      if (!whole.startsWith('//')) yield { offset, word: whole };
    } else {
      yield { offset, string: { prefix, content, offset: offset + prefix.length + quote.length } };
    }
  }
}

function* strings(text: string) {
  for (const { string } of tokens(text)) if (string !== undefined) yield string;
}
