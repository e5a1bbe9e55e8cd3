// What an HTTP answer must be, as CEL expressions: compiled once, evaluated for every answer. It stands alone because
// it knows CEL and no sockets. Two things make it strict where CEL alone is not: names that do not exist are faults when
// the configuration is checked, and an expression over `json` fails for a body that is no JSON, even under `has()`.
import { type CelInput, CelScalar, celEnv, isCelError, mapType, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { printable } from './reason.ts';

/** What expressions see. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The body went on after what is in `body`. */
  readonly bodyTruncated: boolean;
  readonly latencyMs: number;
}

/** Says what is wrong with an answer, for people; undefined when all is as expected. Never throws. */
export type Expectations = (answer: Answer) => string | undefined;

/** Longest expression that is shown whole. */
const MAX_SHOWN = 200;

const VARIABLES = {
  status: CelScalar.INT,
  headers: mapType(CelScalar.STRING, CelScalar.STRING),
  body: CelScalar.STRING,
  json: CelScalar.DYN,
  latency_ms: CelScalar.INT,
} as const;
/** Identifiers that CEL itself knows, and the root of the names of its message types. */
const BUILT_IN = 'bool int uint double string bytes list map null_type type dyn google'.split(' ');

const env = celEnv({ variables: VARIABLES, funcs: strings });

type Expr = ReturnType<typeof parse>['expr'];

/** Compiles expressions that must all be true. @throws {Error} for one that `expressionFault` finds a fault in */
export function compileExpectations(expressions: readonly string[]): Expectations {
  const compiled = expressions.map(compile);
  return (answer) => {
    const json = lazyJson(answer);
    for (const evaluate of compiled) {
      const wrong = evaluate(answer, json);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** Why an expression cannot be used; undefined when it can. Shows nothing of it: a variable may have brought a secret. */
export function expressionFault(expression: string): string | undefined {
  try {
    const { expr } = parse(expression);
    const names = namesOf(expr);
    for (const name of names.identifiers) {
      if (!Object.hasOwn(VARIABLES, name) && !BUILT_IN.includes(name)) {
        return `does not compile: it names what there is not; there are ${Object.keys(VARIABLES).join(', ')}`;
      }
    }
    for (const name of names.functions) {
      if (env.funcs.find(name) === undefined) return 'does not compile: it calls a function that there is not';
    }
    return isNeverTrue(expr) ? 'is never true: it has no truth value, write a comparison' : undefined;
  } catch (error) {
    const [, place] = /^<input>:(\d+:\d+)/.exec((error as Error).message) ?? [];
    return `does not compile${place === undefined ? '' : `, at ${place}`}`;
  }
}

const ARITHMETIC: ReadonlySet<string> = new Set(['_+_', '_-_', '_*_', '_/_', '_%_', '-_', 'size', 'int', 'string']);

/** What can be known without types: its value is a number, a text, a list or a map. */
function isNeverTrue(expr: Expr): boolean {
  const kind = expr?.exprKind;
  switch (kind?.case) {
    case 'constExpr':
      return kind.value.constantKind.case !== 'boolValue';
    case 'identExpr':
      return Object.hasOwn(VARIABLES, kind.value.name) && kind.value.name !== 'json';
    case 'callExpr':
      return ARITHMETIC.has(kind.value.function);
    default:
      return kind?.case === 'listExpr' || kind?.case === 'structExpr';
  }
}

function compile(expression: string): (answer: Answer, json: LazyJson) => string | undefined {
  const fault = expressionFault(expression);
  if (fault !== undefined) throw new Error(`${expression} ${fault}`);
  const parsed = parse(expression);
  const usesJson = namesOf(parsed.expr).identifiers.has('json');
  const evaluate = plan(env, parsed);
  const shown = printable(expression, MAX_SHOWN);

  return (answer, lazyJson) => {
    const json = usesJson ? lazyJson() : { value: null };
    if ('fault' in json) return `${json.fault}, so this cannot be true: ${shown}`;
    const result = evaluate({
      status: BigInt(answer.status),
      headers: answer.headers,
      body: answer.body,
      json: json.value,
      latency_ms: BigInt(Math.round(answer.latencyMs)),
    });
    if (result === true) return undefined;
    if (result === false) return `not true: ${shown}`;
    if (isCelError(result)) return `cannot be evaluated${errorDetail(result.message, expression)}: ${shown}`;
    return `neither true nor false: ${shown}`;
  };
}

/** An error's own words where they hold nothing of the answer, whose content is never shown. */
function errorDetail(message: string, expression: string): string {
  const key = /^field not found: (.+)$/s.exec(message)?.[1];
  if (key !== undefined && expression.includes(key)) return ` (there is no ${printable(key, 64)})`;
  if (message.startsWith('found no matching overload')) return ` (${printable(message, MAX_SHOWN)})`;
  return '';
}

type LazyJson = () => { readonly value: CelInput } | { readonly fault: string };

/** Parses on first use, since most expressions are content with the status. */
function lazyJson(answer: Answer): LazyJson {
  let known: ReturnType<LazyJson> | undefined;
  return () => {
    known ??= parseJson(answer);
    return known;
  };
}

function parseJson(answer: Answer): ReturnType<LazyJson> {
  if (answer.bodyTruncated) return { fault: 'the body is too long to be read as JSON' };
  try {
    return { value: JSON.parse(answer.body) };
  } catch {
    return { fault: 'the body is no JSON' };
  }
}

interface Names {
  /** Free ones: not bound by a macro such as `all`. */
  readonly identifiers: Set<string>;
  /** With their namespace, where they have one. Without operators. */
  readonly functions: Set<string>;
}

function namesOf(root: Expr): Names {
  const names: Names = { identifiers: new Set(), functions: new Set() };
  collect(root, new Set(), names);
  return names;
}

/** Walks the syntax tree of google/cel-spec's syntax.proto; as deep as the parser, which recurses too. */
function collect(expr: Expr | undefined, bound: ReadonlySet<string>, names: Names): void {
  const kind = expr?.exprKind;
  switch (kind?.case) {
    case 'identExpr':
      if (!bound.has(kind.value.name)) names.identifiers.add(kind.value.name);
      return;
    case 'selectExpr':
      collect(kind.value.operand, bound, names);
      return;
    case 'callExpr': {
      const { function: name, target, args } = kind.value;
      const namespace = target?.exprKind.case === 'identExpr' ? target.exprKind.value.name : undefined;
      const qualified = `${namespace}.${name}`;
      const isNamespaced = namespace !== undefined && env.funcs.find(qualified) !== undefined;
      // Operators are built into the planner and have names such as `_&&_` and `@in`.
      if (/^[A-Za-z]/.test(name)) names.functions.add(isNamespaced ? qualified : name);
      if (!isNamespaced) collect(target, bound, names);
      for (const argument of args) collect(argument, bound, names);
      return;
    }
    case 'listExpr':
      for (const element of kind.value.elements) collect(element, bound, names);
      return;
    case 'structExpr':
      for (const entry of kind.value.entries) {
        if (entry.keyKind.case === 'mapKey') collect(entry.keyKind.value, bound, names);
        collect(entry.value, bound, names);
      }
      return;
    case 'comprehensionExpr': {
      const { iterVar, iterVar2, accuVar, iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      const inner = new Set([...bound, iterVar, iterVar2, accuVar]);
      collect(iterRange, bound, names);
      collect(accuInit, bound, names);
      for (const part of [loopCondition, loopStep, result]) collect(part, inner, names);
      return;
    }
  }
}
