// Conditions of Gatus about the answer of an HTTP server as expressions of `http.expect`. Each says the same of every answer, or names where it does not.
import { formatDuration } from '../../config/duration.ts';
import { celAbsence, celPath, celPresence, celText, type Step } from '../cel-text.ts';
import {
  type Condition,
  callOf,
  choicesOf,
  evaluateCondition,
  type GatusAnswer,
  type Operand,
  type Operator,
  resolve,
  toNumber,
} from './condition.ts';
import { formatGoNumber, parseGoFloat, parseGoInt } from './go-numbers.ts';
import { matchesPattern, patternToRegex } from './go-pattern.ts';
import { splitPath } from './json-path.ts';

/** Answers of odd shapes, of which Gatus says something else than the expression. docs/import.md has a line for each. */
export type Oddity =
  /** A path meets a list, a number or a truth value before its end, which Gatus takes for what it looks for; or it ends at a list or an object. */
  | 'SHAPE'
  /** A text that is a whole number in another form: `010`, `0x10`. */
  | 'NUMBER_FORM'
  /** `<` and the like of a text that is no whole number, of a truth value or a list: mostly 0 in Gatus. */
  | 'NO_NUMBER'
  /** The length of an object, a number or a truth value. */
  | 'LENGTH'
  /** Gatus cuts fractions of a millisecond off, OpenK rounds. */
  | 'MILLISECOND';

export type CelCondition =
  | {
      readonly kind: 'EXPRESSION';
      readonly expression: string;
      /** Where Gatus says something else, and what is likely not meant as it is written. */
      readonly differences: readonly string[];
      readonly oddities: ReadonlySet<Oddity>;
    }
  /** Met by every answer, or by none. */
  | { readonly kind: 'CONSTANT'; readonly met: boolean }
  /** Only about the status. */
  | { readonly kind: 'STATUS' }
  /** About the time that a certificate is still good for: met when it is longer. */
  | { readonly kind: 'CERTIFICATE'; readonly operator: Operator; readonly ms: number }
  | { readonly kind: 'LOST'; readonly why: string };

const ANSWERED: GatusAnswer = { status: 200, connected: true, body: '', latencyMs: 1 };
const MISSING: GatusAnswer = { ...ANSWERED, body: '{}' };
/** Whole numbers from here on have an exponent where Gatus writes them as text. */
const FIRST_LONG_NUMBER = 1_000_000n;
const FLIPPED: Readonly<Record<Operator, Operator>> = {
  '==': '==',
  '!=': '!=',
  '<=': '>=',
  '>=': '<=',
  '>': '<',
  '<': '>',
};

export function translateCondition(condition: Condition): CelCondition {
  const { left, right, operator } = condition;
  const lost = lostPlaceholder(left) ?? lostPlaceholder(right);
  if (lost !== undefined) return { kind: 'LOST', why: lost };
  const dynamic = [left, right].filter(({ placeholder }) => placeholder !== undefined && placeholder !== 'CONNECTED');
  if (dynamic.length === 0) return { kind: 'CONSTANT', met: evaluateCondition(condition, ANSWERED) };
  if (dynamic.every(({ placeholder }) => placeholder === 'STATUS')) return { kind: 'STATUS' };
  if (dynamic.some(({ placeholder }) => placeholder === 'CERTIFICATE_EXPIRATION')) return certificate(condition);
  const core =
    operator === '==' || operator === '!=' ? equality(left, right, operator) : ordering(left, right, operator);
  return core.kind === 'EXPRESSION' ? withMissing(condition, core) : core;
}

function lostPlaceholder({ placeholder }: Operand): string | undefined {
  switch (placeholder) {
    case 'IP':
      return 'OpenK has no condition on the address that a name resolves to';
    case 'DOMAIN_EXPIRATION':
      return 'OpenK does not ask when a domain expires';
    case 'CONTEXT':
      return 'OpenK has no checks of several steps, so nothing that one hands to the next';
    case 'DNS_RCODE':
      return '[DNS_RCODE] is empty of anything but DNS';
    default:
      return undefined;
  }
}

function certificate({ left, right, operator }: Condition): CelCondition {
  const [own, other, direction] =
    left.placeholder === 'CERTIFICATE_EXPIRATION'
      ? ([left, right, operator] as const)
      : ([right, left, FLIPPED[operator]] as const);
  if (own.wrapper !== undefined || other.placeholder !== undefined || direction === '==' || direction === '!=') {
    return { kind: 'LOST', why: 'OpenK compares the time until a certificate expires with a duration only' };
  }
  return { kind: 'CERTIFICATE', operator: direction, ms: Number(toNumber(other.text)) };
}

