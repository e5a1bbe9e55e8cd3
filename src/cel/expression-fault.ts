// What is wrong with an expression of the configuration, before there is anything that it could be evaluated over.
import { escapeFault, hint, placeOf, type SourceFault } from './source.ts';
import { type Expr, parseExpression } from './syntax.ts';
import { TypeFault, type TypeName, typeOf, type Variable } from './types.ts';

/** Why an expression cannot be used; undefined when it can. Shows nothing of it: a variable may have brought a secret. */
export function findExpressionFault(expression: string, variables: ReadonlyMap<string, Variable>): string | undefined {
  const read = readExpression(expression, variables);
  return typeof read === 'string' ? read : undefined;
}

/** Its syntax tree, or why it cannot be used as a condition. */
export function readExpression(expression: string, variables: ReadonlyMap<string, Variable>): Expr | string {
  const read = readTyped(expression, variables);
  if (typeof read === 'string') return read;
  const isTruth = read.type === 'bool' || read.type === 'dyn';
  return isTruth ? read.expr : 'is never true: it has no truth value, write a comparison';
}

/** Its syntax tree whatever it gives, or why it cannot be used. */
export function readValueExpression(expression: string, variables: ReadonlyMap<string, Variable>): Expr | string {
  const read = readTyped(expression, variables);
  return typeof read === 'string' ? read : read.expr;
}

function readTyped(
  expression: string,
  variables: ReadonlyMap<string, Variable>,
): { readonly expr: Expr; readonly type: TypeName } | string {
  const wrongEscape = escapeFault(expression);
  let expr: Expr;
  try {
    expr = parseExpression(expression);
  } catch (error) {
    if (wrongEscape !== undefined) return at(expression, wrongEscape);
    const meant = hint(expression);
    if (meant !== undefined) return at(expression, meant);
    const [, place] = /^<input>:(\d+:\d+)/.exec((error as Error).message) ?? [];
    return `does not compile${place === undefined ? '' : `, at ${place}`}`;
  }
  if (wrongEscape !== undefined) return at(expression, wrongEscape);
  try {
    return { expr, type: typeOf(expr, variables) };
  } catch (error) {
    if (error instanceof TypeFault) return error.message;
    throw error;
  }
}

function at(expression: string, { offset, message }: SourceFault): string {
  return `does not compile, at ${placeOf(expression, offset)}: ${message}`;
}
