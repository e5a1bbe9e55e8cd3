// Conditions of Gatus, read and evaluated as Gatus does it, odd as some of it is (docs/import.md). tests/fixtures/import/gatus-conditions.json has what
// Gatus itself says.
import { parseGoDuration, parseGoFloat, parseGoInt } from './go-numbers.ts';
import { matchesPattern } from './go-pattern.ts';
import { findInBody } from './json-path.ts';

/** What Gatus knows of an answer. */
export interface GatusAnswer {
  /** Of HTTP, or the exit code of SSH; 0 without one. */
  readonly status: number;
  readonly connected: boolean;
  readonly body: string;
  readonly latencyMs: number;
  readonly ip?: string;
  readonly dnsRcode?: string;
  /** 0 without TLS. */
  readonly certificateExpiresInMs?: number;
  readonly domainExpiresInMs?: number;
}

export type Operator = '==' | '!=' | '<=' | '>=' | '>' | '<';
export type Placeholder =
  | 'STATUS'
  | 'IP'
  | 'RESPONSE_TIME'
  | 'DNS_RCODE'
  | 'CONNECTED'
  | 'CERTIFICATE_EXPIRATION'
  | 'DOMAIN_EXPIRATION'
  | 'BODY'
  | 'CONTEXT';

export interface Operand {
  /** As it is written, without blanks around it. */
  readonly text: string;
  readonly wrapper: 'len' | 'has' | undefined;
  /** Left out for a literal. */
  readonly placeholder?: Placeholder;
  /** What follows `[BODY]`, without the dot in front. */
  readonly path?: string;
}

export interface Condition {
  readonly text: string;
  readonly left: Operand;
  readonly operator: Operator;
  readonly right: Operand;
  /** What stands behind a second operator, which Gatus reads over. */
  readonly ignored: string;
}

/** In the order in which they are looked for: the first that occurs anywhere splits. */
const OPERATORS: readonly Operator[] = ['==', '!=', '<=', '>=', '>', '<'];
const WRAPPED = /^(len|has)\((.*)\)$/s;
const NAMES: ReadonlySet<string> = new Set<Placeholder>([
  'STATUS',
  'IP',
  'RESPONSE_TIME',
  'DNS_RCODE',
  'CONNECTED',
  'CERTIFICATE_EXPIRATION',
  'DOMAIN_EXPIRATION',
]);

/** Undefined for what Gatus refuses: there is no operator with blanks around it. */
export function parseCondition(text: string): Condition | undefined {
  for (const operator of OPERATORS) {
    const [left, right, ...ignored] = text.split(` ${operator} `);
    if (left === undefined || right === undefined) continue;
    return {
      text,
      left: readOperand(left),
      operator,
      right: readOperand(right),
      ignored: ignored.join(` ${operator} `),
    };
  }
  return undefined;
}