/** Of an answer over HTTP. Without a certificate Gatus takes 0, and OpenK has no value: neither is more than a duration. */
export function certificateExpression({
  operator,
  ms,
}: Extract<CelCondition, { kind: 'CERTIFICATE' }>): Extract<CelCondition, { kind: 'EXPRESSION' | 'LOST' }> {
  if (operator === '<' || operator === '<=') return { kind: 'LOST', why: 'it asks that a certificate expires soon' };
  if (ms < 0) return { kind: 'LOST', why: 'it is met by a certificate that has expired' };
  return {
    kind: 'EXPRESSION',
    expression: `certificate_expires_in ${operator} duration('${formatDuration(ms)}')`,
    differences: [],
    oddities: new Set(),
  };
}

/** What is met where the path leads nowhere is so here as well, and named: it is rarely meant. */
function withMissing(condition: Condition, core: Extract<CelCondition, { kind: 'EXPRESSION' }>): CelCondition {
  const paths = [condition.left, condition.right].filter(
    (operand) => operand.path !== undefined && operand.path !== '',
  );
  const isAbout = (operand: Operand) => operand.placeholder === 'BODY' && operand.wrapper !== 'has';
  const inBody = paths.filter(isAbout);
  const whole = [condition.left, condition.right].some((operand) => operand.path === '' && isAbout(operand));
  if (inBody.length > 0 && evaluateCondition(condition, MISSING)) {
    const names = inBody.map(({ text }) => pathText(text)).join(' or ');
    // What is not equal to null is so as it is.
    const end = condition.operator === '!=' && core.expression.startsWith('json') ? 'OR_NULL' : 'NOT_NULL';
    const absence = inBody.map((operand) => celAbsence(stepsOf(operand)!, end)).join(' || ');
    return {
      ...core,
      expression: `${absence} || ${core.expression}`,
      differences: [
        ...core.differences,
        `${quote(condition.text)} is met where there is no ${names}, as in Gatus; there also where the body is no JSON, here not`,
      ],
    };
  }
  if (
    whole &&
    condition.operator !== '==' &&
    condition.operator !== '!=' &&
    evaluateCondition(condition, { ...ANSWERED, body: 'x' })
  ) {
    const difference = `${quote(condition.text)} is met in Gatus by a body that is no number, here not`;
    return { ...core, differences: [...core.differences, difference] };
  }
  return core;
}

function expression(text: string, oddities: readonly Oddity[] = [], differences: readonly string[] = []): CelCondition {
  return { kind: 'EXPRESSION', expression: text, differences, oddities: new Set(oddities) };
}

// ---- == and !=

function equality(left: Operand, right: Operand, operator: '==' | '!='): CelCondition {
  const isNegated = operator === '!=';
  const [own, other] =
    left.placeholder === undefined || left.placeholder === 'CONNECTED' ? [right, left] : [left, right];
  if (other.placeholder !== undefined && other.placeholder !== 'CONNECTED')
    return equalOperands(left, right, isNegated);
  const literal = resolve(other, ANSWERED);
  if (own.wrapper === 'has') return presence(own, literal, isNegated);
  if (own.wrapper === 'len' || own.placeholder === 'RESPONSE_TIME') return equalNumber(own, literal, isNegated);
  const pattern = callOf(literal, 'pat');
  if (pattern !== undefined) return matching(own, pattern, isNegated);
  const choices = callOf(literal, 'any');
  return oneOf(own, choices === undefined ? [literal] : choicesOf(choices), isNegated, choices !== undefined);
}

function negate(expression: string, isNegated: boolean): string {
  return isNegated ? `!(${expression})` : expression;
}

function presence(own: Operand, literal: string, isNegated: boolean): CelCondition {
  const met = (value: string) => (value === literal) !== isNegated;
  if (met('true') === met('false')) return { kind: 'CONSTANT', met: met('true') };
  if (own.placeholder !== 'BODY') return { kind: 'CONSTANT', met: met('true') };
  const steps = stepsOf(own);
  if (steps === undefined) return { kind: 'CONSTANT', met: met('false') };
  if (steps.length === 0) return expression(`body.trim() ${met('true') ? '!=' : '=='} ''`);
  const isThere = celPresence(steps);
  if (met('true')) return expression(isThere, ['SHAPE']);
  return expression(
    `!(${isThere})`,
    ['SHAPE'],
    [`has(${own.text.slice(4, -1)}) is false in Gatus also where the body is no JSON; here that fails`],
  );
}

