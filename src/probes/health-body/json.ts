// JSON as it was written: each key as often as it stands there, since `JSON.parse` keeps the last of those that are
// the same, and the one that it drops may be the bad news. Keys are data and never properties, so that `__proto__` is one as any other.

/** Arrays are lists. */
export type Json = string | number | boolean | null | JsonObject | readonly Json[];

export interface JsonObject {
  /** In the order of the text. */
  readonly entries: readonly (readonly [key: string, value: Json])[];
}

export function isJsonObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && 'entries' in value && !isJsonList(value);
}

/** `Array.isArray` does not tell lists that are read only. */
export function isJsonList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Deeper than any health body, and far from the end of the stack. */
const MAX_DEPTH = 64;
/** Values in all: far more than a health body has, and few enough that others need not wait for it. */
const MAX_VALUES = 20_000;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Python writes what no JSON number is by its name. */
const NAME = /true|false|null|NaN|-?Infinity/y;
const NAMED: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Undefined when it is no JSON, or deeper or larger than anybody's health. */
export function readJson(text: string): Json | undefined {
  const cursor: Cursor = { text, at: 0, values: 0 };
  try {
    const value = readValue(cursor, 0);
    skipSpace(cursor);
    return cursor.at === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface Cursor {
  readonly text: string;
  at: number;
  values: number;
}

function readValue(cursor: Cursor, depth: number): Json {
  if (depth > MAX_DEPTH || ++cursor.values > MAX_VALUES) throw new SyntaxError('too much');
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === '{') return readObject(cursor, depth);
  if (first === '[') return readList(cursor, depth);
  if (first === '"') return readString(cursor);
  const name = match(cursor, NAME);
  if (name !== undefined) return NAMED.has(name) ? NAMED.get(name)! : Number(name);
  const number = match(cursor, NUMBER);
  if (number === undefined) throw new SyntaxError('no value');
  return Number(number);
}

function readObject(cursor: Cursor, depth: number): JsonObject {
  const entries: [string, Json][] = [];
  cursor.at++;
  if (accept(cursor, '}')) return { entries };
  do {
    skipSpace(cursor);
    const key = readString(cursor);
    expect(cursor, ':');
    entries.push([key, readValue(cursor, depth + 1)]);
  } while (accept(cursor, ','));
  expect(cursor, '}');
  return { entries };
}

function readList(cursor: Cursor, depth: number): readonly Json[] {
  const items: Json[] = [];
  cursor.at++;
  if (accept(cursor, ']')) return items;
  do items.push(readValue(cursor, depth + 1));
  while (accept(cursor, ','));
  expect(cursor, ']');
  return items;
}

/** By `indexOf`: a regular expression over a string of many megabytes may run out of its stack. */
function readString(cursor: Cursor): string {
  const { text, at } = cursor;
  if (text[at] !== '"') throw new SyntaxError('no string');
  let end = at;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) throw new SyntaxError('no end of a string');
  } while (isEscaped(text, end));
  cursor.at = end + 1;
  const inside = text.slice(at + 1, end);
  return inside.includes('\\') ? (JSON.parse(`"${inside}"`) as string) : inside;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before--;
  return (at - before) % 2 === 1;
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function skipSpace(cursor: Cursor) {
  match(cursor, SPACE);
}

function accept(cursor: Cursor, character: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== character) return false;
  cursor.at++;
  return true;
}

function expect(cursor: Cursor, character: string) {
  if (!accept(cursor, character)) throw new SyntaxError(`no ${character}`);
}
