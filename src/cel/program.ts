// CEL as OpenK runs it: the evaluator of @bufbuild/cel, with own functions where it does not say what the specification and
// cel-go say, and bounded in steps, since what it runs over comes from strangers (ADR 29).
import {
  type CelEnv,
  type CelInput,
  type CelList,
  type CelResult,
  CelScalar,
  celEnv,
  celFunc,
  celList,
  celUint,
  listType,
  plan,
} from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { create } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { CONVERSIONS, DURATION } from './conversions.ts';
import { equalityFunctions, HAS, INDEX } from './equality.ts';
import { expressionError } from './fault.ts';
import { call, type Expr, identifierOf, mapParts } from './syntax.ts';
import { TEXT_FUNCTIONS } from './texts.ts';
import { TIME_FUNCTIONS } from './times.ts';

/** `values` are those of the variables by name: a `CelError` is of one that has no value, getters are asked when needed. */
export type Program = (values: Readonly<Record<string, CelInput>>) => CelResult;

/** Items looked at and values compared in one evaluation. More would hold up everything else in the process. */
const MAX_STEPS = 1_000_000;

const STEP = '@step';
const NEW_LIST = '@list';
const APPEND = '@append';
const { BOOL, DYN, INT, UINT } = CelScalar;
const LIST = listType(DYN);

// Evaluation is synchronous, so one counter serves all.
let stepsLeft = 0;

function spend(): void {
  stepsLeft--;
  if (stepsLeft < 0) throw expressionError(`it takes more than ${MAX_STEPS} steps`);
}

/** What `map` and `filter` collect: a list that grows in place, where the library nests one list per item. */
const growing = new WeakMap<CelList, CelInput[]>();

const INT_MIN = -(2n ** 63n);

export const functions: CelEnv = celEnv({
  funcs: [
    ...strings,
    ...CONVERSIONS,
    ...equalityFunctions(spend),
    ...TEXT_FUNCTIONS,
    ...TIME_FUNCTIONS,
    celFunc('_%_', [INT, INT], INT, (a, b) => {
      if (b === 0n) throw expressionError('modulus by zero');
      if (a === INT_MIN && b === -1n) throw expressionError('int overflow');
      return a % b;
    }),
    celFunc('_/_', [UINT, UINT], UINT, (a, b) => {
      if (b.value === 0n) throw expressionError('division by zero');
      return celUint(a.value / b.value);
    }),
    celFunc('-_', [DURATION], DURATION, ({ message: { seconds, nanos } }) => {
      return create(DurationSchema, { seconds: -seconds, nanos: -nanos });
    }),
    celFunc(STEP, [DYN], BOOL, (goesOn) => {
      spend();
      return goesOn === true;
    }),
    celFunc(NEW_LIST, [], LIST, () => {
      const items: CelInput[] = [];
      const list = celList(items);
      growing.set(list, items);
      return list;
    }),
    celFunc(APPEND, [LIST, DYN], LIST, (list, item) => {
      growing.get(list)!.push(item);
      return list;
    }),
  ],
});

/** Plans a parsed expression. Evaluating never throws: what has no value is a `CelError`. */
export function compileExpression(expr: Expr): Program {
  const evaluate = plan(functions, rewrite(expr));
  return (values) => {
    stepsLeft = MAX_STEPS;
    return evaluate(values);
  };
}

/** Gives the name of an own function to what the library has built in, and differently. */
function rewrite(expr: Expr): Expr {
  const { exprKind: kind } = expr;
  if (kind.case === 'selectExpr' && kind.value.testOnly && kind.value.operand) {
    const field = { case: 'stringValue' as const, value: kind.value.field };
    return call(expr, HAS, [rewrite(kind.value.operand), constant(expr, field)]);
  }
  if (kind.case === 'callExpr' && kind.value.function === '_[_]')
    return call(expr, INDEX, kind.value.args.map(rewrite));
  const rewritten = mapParts(expr, rewrite);
  return rewritten.exprKind.case === 'comprehensionExpr' ? bounded(rewritten, rewritten.exprKind.value) : rewritten;
}

type Constant = Extract<Expr['exprKind'], { case: 'constExpr' }>['value'];
type Comprehension = Extract<Expr['exprKind'], { case: 'comprehensionExpr' }>['value'];

function constant(at: Expr, constantKind: Constant['constantKind']): Expr {
  return { ...at, exprKind: { case: 'constExpr', value: { $typeName: 'cel.expr.Constant', constantKind } } };
}

function bounded(expr: Expr, { accuInit, loopCondition, loopStep, ...rest }: Comprehension): Expr {
  const collects = accuInit?.exprKind.case === 'listExpr';
  const value = {
    ...rest,
    accuInit: collects ? call(accuInit, NEW_LIST, []) : accuInit!,
    loopCondition: call(loopCondition!, STEP, [loopCondition!]),
    loopStep: collects ? appending(loopStep!, rest.accuVar) : loopStep!,
  };
  return { ...expr, exprKind: { case: 'comprehensionExpr', value } };
}

/** `accu + [item]` as the macros write it, alone or in a branch. */
function appending(step: Expr, accuVar: string): Expr {
  if (step.exprKind.case !== 'callExpr') return step;
  const { function: name, args } = step.exprKind.value;
  if (name === '_?_:_') return call(step, name, [args[0]!, ...args.slice(1).map((part) => appending(part, accuVar))]);
  const [list, added] = args;
  if (name !== '_+_' || identifierOf(list) !== accuVar || added?.exprKind.case !== 'listExpr') return step;
  return call(step, APPEND, [list!, ...added.exprKind.value.elements]);
}
