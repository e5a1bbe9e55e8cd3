// What Gatus makes of `[BODY].path`: a walk through JSON that is content with less than a path says. Where it meets a list, a number or a truth
// value before the path ends, that is the result; a text there is none.
import { formatGoNumber } from './go-numbers.ts';

export interface Found {
  readonly text: string;
  /** Elements of a list, bytes of everything else. */
  readonly length: number;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Undefined where Gatus finds nothing. `path` is without the dot in front. */
export function findInBody(path: string, body: string): Found | undefined {
  const isList = body.startsWith('[') && body.endsWith(']');
  if (path === '' && !isList) return { text: body, length: Buffer.byteLength(body) };
  let json: Json;
  try {
    json = JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
  return walk(path, json);
}

function walk(path: string, json: Json): Found | undefined {
  const keys = splitPath(path);
  const [key = ''] = keys;
  const value = valueAt(key, json);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return keys.length > 1 ? undefined : found(value);
  if (Array.isArray(value)) return { text: goText(value), length: value.length };
  if (typeof value !== 'object') return found(goText(value));
  const rest = path.replace(`${key}.`, '');
  return rest === path ? found(marshal(value)) : walk(rest, value);
}

function found(text: string): Found {
  return { text, length: Buffer.byteLength(text) };
}

/** At dots that are in no brackets. */
export function splitPath(path: string): string[] {
  const keys: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < path.length; at++) {
    if (path[at] === '[') depth++;
    else if (path[at] === ']') depth--;
    else if (path[at] === '.' && depth === 0) {
      keys.push(path.slice(start, at));
      start = at + 1;
    }
  }
  return [...keys, path.slice(start)];
}

function valueAt(key: string, json: Json): Json | undefined {
  const [, name = '', index, rest = ''] = /^([^[]*)\[([^\]]*)\](.*)$/s.exec(key) ?? [];
  if (index === undefined || !key.endsWith(']')) {
    if (Array.isArray(json)) return json;
    return isObject(json) ? own(json, key) : json;
  }
  const position = /^\+?\d{1,9}$/.test(index) ? Number(index) : -1;
  const list = name === '' ? json : isObject(json) ? own(json, name) : undefined;
  const item = Array.isArray(list) && position >= 0 ? (list as readonly Json[])[position] : undefined;
  return rest.startsWith('[') && item !== undefined ? valueAt(rest, item) : item;
}

function isObject(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function own(json: { readonly [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(json, key) ? json[key] : undefined;
}

/** fmt's %v. */
function goText(value: Json): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return formatGoNumber(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.keys(value).toSorted(byBytes);
  return `map[${entries.map((key) => `${key}:${goText(value[key]!)}`).join(' ')}]`;
}

/** encoding/json's Marshal: keys in order, and three characters of HTML escaped. */
function marshal(value: Json): string {
  const sorted = (json: Json): Json =>
    Array.isArray(json)
      ? json.map(sorted)
      : isObject(json)
        ? Object.fromEntries(
            Object.keys(json)
              .toSorted(byBytes)
              .map((key) => [key, sorted(json[key]!)]),
          )
        : json;
  return JSON.stringify(sorted(value)).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
