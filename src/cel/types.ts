// What can be known of an expression before there is an answer: names and functions that there are, and types that can never
// fit. A text is never equal to a number in CEL, so `headers["x"] != 0` would be true whatever comes.
import type { CelFunc, CelType } from '@bufbuild/cel';
import { RE2JS } from '@bufbuild/re2';
import { functions } from './program.ts';
import { type Call, type Expr, identifierOf } from './syntax.ts';

/** The name of a type of CEL; `dyn` where it depends on the answer. */
export type TypeName = string;

export interface Variable {
  readonly type: TypeName;
  /** Of what a map holds. */
  readonly item?: TypeName;
  /** It is the variable of a macro such as `all`. */
  readonly isBound?: boolean;
}

const DYN = 'dyn';
const NUMBERS: ReadonlySet<TypeName> = new Set(['int', 'uint', 'double']);
/** Identifiers that CEL itself knows, and the root of the names of its message types. */
const TYPES = new Set('bool int uint double string bytes list map null_type type dyn google'.split(' '));
const ITERABLE = new Set([DYN, 'list', 'map']);
const FIELDS = new Set([DYN, 'map', 'google.protobuf.Timestamp', 'google.protobuf.Duration']);

const CONSTANTS: Readonly<Record<string, TypeName>> = {
  boolValue: 'bool',
  int64Value: 'int',
  uint64Value: 'uint',
  doubleValue: 'double',
  stringValue: 'string',
  bytesValue: 'bytes',
  nullValue: 'null_type',
};
const WORDS: Readonly<Record<TypeName, string>> = {
  bool: 'a truth value',
  int: 'a whole number',
  uint: 'a whole number',
  double: 'a number',
  string: 'a text',
  bytes: 'bytes',
  null_type: 'null',
  list: 'a list',
  map: 'a map',
  type: 'a type',
  'google.protobuf.Timestamp': 'a time',
  'google.protobuf.Duration': 'a duration',
};

const FUNCTIONS = Map.groupBy(functions.funcs, ({ name }) => name) as ReadonlyMap<string, readonly CelFunc[]>;

/** What is wrong, in words that hold nothing of the expression. Its own class, since the library throws plain errors. */
export class TypeFault extends Error {}

/** @throws {TypeFault} for what could have no value, whatever the answer is */
export function typeOf(expr: Expr, variables: ReadonlyMap<string, Variable>): TypeName {
  const of = (part: Expr | undefined): TypeName => (part === undefined ? DYN : typeOf(part, variables));
  const { exprKind: kind } = expr;
  switch (kind.case) {
    case 'constExpr':
      return constantType(kind.value.constantKind);
    case 'identExpr': {
      const variable = variables.get(kind.value.name);
      if (variable !== undefined) return variable.type;
      if (TYPES.has(kind.value.name)) return 'type';
      throw new TypeFault(`does not compile: it names what there is not; there are ${rootNames(variables).join(', ')}`);
    }
    case 'selectExpr': {
      // The name of a message type such as google.protobuf.Timestamp.
      if (rootOf(expr) === 'google') return DYN;
      const operand = of(kind.value.operand);
      if (!FIELDS.has(operand)) throw new TypeFault(`does not compile: ${words(operand)} has no fields`);
      return kind.value.testOnly ? 'bool' : itemType(kind.value.operand, variables);
    }
    case 'callExpr':
      return callType(kind.value, of, variables);
    case 'listExpr':
      kind.value.elements.forEach(of);
      return 'list';
    case 'structExpr':
      for (const { keyKind, value } of kind.value.entries) {
        if (keyKind.case === 'mapKey') of(keyKind.value);
        of(value);
      }
      return kind.value.messageName === '' ? 'map' : DYN;
    case 'comprehensionExpr': {
      const { iterVar, accuVar, iterRange, accuInit, loopStep, result } = kind.value;
      const range = of(iterRange);
      if (!ITERABLE.has(range)) throw new TypeFault(`does not compile: ${words(range)} has no items`);
      const inner = new Map(variables);
      inner.set(iterVar, { type: range === 'map' && isHeaders(iterRange, variables) ? 'string' : DYN, isBound: true });
      inner.set(accuVar, { type: of(accuInit), isBound: true });
      typeOf(loopStep!, inner);
      return typeOf(result!, inner);
    }
    default:
      return DYN;
  }
}

type ConstantKind = Extract<Expr['exprKind'], { case: 'constExpr' }>['value']['constantKind'];

function constantType(constant: ConstantKind): TypeName {
  const { case: name, value } = constant;
  const isTooLarge =
    (name === 'int64Value' && BigInt.asIntN(64, value) !== value) ||
    (name === 'uint64Value' && BigInt.asUintN(64, value) !== value) ||
    (name === 'doubleValue' && !Number.isFinite(value));
  if (isTooLarge) throw new TypeFault('does not compile: it has a number that has more than 64 bits');
  return CONSTANTS[name ?? ''] ?? DYN;
}

