// Patterns of Gatus: those of Go's filepath.Match, after every `/` is taken out of pattern and text. As a regular expression of RE2, which JavaScript
// reads in the same way.

const SEPARATOR = /\//g;

/**
 * The regular expression that matches the whole of a text without `/`; undefined for a pattern that matches nothing since it is malformed.
 * `pattern` may hold `/`.
 */
export function patternToRegex(pattern: string): string | undefined {
  const chars = [...pattern.replace(SEPARATOR, '')];
  let regex = '';
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === '*') {
      while (chars[at + 1] === '*') at++;
      regex += '.*';
    } else if (char === '?') {
      regex += '.';
    } else if (char === '[') {
      const set = readSet(chars, at + 1);
      if (set === undefined) return undefined;
      regex += set.regex;
      at = set.end;
    } else if (char === '\\') {
      at++;
      if (chars[at] === undefined) return undefined;
      regex += quote(chars[at]!);
    } else {
      regex += quote(char);
    }
  }
  return `^${regex}$`;
}

export function matchesPattern(pattern: string, text: string): boolean {
  if (pattern === '*') return true;
  const regex = patternToRegex(pattern);
  return regex !== undefined && new RegExp(regex, 'su').test(text.replace(SEPARATOR, ''));
}

function readSet(
  chars: readonly string[],
  start: number,
): { readonly regex: string; readonly end: number } | undefined {
  let at = start;
  const isNegated = chars[at] === '^';
  if (isNegated) at++;
  let inside = '';
  for (let count = 0; ; count++) {
    if (chars[at] === undefined) return undefined;
    if (chars[at] === ']' && count > 0) break;
    const low = readChar(chars, at);
    if (low === undefined) return undefined;
    at = low.next;
    let high = low;
    if (chars[at] === '-') {
      const read = readChar(chars, at + 1);
      if (read === undefined) return undefined;
      high = read;
      at = read.next;
    }
    // A range that is the wrong way round matches nothing in Go, and is an error in a regular expression.
    if (low.char <= high.char) inside += `${quote(low.char)}-${quote(high.char)}`;
  }
  if (inside === '') return undefined;
  return { regex: `[${isNegated ? '^' : ''}${inside}]`, end: at };
}

function readChar(chars: readonly string[], at: number): { readonly char: string; readonly next: number } | undefined {
  const char = chars[at];
  if (char === undefined || char === '-' || char === ']') return undefined;
  if (char !== '\\') return { char, next: at + 1 };
  const escaped = chars[at + 1];
  return escaped === undefined ? undefined : { char: escaped, next: at + 2 };
}

/** A character that means itself, in and outside of brackets. */
function quote(char: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\x${char.charCodeAt(0).toString(16)}` : char;
}
