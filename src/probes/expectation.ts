// What an HTTP answer must be, as CEL expressions: compiled once, evaluated for every answer. It stands alone because it
// knows what expressions see of an answer, and no sockets. What could never be true, or could be true whatever comes, is a
// fault when the configuration is checked; what has no value in an answer makes the expressions that need it fail.

import { type CelInput, celError, isCelError } from '@bufbuild/cel';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { readExpression } from '../cel/expression-fault.ts';
import { expressionError, wordsOf } from '../cel/fault.ts';
import { toCel } from '../cel/json-value.ts';
import { compileExpression, type Program } from '../cel/program.ts';
import type { Expr } from '../cel/syntax.ts';
import type { Variable } from '../cel/types.ts';
import { parseForeignJson } from '../core/foreign-json.ts';
import type { Phases } from '../core/observation.ts';
import { onFirstUse } from '../core/on-first-use.ts';
import { printable } from '../core/printable.ts';
import { remembered } from '../core/remembered.ts';
import { type BodyText, bodyText } from './body-text.ts';
import { compileEvidence, type Evidence, type EvidenceOptions } from './evidence.ts';

/** What expressions see. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Why `body` is not what the target sent, for people: it was cut, or could not be decoded. */
  readonly bodyFault?: string;
  readonly latencyMs: number;
  /** Left out: no certificate was seen. */
  readonly certificateExpiresInMs?: number;
  readonly phases?: Phases;
}

/** What is wrong with an answer. */
export interface Complaint {
  /** Holds nothing of the answer. */
  readonly message: string;
  /** What came, without secrets. */
  readonly evidence?: string;
}

/** Undefined when all is as expected. Never throws. */
export type Expectations = (answer: Answer) => Complaint | undefined;

/** Longest expression that is shown whole. */
const MAX_SHOWN = 200;
/** Longest evidence. */
const MAX_EVIDENCE = 256;

const VARIABLES: ReadonlyMap<string, Variable> = new Map([
  ['status', { type: 'int' }],
  ['headers', { type: 'map', item: 'string' }],
  ['body', { type: 'string' }],
  ['json', { type: 'dyn' }],
  ['latency_ms', { type: 'int' }],
  // Null where no certificate was seen.
  ['certificate_expires_in', { type: 'dyn' }],
  ['dns_ms', { type: 'int' }],
  ['connect_ms', { type: 'int' }],
  ['tls_ms', { type: 'int' }],
  ['first_byte_ms', { type: 'int' }],
  ['body_ms', { type: 'int' }],
]);
const NAMES: ReadonlySet<string> = new Set(VARIABLES.keys());

