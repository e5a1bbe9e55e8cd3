// What an answer held where an expression looked: `json.state was "lagging"`. Compiled with the expression, and read only
// when it failed.

import { type CelInput, type CelValue, isCelError, isCelList, isCelMap, isCelUint } from '@bufbuild/cel';
import { isMessage } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { durationToText } from '../cel/conversions.ts';
import { compileExpression, type Program } from '../cel/program.ts';
import { call, type Expr, mapParts } from '../cel/syntax.ts';
import type { Redactor } from '../core/redactor.ts';

export interface EvidenceOptions extends Redactor {
  /** Whether the first characters of the body may be shown. */
  readonly showBody: boolean;
}

/** What came, for people; undefined when there is nothing to show. Neither bounded nor free of control characters yet. */
export type Evidence = (values: Readonly<Record<string, CelInput>>) => string | undefined;

/** One value that is read. */
interface Reading {
  readonly label: string;
  readonly value: Program;
  readonly isSecret: boolean;
  /** Only what it is: the whole of an answer is too much, and may be private. */
  readonly isWhole: boolean;
}

/** Of one value, in characters. */
const MAX_VALUE = 80;
/** Of all. */
const MAX_EVIDENCE = 200;
const MAX_READINGS = 6;

/** @param names the variables that are read */
export function compileEvidence(expr: Expr, names: ReadonlySet<string>, options: EvidenceOptions): Evidence {
  const readings = [...readingsOf(expr, names, options).values()].slice(0, MAX_READINGS);
  return (values) => {
    const lines = readings.map(({ label, value, isSecret, isWhole }) => {
      const found = value(values);
      if (isCelError(found))
        return /^field not found|^expression: the (list|map) has/.test(found.message)
          ? `there is no ${label}`
          : undefined;
      if (isSecret) return `${label} was [redacted]`;
      return `${label} was ${isWhole ? kindOf(found) : shown(found, options)}`;
    });
    const said = lines.filter((line) => line !== undefined).join(', ');
    if (said === '') return undefined;
    return said.length <= MAX_EVIDENCE ? said : `${said.slice(0, MAX_EVIDENCE - 1)}…`;
  };
}

function readingsOf(root: Expr, names: ReadonlySet<string>, options: EvidenceOptions): ReadonlyMap<string, Reading> {
  const readings = new Map<string, Reading>();
  const add = (label: string, expr: Expr, isWhole = false) => {
    if (readings.has(label)) return;
    const isSecret = !isWhole && options.isSecretName(label.replace(/^(json|headers)/, ''));
    readings.set(label, { label, value: compileExpression(expr), isSecret, isWhole });
  };
  const visit = (expr: Expr, bound: ReadonlySet<string>): Expr => {
    const { exprKind: kind } = expr;
    const path = pathOf(expr, names, bound);
    if (path === 'body') {
      add('size(body)', call(expr, 'size', [expr]));
      if (options.showBody) add('body', expr);
    } else if (path !== undefined) {
      add(path, selected(expr), path === 'json' || path === 'headers');
    } else if (kind.case === 'comprehensionExpr') {
      const { iterVar, accuVar, iterRange, loopStep } = kind.value;
      if (iterRange) visit(iterRange, bound);
      if (loopStep) visit(loopStep, new Set([...bound, iterVar, accuVar]));
    } else if (kind.case === 'callExpr' && kind.value.function === '@in') {
      // `'x' in headers` asks for one of them.
      const item = call(expr, '_[_]', kind.value.args.toReversed());
      const label = pathOf(item, names, bound);
      if (label !== undefined) add(label, item);
      else mapParts(expr, (part) => visit(part, bound));
    } else {
      mapParts(expr, (part) => visit(part, bound));
    }
    return expr;
  };
  visit(root, new Set());
  return readings;
}

/** `json.items[0].state`, when it begins with a variable and nothing in it depends on a macro's item. */
function pathOf(expr: Expr, names: ReadonlySet<string>, bound: ReadonlySet<string>): string | undefined {
  const { exprKind: kind } = expr;
  if (kind.case === 'identExpr') {
    return names.has(kind.value.name) && !bound.has(kind.value.name) ? kind.value.name : undefined;
  }
  if (kind.case === 'selectExpr') {
    const operand = kind.value.operand && pathOf(kind.value.operand, names, bound);
    return operand === undefined ? undefined : `${operand}.${kind.value.field}`;
  }
  if (kind.case !== 'callExpr' || kind.value.function !== '_[_]') return undefined;
  const [of, index] = kind.value.args;
  const operand = of && pathOf(of, names, bound);
  if (operand === undefined || index?.exprKind.case !== 'constExpr') return undefined;
  const { case: type, value } = index.exprKind.value.constantKind;
  if (type === 'stringValue') return `${operand}[${JSON.stringify(value)}]`;
  return type === 'int64Value' || type === 'uint64Value' ? `${operand}[${value}]` : undefined;
}

/** What `has()` asks for, not whether it is there. */
function selected(expr: Expr): Expr {
  const { exprKind: kind } = expr;
  if (kind.case !== 'selectExpr' || !kind.value.testOnly) return expr;
  return { ...expr, exprKind: { ...kind, value: { ...kind.value, testOnly: false } } };
}

/** As CEL writes it; undefined when it is none. */
function durationOf(value: CelValue): string | undefined {
  const message = isReflectMessage(value) ? value.message : value;
  return isMessage(message, DurationSchema) ? durationToText(message) : undefined;
}

function kindOf(value: CelValue): string {
  if (isCelMap(value)) return `an object of ${value.size}`;
  if (isCelList(value)) return `a list of ${value.size}`;
  return value === null ? 'null' : typeof value === 'object' ? 'a value' : `a ${typeof value}`;
}

/** As JSON, without secrets. */
function shown(value: CelValue, options: EvidenceOptions): string {
  const text = options.redact(jsonText(value, options, MAX_VALUE));
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 1)}…`;
}

/** Stops soon after `room` characters: the value may be a whole body. */
function jsonText(value: CelValue, options: EvidenceOptions, room: number): string {
  // Redacted before it is cut, or half of a secret would be left; far longer than what is shown, and than most secrets.
  if (typeof value === 'string') return JSON.stringify(options.redact(value.slice(0, 8 * 1024)));
  if (isCelUint(value)) return String(value.value);
  // The library wraps messages; their own text is what the conversions make of them.
  const duration = durationOf(value);
  if (duration !== undefined) return `"${duration}"`;
  if (isCelList(value)) {
    let text = '[';
    for (const item of value) {
      if (text.length > room) break;
      text += `${text === '[' ? '' : ','}${jsonText(item, options, room - text.length)}`;
    }
    return `${text}]`;
  }
  if (isCelMap(value)) {
    let text = '{';
    for (const [key, item] of value) {
      if (text.length > room) break;
      const name = String(key);
      const said = options.isSecretName(name) ? '"[redacted]"' : jsonText(item, options, room - text.length);
      text += `${text === '{' ? '' : ','}${JSON.stringify(options.redact(name))}:${said}`;
    }
    return `${text}}`;
  }
  return typeof value === 'object' && value !== null ? '?' : String(value);
}
