// A regular expression over what a target sends, judged while it comes: whatever the packets are in which it comes, the
// verdict is the same. It stands alone since that takes care at every end: of a packet, of a line, of a character.
import { RE2JS } from '@bufbuild/re2';
import { remembered } from '../core/remembered.ts';

/** What is known of an answer so far. */
export interface AnswerSoFar {
  readonly bytes: Buffer;
  /** Whether nothing follows: the peer has ended, or nothing came in time. */
  readonly isWhole: boolean;
}

export interface AnswerPattern {
  /**
   * `matches`: whatever follows. `fails`: whatever follows. `undecided`: it depends on what follows; never of a whole answer.
   */
  judge(answer: AnswerSoFar): 'matches' | 'fails' | 'undecided';
}

/**
 * RE2 syntax. `$` is the end of a line, with or without its carriage return, or of the whole answer; `^` is the beginning of
 * the answer. An answer is looked at as UTF-8, and also with each byte as one character, so that `\xd2` is that byte.
 * @throws RE2's error when it is no expression
 */
export const compileAnswerPattern = remembered(compile);

function compile(pattern: string): AnswerPattern {
  const tokens = tokensOf(pattern);
  const written = new RE2JS(pattern);
  const ends = tokens.some((token) => token === '$' || token === '\\b' || token === '\\B');
  // Whether anything is the end of the whole answer is known at its end.
  const needsWhole = tokens.includes('\\z');
  const expression = ends
    ? new RE2JS(tokens.map((token) => (token === '$' ? '(?:\\r?(?m:$))' : token)).join(''))
    : written;
  const prefix = requiredPrefix(tokens);
  const matches = (bytes: Buffer, characters = bytes) =>
    expression.test(bytes.toString('latin1')) || expression.test(characters.toString('utf8'));

  return {
    // RE2 takes linear time, whatever the target sends.
    judge({ bytes, isWhole }) {
      if (isWhole) return matches(bytes) ? 'matches' : 'fails';
      if (!bytes.subarray(0, prefix.length).equals(prefix.subarray(0, bytes.length))) return 'fails';
      if (needsWhole) return 'undecided';
      if (!ends) return matches(bytes, completeCharacters(bytes)) ? 'matches' : 'undecided';
      const lines = completeLines(bytes);
      return lines !== undefined && matches(lines) ? 'matches' : 'undecided';
    },
  };
}

/** The lines that are there to their ends, without the last line break: where one ends, nothing that follows changes. */
function completeLines(bytes: Buffer): Buffer | undefined {
  const end = bytes.lastIndexOf(0x0a);
  return end < 0 ? undefined : bytes.subarray(0, end);
}

/** Without the bytes at the end that may be the beginning of a UTF-8 character (RFC 3629, section 3). */
function completeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const lead = bytes[bytes.length - back] ?? 0;
    if (lead < 0x80) break;
    if (lead < 0xc0) continue;
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** Quoted text, escapes, classes and characters, in this order (https://github.com/google/re2/wiki/Syntax). */
const TOKEN = new RegExp(
  [
    String.raw`\\Q(?:(?!\\E).)*(?:\\E)?`,
    String.raw`\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\.`,
    String.raw`\[\^?\]?(?:\\.|\[:[^\]]*:\]|[^\]\\])*\]`,
    '.',
  ].join('|'),
  'gsu',
);

function tokensOf(pattern: string): readonly string[] {
  return pattern.match(TOKEN) ?? [];
}

/** Bytes with which every answer that matches begins: those behind a `^` that stand for themselves. */
function requiredPrefix(tokens: readonly string[]): Buffer {
  // Another branch, or flags that make the expression mean something else, may begin in another way.
  if ((tokens[0] !== '^' && tokens[0] !== '\\A') || tokens.includes('|')) return Buffer.alloc(0);
  const literals: string[] = [];
  for (const token of tokens.slice(1)) {
    if (/^[*?{]$/.test(token)) literals.pop();
    const literal = /^\\[!-/:-@[-`{-~]$/.test(token) ? token.slice(1) : token;
    if (!/^[\x20-\x7e]$/.test(literal) || (literal === token && /[\\^$.|?*+()[\]{}]/.test(token))) break;
    literals.push(literal);
  }
  return Buffer.from(literals.join(''), 'latin1');
}