function readOperand(written: string): Operand {
  const text = written.trim();
  const [, wrapper, inner = text] = WRAPPED.exec(text) ?? [];
  const operand = { text, wrapper: wrapper as 'len' | 'has' | undefined };
  const upper = inner.toUpperCase();
  const name = /^\[([A-Z_]+)\]$/.exec(upper)?.[1];
  if (name !== undefined && NAMES.has(name)) return { ...operand, placeholder: name as Placeholder };
  if (upper === '[BODY]') return { ...operand, placeholder: 'BODY', path: '' };
  if (/^\[BODY\][.[]/.test(upper))
    return { ...operand, placeholder: 'BODY', path: inner.slice('[BODY]'.length).replace(/^\./, '') };
  if (upper.startsWith('[CONTEXT]')) return { ...operand, placeholder: 'CONTEXT' };
  return operand;
}

/** Whether the condition is met. */
export function evaluateCondition({ left, operator, right }: Condition, answer: GatusAnswer): boolean {
  const [a, b] = [resolve(left, answer), resolve(right, answer)];
  switch (operator) {
    case '==':
      return isEqual(a, b);
    case '!=':
      return !isEqual(a, b);
    default:
      return compare(toNumber(a), operator, toNumber(b));
  }
}

export function compare(a: bigint, operator: Exclude<Operator, '==' | '!='>, b: bigint): boolean {
  if (operator === '<=') return a <= b;
  if (operator === '>=') return a >= b;
  return operator === '>' ? a > b : a < b;
}

/** The text that takes an operand's place. */
export function resolve({ text, wrapper, placeholder, path = '' }: Operand, answer: GatusAnswer): string {
  const invalid = `${text} (INVALID)`;
  if (placeholder === undefined || placeholder === 'CONTEXT') {
    if (wrapper === 'has') return 'false';
    return wrapper === 'len' ? invalid : text;
  }
  if (placeholder === 'BODY') {
    if (path === '' && wrapper !== 'len') {
      const body = answer.body.trim();
      return wrapper === 'has' ? String(body !== '') : body;
    }
    const found = findInBody(path, answer.body);
    if (wrapper === 'has') return String(found !== undefined);
    if (found === undefined) return path === '' ? String(Buffer.byteLength(answer.body.trim())) : invalid;
    return wrapper === 'len' ? String(found.length) : found.text;
  }
  const value = placeholderValue(placeholder, answer);
  if (wrapper === 'has') return String(value !== '');
  return wrapper === 'len' ? String(Buffer.byteLength(value)) : value;
}

function placeholderValue(placeholder: Exclude<Placeholder, 'BODY' | 'CONTEXT'>, answer: GatusAnswer): string {
  switch (placeholder) {
    case 'STATUS':
      return String(answer.status);
    case 'CONNECTED':
      return String(answer.connected);
    case 'RESPONSE_TIME':
      return String(Math.floor(answer.latencyMs));
    case 'IP':
      return answer.ip ?? '';
    case 'DNS_RCODE':
      return answer.dnsRcode ?? '';
    case 'CERTIFICATE_EXPIRATION':
      return String(Math.trunc(answer.certificateExpiresInMs ?? 0));
    case 'DOMAIN_EXPIRATION':
      return String(Math.trunc(answer.domainExpiresInMs ?? 0));
  }
}

/** What stands in `pat(…)` or `any(…)`; undefined for a text that is no such call. */
export function callOf(text: string, name: 'pat' | 'any'): string | undefined {
  return text.startsWith(`${name}(`) && text.endsWith(')') ? text.slice(name.length + 1, -1) : undefined;
}

/** The choices of `any(…)`. */
export function choicesOf(inside: string): readonly string[] {
  return inside.split(',').map((choice) => choice.trim());
}

function isEqual(a: string, b: string): boolean {
  const patterns = [callOf(a, 'pat'), callOf(b, 'pat')] as const;
  if (patterns[0] !== undefined && patterns[1] === undefined) return matchesPattern(patterns[0], b);
  if (patterns[0] === undefined && patterns[1] !== undefined) return matchesPattern(patterns[1], a);
  const [first, second] = [patterns[0] ?? a, patterns[1] ?? b];
  const choices = [callOf(first, 'any'), callOf(second, 'any')] as const;
  if (choices[0] !== undefined && choices[1] === undefined) return choicesOf(choices[0]).includes(second);
  if (choices[0] === undefined && choices[1] !== undefined) return choicesOf(choices[1]).includes(first);
  const [x, y] = [choices[0] ?? first, choices[1] ?? second];
  const [n, m] = [parseGoInt(x), parseGoInt(y)];
  return n !== undefined && m !== undefined ? n === m : x === y;
}

/** A duration in milliseconds, a whole number, a number without its fraction; 0 for everything else. */
export function toNumber(text: string): bigint {
  const durationMs = parseGoDuration(text);
  if (durationMs !== undefined && durationMs !== 0) return BigInt(Math.trunc(durationMs));
  const whole = parseGoInt(text);
  if (whole !== undefined) return whole;
  const number = parseGoFloat(text);
  if (number === undefined) return 0n;
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : -(2n ** 63n);
}
