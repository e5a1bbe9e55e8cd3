// The words of a statement of SQL.

export interface Token {
  readonly kind: 'word' | 'quoted' | 'text' | 'number' | 'parameter' | 'sign' | 'end';
  /** Of words in lower case; of texts without their quotes. */
  readonly text: string;
}

const PATTERN =
  /\s+|--[^\n]*|(?<text>'(?:[^']|'')*')|(?<quoted>"[^"]+")|(?<parameter>\$\d+)|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_][A-Za-z_0-9]*)|(?<sign>::|<=|>=|<>|[-+*/(),.=<>;[\]])/gy;

/** @throws Error at what it does not know */
export function tokensOf(statement: string): readonly Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < statement.length) {
    const at = PATTERN.lastIndex;
    const groups = PATTERN.exec(statement)?.groups;
    if (groups === undefined) throw new Error(`no SQL that is known here: ${statement.slice(at, at + 40)}`);
    const { text, quoted, parameter, number, word, sign } = groups;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.slice(1, -1).replaceAll("''", "'") });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.slice(1, -1) });
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter.slice(1) });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}