/** Compiles expressions that must all be true. @throws {Error} for one that `expressionFault` finds a fault in */
export function compileExpectations(expressions: readonly string[], options: EvidenceOptions): Expectations {
  const compiled = expressions.map((expression) => compile(expression, options));
  return (answer) => {
    const values = new AnswerValues(answer);
    for (const evaluate of compiled) {
      const complaint = evaluate(values);
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  };
}

/** Why an expression cannot be used; undefined when it can. */
export function expressionFault(expression: string): string | undefined {
  const found = read(expression);
  return typeof found === 'string' ? found : undefined;
}

/** The syntax tree of an expression with what evaluates it, or why it cannot be used. */
const read = remembered((expression: string) => {
  const expr = readExpression(expression, VARIABLES);
  return typeof expr === 'string' ? expr : { expr, program: onFirstUse(() => compileExpression(expr)) };
});

function compile(expression: string, options: EvidenceOptions): (values: Values) => Complaint | undefined {
  const found = read(expression);
  if (typeof found === 'string') throw new Error(`${expression} ${found}`);
  const evaluate = found.program();
  // Most answers are as expected.
  const parts = onFirstUse(() =>
    conjunctsOf(found.expr).map((part) => ({
      evaluate: compileExpression(part),
      evidence: compileEvidence(part, NAMES, options),
    })),
  );

  return (values) => {
    const result = evaluate(values);
    if (result === true) return undefined;
    const evidence = evidenceOf(parts(), values);
    const shown = printable(expression, MAX_SHOWN);
    return { message: `${complaint(result, expression)}: ${shown}`, ...(evidence !== undefined && { evidence }) };
  };
}

function complaint(result: ReturnType<Program>, expression: string): string {
  if (result === false) return 'not true';
  return isCelError(result)
    ? `cannot be evaluated${errorDetail(result.message, expression)}`
    : 'neither true nor false';
}

/** What must each be true: of these only what is not is shown. */
function conjunctsOf(expr: Expr): readonly Expr[] {
  const { exprKind: kind } = expr;
  return kind.case === 'callExpr' && kind.value.function === '_&&_' ? kind.value.args.flatMap(conjunctsOf) : [expr];
}

function evidenceOf(
  parts: readonly { readonly evaluate: Program; readonly evidence: Evidence }[],
  values: Values,
): string | undefined {
  const said = parts.filter(({ evaluate }) => evaluate(values) !== true).map(({ evidence }) => evidence(values));
  const text = [...new Set(said.filter((part) => part !== undefined))].join(', ');
  return text === '' ? undefined : printable(text, MAX_EVIDENCE);
}

/** An error's own words where they hold nothing of the answer. */
function errorDetail(message: string, expression: string): string {
  const words = wordsOf(message);
  if (words !== undefined) return ` (${words})`;
  const key = /^field not found: (.+)$/s.exec(message)?.[1];
  if (key !== undefined && expression.includes(key)) return ` (there is no field ${printable(key, 64)})`;
  if (message.startsWith('found no matching overload')) return ` (${printable(message, MAX_SHOWN)})`;
  return '';
}

type Values = Readonly<Record<string, CelInput>>;

/**
 * What has no value is an error that spreads, but for `true || error` and `false && error` (langdef.md, "Logical Operators").
 * A class, since a literal with getters has a hidden class of its own each time.
 */
class AnswerValues implements Values {
  readonly [name: string]: CelInput;
  readonly status: bigint;
  readonly headers: ReadonlyMap<string, string>;
  readonly latency_ms: bigint;
  readonly #answer: Answer;
  // Read on first use, since most expressions are content with the status.
  #text: BodyText | undefined;
  #json: CelInput | undefined;

  constructor(answer: Answer) {
    this.status = BigInt(answer.status);
    this.headers = answer.headers;
    this.latency_ms = BigInt(Math.round(answer.latencyMs));
    this.#answer = answer;
  }

  get certificate_expires_in(): CelInput {
    const { certificateExpiresInMs: ms } = this.#answer;
    return ms === undefined ? null : durationFromMs(Math.trunc(ms));
  }

  // A phase that there was not took no time.
  get dns_ms(): bigint {
    return wholeMs(this.#answer.phases?.dnsMs);
  }
  get connect_ms(): bigint {
    return wholeMs(this.#answer.phases?.connectMs);
  }
  get tls_ms(): bigint {
    return wholeMs(this.#answer.phases?.tlsMs);
  }
  get first_byte_ms(): bigint {
    return wholeMs(this.#answer.phases?.firstByteMs);
  }
  get body_ms(): bigint {
    return wholeMs(this.#answer.phases?.bodyMs);
  }

  get body(): CelInput {
    const body = this.#read();
    return 'text' in body ? body.text : unknown(body.fault);
  }

  get json(): CelInput {
    this.#json ??= toJson(this.#read());
    return this.#json;
  }

  #read(): BodyText {
    const { body, headers, bodyFault } = this.#answer;
    this.#text ??= bodyFault === undefined ? bodyText(body, headers.get('content-type')) : { fault: bodyFault };
    return this.#text;
  }
}

function wholeMs(ms: number | undefined): bigint {
  return BigInt(Math.round(ms ?? 0));
}

function toJson(body: BodyText): CelInput {
  if ('fault' in body) return unknown(body.fault);
  try {
    return toCel(parseForeignJson(body.text));
  } catch (error) {
    return unknown(error instanceof RangeError ? 'the body is nested too deep' : 'the body is no JSON');
  }
}

/** The library takes an error for the value of a variable, though its types do not say so. */
function unknown(words: string): CelInput {
  return celError(expressionError(words)) as unknown as CelInput;
}
