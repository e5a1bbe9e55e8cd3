// The syntax tree of CEL (google/cel-spec, syntax.proto) as the rest of this folder takes it, and a walk over its parts.
import { parse } from '@bufbuild/cel';

export type Expr = NonNullable<ReturnType<typeof parse>['expr']>;
export type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value'];

/** @throws {Error} whose message begins with `<input>:LINE:COLUMN` where it does not parse */
export function parseExpression(text: string): Expr {
  // The line break ends a comment on the last line, which the parser wants ended.
  return parse(`${text}\n`).expr!;
}

export function call(at: Expr, name: string, args: readonly Expr[], target?: Expr): Expr {
  const value: Call = { $typeName: 'cel.expr.Expr.Call', function: name, args: [...args], ...(target && { target }) };
  return { ...at, exprKind: { case: 'callExpr', value } };
}

/** The same expression with each direct part replaced. As deep as the parser, which recurses too. */
export function mapParts(expr: Expr, change: (part: Expr) => Expr): Expr {
  const kind = expr.exprKind;
  switch (kind.case) {
    case 'selectExpr': {
      const { operand } = kind.value;
      return {
        ...expr,
        exprKind: { case: kind.case, value: { ...kind.value, ...(operand && { operand: change(operand) }) } },
      };
    }
    case 'callExpr':
      return call(
        expr,
        kind.value.function,
        kind.value.args.map(change),
        kind.value.target && change(kind.value.target),
      );
    case 'listExpr': {
      const value = { ...kind.value, elements: kind.value.elements.map(change) };
      return { ...expr, exprKind: { case: kind.case, value } };
    }
    case 'structExpr': {
      const entries = kind.value.entries.map((entry) => ({
        ...entry,
        ...(entry.value && { value: change(entry.value) }),
        ...(entry.keyKind.case === 'mapKey' && {
          keyKind: { case: 'mapKey' as const, value: change(entry.keyKind.value) },
        }),
      }));
      return { ...expr, exprKind: { case: kind.case, value: { ...kind.value, entries } } };
    }
    case 'comprehensionExpr': {
      const value = { ...kind.value };
      for (const name of COMPREHENSION_PARTS) {
        const part = value[name];
        if (part !== undefined) value[name] = change(part);
      }
      return { ...expr, exprKind: { case: kind.case, value } };
    }
    default:
      return expr;
  }
}

const COMPREHENSION_PARTS = ['iterRange', 'accuInit', 'loopCondition', 'loopStep', 'result'] as const;

export function identifierOf(expr: Expr | undefined): string | undefined {
  return expr?.exprKind.case === 'identExpr' ? expr.exprKind.value.name : undefined;
}
