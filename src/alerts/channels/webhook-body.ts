// The body of a webhook as an expression over what there is to say. Its result is JSON: a text template would have to know how a
// quote or a line break is written in the text around it, and forgets.
import { type CelInput, celMap, isCelError } from '@bufbuild/cel';
import { readValueExpression } from '../../cel/expression-fault.ts';
import { wordsOf } from '../../cel/fault.ts';
import { fromCel, toCel } from '../../cel/json-value.ts';
import { compileExpression } from '../../cel/program.ts';
import type { Variable } from '../../cel/types.ts';
import { printable } from '../../core/printable.ts';
import type { MessageJson } from './alert-json.ts';

export type RenderBody = (message: MessageJson) => { readonly body: string } | { readonly fault: string };

const VARIABLES: ReadonlyMap<string, Variable> = new Map([
  ['type', { type: 'string' }],
  ['timestamp', { type: 'string' }],
  ['alert', { type: 'map' }],
]);

/** Why an expression cannot be the body; undefined when it can. */
export function findBodyFault(expression: string): string | undefined {
  const read = readValueExpression(expression, VARIABLES);
  return typeof read === 'string' ? read : undefined;
}

/** @throws {Error} for an expression that `findBodyFault` finds a fault in */
export function compileBody(expression: string): RenderBody {
  const read = readValueExpression(expression, VARIABLES);
  if (typeof read === 'string') throw new Error(`body ${read}`);
  const evaluate = compileExpression(read);
  return ({ type, timestamp, data }) => {
    const values: Record<string, CelInput> = { type, timestamp, alert: toCel(data.alert) ?? celMap(new Map()) };
    const result = evaluate(values);
    if (isCelError(result)) return { fault: `body has no value${detailOf(result.message, expression)}` };
    const json = fromCel(result);
    return json === undefined
      ? { fault: 'body has a value that JSON has none for' }
      : { body: JSON.stringify(json.value) };
  };
}

/** An error's own words where they hold nothing of the alert. */
function detailOf(message: string, expression: string): string {
  const words = wordsOf(message);
  if (words !== undefined) return `: ${words}`;
  const key = /^field not found: (.+)$/s.exec(message)?.[1];
  return key !== undefined && expression.includes(key)
    ? `: there is no field ${printable(key, 64)}, ask for it by has()`
    : '';
}