function equalNumber(own: Operand, literal: string, isNegated: boolean): CelCondition {
  const value = parseGoInt(literal);
  if (value === undefined) {
    // A pattern or a list of choices of a number is too rare to be worth a translation.
    if (callOf(literal, 'pat') ?? callOf(literal, 'any'))
      return { kind: 'LOST', why: `OpenK compares ${own.text} with numbers only` };
    return { kind: 'CONSTANT', met: isNegated };
  }
  const term = numberTerm(own);
  if (term === undefined) return { kind: 'CONSTANT', met: isNegated };
  return expression(
    `${term.text} ${isNegated ? '!=' : '=='} ${value}`,
    term.oddities.filter((oddity) => oddity !== 'NO_NUMBER'),
  );
}

function matching(own: Operand, pattern: string, isNegated: boolean): CelCondition {
  const term = textTerm(own);
  if (term === undefined)
    return { kind: 'CONSTANT', met: matchesPattern(pattern, `${own.text} (INVALID)`) !== isNegated };
  if (pattern === '*') return { kind: 'CONSTANT', met: !isNegated };
  const regex = patternToRegex(pattern);
  if (regex === undefined) return { kind: 'CONSTANT', met: isNegated };
  return expression(negate(matchText(`${term.text}.replace('/', '')`, pattern, regex), isNegated), term.oddities);
}