function callType(
  { function: name, target, args }: Call,
  of: (part: Expr | undefined) => TypeName,
  variables: ReadonlyMap<string, Variable>,
): TypeName {
  const types = args.map(of);
  switch (name) {
    case '_&&_':
    case '_||_':
    case '!_':
      for (const type of types) if (!fits(type, 'bool')) throw noTruthValue(type);
      return 'bool';
    case '_?_:_':
      if (!fits(types[0]!, 'bool')) throw noTruthValue(types[0]!);
      return types[1] === types[2] ? types[1]! : DYN;
    case '_==_':
    case '_!=_':
      if (!areComparable(types[0]!, types[1]!)) {
        throw new TypeFault(
          `compares ${words(types[0]!)} with ${words(types[1]!)}, which are never equal${advice(name, types)}`,
        );
      }
      return 'bool';
    case '_[_]':
      if (!ITERABLE.has(types[0]!)) throw new TypeFault(`does not compile: ${words(types[0]!)} has no items`);
      return itemType(args[0], variables);
    case '@not_strictly_false':
      return 'bool';
  }
  if (name === 'matches') checkPattern(args.at(-1));
  const root = identifierOf(target);
  const qualified = `${root}.${name}`;
  if (root !== undefined && FUNCTIONS.has(qualified)) return overload(qualified, undefined, types);
  return overload(name, target === undefined ? undefined : of(target), types);
}

/** The type that a function gives for arguments of these types. */
function overload(name: string, target: TypeName | undefined, types: readonly TypeName[]): TypeName {
  const known = FUNCTIONS.get(name);
  if (known === undefined) throw new TypeFault('does not compile: it calls a function that there is not');
  const shaped = known.filter((func) => {
    return (func.target === undefined) === (target === undefined) && func.arguments.length === types.length;
  });
  if (shaped.length === 0) throw new TypeFault(`does not compile: ${name} is not called so`);
  const fitting = shaped.filter((func) => {
    return fits(target ?? DYN, nameOf(func.target)) && func.arguments.every((type, i) => fits(types[i]!, nameOf(type)));
  });
  if (fitting.length === 0) {
    const given = [...(target === undefined ? [] : [target]), ...types];
    const isOperator = !/^[A-Za-z.]+$/.test(name);
    // `_+_`, `-_` and `@in` are how the parser names them.
    const shown = isOperator ? name.replace(/[_@]/g, '') : name;
    const hint = isOperator ? advice(name, given) : '';
    throw new TypeFault(`does not compile: there is no ${shown} of ${given.map(words).join(' and ')}${hint}`);
  }
  const results = new Set(fitting.map(({ result }) => nameOf(result)));
  return results.size === 1 ? [...results][0]! : DYN;
}

function nameOf(type: CelType | undefined): TypeName {
  return type?.name ?? DYN;
}

function fits(type: TypeName, wanted: TypeName): boolean {
  return type === wanted || type === DYN || wanted === DYN;
}

function areComparable(a: TypeName, b: TypeName): boolean {
  return fits(a, b) || (NUMBERS.has(a) && NUMBERS.has(b));
}

function noTruthValue(type: TypeName): TypeFault {
  return new TypeFault(`does not compile: ${words(type)} is neither true nor false`);
}

function words(type: TypeName): string {
  return WORDS[type] ?? 'a value';
}

function advice(name: string, types: readonly TypeName[]): string {
  if (name === '@in') return types[1] === 'string' ? '; ask a text with contains()' : '';
  const isMixed = types[0] === 'string' ? NUMBERS.has(types[1] ?? '') : NUMBERS.has(types[0]!) && types[1] === 'string';
  return isMixed ? '; make a number of the text with int() or double()' : '';
}

function itemType(of: Expr | undefined, variables: ReadonlyMap<string, Variable>): TypeName {
  return variables.get(identifierOf(of) ?? '')?.item ?? DYN;
}

function isHeaders(of: Expr | undefined, variables: ReadonlyMap<string, Variable>): boolean {
  return itemType(of, variables) === 'string';
}

function checkPattern(pattern: Expr | undefined): void {
  const kind = pattern?.exprKind;
  if (kind?.case !== 'constExpr' || kind.value.constantKind.case !== 'stringValue') return;
  try {
    RE2JS.compile(kind.value.constantKind.value);
  } catch {
    throw new TypeFault('has a pattern for matches() that is no regular expression of RE2');
  }
}

/** Without those that macros bind. */
function rootNames(variables: ReadonlyMap<string, Variable>): string[] {
  return [...variables].filter(([, { isBound }]) => !isBound).map(([name]) => name);
}

function rootOf(expr: Expr): string | undefined {
  let at: Expr | undefined = expr;
  while (at?.exprKind.case === 'selectExpr') at = at.exprKind.value.operand;
  return identifierOf(at);
}