/** With the plainest function that does it. */
function matchText(text: string, pattern: string, regex: string): string {
  const plain = /^(\**)([^*?[\\]*)(\**)$/s.exec(pattern.replaceAll('/', ''));
  if (plain !== null) {
    const [, before, middle = '', after] = plain;
    const literal = celText(middle);
    if (before && after) return `${text}.contains(${literal})`;
    if (after) return `${text}.startsWith(${literal})`;
    return before ? `${text}.endsWith(${literal})` : `${text} == ${literal}`;
  }
  return `${text}.matches(${celText(`(?s)${regex}`)})`;
}

function oneOf(own: Operand, choices: readonly string[], isNegated: boolean, isExactText: boolean): CelCondition {
  const path = own.path ?? '';
  const steps = own.placeholder === 'BODY' ? stepsOf(own) : undefined;
  if (own.placeholder === 'BODY' && steps === undefined) return { kind: 'CONSTANT', met: isNegated };
  const differences: string[] = [];
  const oddities = new Set<Oddity>();
  let values: string[];
  let term: string;
  if (steps === undefined || path === '') {
    term = own.placeholder === 'BODY' ? 'body.trim()' : textTerm(own)!.text;
    values = choices.map(celText);
    if (!isExactText && parseGoInt(choices[0]!) !== undefined) oddities.add('NUMBER_FORM');
  } else {
    if (choices.some((choice) => /^[[{]|^map\[/.test(choice))) {
      return { kind: 'LOST', why: 'OpenK does not compare lists and objects as Gatus writes them' };
    }
    term = celPath(steps);
    values = choices.flatMap((choice) => jsonValues(choice, isExactText));
    oddities.add('SHAPE');
    for (const choice of choices) {
      const number = parseGoInt(choice);
      if (number !== undefined && !isExactText) oddities.add('NUMBER_FORM');
      if (number !== undefined && (number >= FIRST_LONG_NUMBER || number <= -FIRST_LONG_NUMBER)) {
        differences.push(
          `Gatus writes the number ${choice} as ${formatGoNumber(Number(choice))}, so that only the text "${choice}" is equal to it, there and here`,
        );
      }
    }
  }
  const unique = [...new Set(values)];
  const text = unique.length === 1 ? `${term} == ${unique[0]}` : `${term} in [${unique.join(', ')}]`;
  const negated = unique.length === 1 ? `${term} != ${unique[0]}` : `!(${text})`;
  return expression(isNegated ? negated : text, [...oddities], differences);
}

/** What a value of JSON may be so that Gatus writes it as `choice`, or as the same whole number. */
function jsonValues(choice: string, isExactText: boolean): readonly string[] {
  const values: string[] = [];
  const whole = parseGoInt(choice);
  const number = whole !== undefined && !isExactText ? Number(whole) : parseGoFloat(choice);
  const written = number === undefined || !Number.isFinite(number) ? undefined : formatGoNumber(number);
  if (
    written !== undefined &&
    (written === choice || (whole !== undefined && !isExactText && written === String(whole)))
  ) {
    values.push(String(number));
  }
  if (choice === 'true' || choice === 'false') values.push(choice);
  values.push(celText(choice));
  if (whole !== undefined && !isExactText && String(whole) !== choice) values.push(celText(String(whole)));
  return values;
}

function equalOperands(left: Operand, right: Operand, isNegated: boolean): CelCondition {
  const [a, b] = [textTerm(left), textTerm(right)];
  if (a === undefined || b === undefined) return { kind: 'CONSTANT', met: (left.text === right.text) !== isNegated };
  return expression(`${a.text} ${isNegated ? '!=' : '=='} ${b.text}`, [...a.oddities, ...b.oddities, 'NUMBER_FORM']);
}

// ---- <, <=, >, >=

function ordering(left: Operand, right: Operand, operator: Operator): CelCondition {
  const [a, b] = [numberTerm(left), numberTerm(right)];
  if (a === undefined || b === undefined) {
    return { kind: 'LOST', why: 'it compares what is no number, which Gatus takes for 0' };
  }
  // The value first, as people write it.
  const isFlipped = left.placeholder === undefined;
  const text = isFlipped ? `${b.text} ${FLIPPED[operator]} ${a.text}` : `${a.text} ${operator} ${b.text}`;
  const unread = [left, right].filter((operand) => operand.placeholder === undefined && isUnread(operand.text));
  return expression(
    text,
    [...a.oddities, ...b.oddities],
    unread.map((operand) => `Gatus reads ${quote(operand.text)} as 0, and so it is here`),
  );
}

function isUnread(literal: string): boolean {
  return toNumber(literal) === 0n && !/^[+-]?[0.]+(?:[a-zµ]+)?$/.test(literal);
}

interface Term {
  readonly text: string;
  readonly oddities: readonly Oddity[];
}

/** Undefined for what is no value in Gatus either. */
function numberTerm(operand: Operand): Term | undefined {
  const { wrapper, placeholder, text } = operand;
  if (wrapper === 'has') return undefined;
  if (placeholder === undefined) return wrapper === 'len' ? undefined : { text: String(toNumber(text)), oddities: [] };
  if (placeholder === 'BODY') {
    const steps = stepsOf(operand);
    if (steps === undefined) return undefined;
    const path = celPath(steps);
    if (wrapper === 'len') {
      if (steps.length > 0)
        return {
          text: `(type(${path}) == string ? size(bytes(${path})) : size(${path}))`,
          oddities: ['SHAPE', 'LENGTH'],
        };
      return { text: "(body.startsWith('[') && body.endsWith(']') ? size(json) : size(bytes(body)))", oddities: [] };
    }
    if (steps.length === 0) return { text: 'int(body.trim())', oddities: ['NO_NUMBER', 'NUMBER_FORM'] };
    return { text: `int(${path})`, oddities: ['SHAPE', 'NO_NUMBER', 'NUMBER_FORM'] };
  }
  const value = placeholder === 'STATUS' ? 'status' : placeholder === 'RESPONSE_TIME' ? 'latency_ms' : undefined;
  if (value === undefined) return undefined;
  const oddities: readonly Oddity[] = placeholder === 'STATUS' ? [] : ['MILLISECOND'];
  return { text: wrapper === 'len' ? `size(string(${value}))` : value, oddities };
}

/** Undefined for what is no value in Gatus either. */
function textTerm(operand: Operand): Term | undefined {
  const { wrapper, placeholder } = operand;
  if (wrapper !== undefined) {
    const number = wrapper === 'len' ? numberTerm(operand) : undefined;
    return number && { ...number, text: `string(${number.text})` };
  }
  if (placeholder === 'STATUS') return { text: 'string(status)', oddities: [] };
  if (placeholder === 'RESPONSE_TIME') return { text: 'string(latency_ms)', oddities: ['MILLISECOND'] };
  if (placeholder !== 'BODY') return undefined;
  const steps = stepsOf(operand);
  if (steps === undefined) return undefined;
  return steps.length === 0
    ? { text: 'body.trim()', oddities: [] }
    : { text: `string(${celPath(steps)})`, oddities: ['SHAPE'] };
}

/** `items[0].name` as steps; undefined for a path that never leads anywhere, such as one with `[-1]`. */
function stepsOf({ path = '' }: Operand): readonly Step[] | undefined {
  const steps: Step[] = [];
  if (path === '') return steps;
  for (const key of splitPath(path)) {
    const [, name = '', positions = ''] = /^([^[]*)((?:\[[^\]]*\])*)$/.exec(key) ?? [];
    if (name === '' && positions === '') return undefined;
    if (name !== '') steps.push(name);
    for (const [, position = ''] of positions.matchAll(/\[([^\]]*)\]/g)) {
      if (!/^\+?\d{1,9}$/.test(position)) return undefined;
      steps.push(Number(position));
    }
  }
  return steps;
}

function pathText(text: string): string {
  return text.replace(/^len\((.*)\)$/s, '$1');
}

function quote(text: string): string {
  return `"${text}"`;
}
