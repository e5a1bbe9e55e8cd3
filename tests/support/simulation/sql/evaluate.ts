// What expressions and questions of SQL come to, over rows that somebody gives.
import type { Expression, Item, Select, Source } from './syntax.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A row that is kept, by what stands for it as long as it is there. */
export type Kept = readonly [id: number, row: Row];

export interface Context {
  /** What the transaction sees of a table. */
  rows(table: string): Iterable<Kept>;
  /** Of $1, $2 … */
  readonly values: readonly unknown[];
  /** Epoch milliseconds: when the transaction began, and now. */
  readonly startedMs: number;
  readonly nowMs: number;
  /** The next of a sequence. */
  next(sequence: string): number;
  /** Of questions within the statement that have one answer for all of it. */
  readonly answers: Map<Select, Answer>;
}

/** Where names are looked up: the innermost first. */
export interface Scope {
  readonly rows: readonly { readonly alias: string; readonly row: Row; readonly id?: number }[];
  readonly around?: Scope | undefined;
}

export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** By row: ids of the rows of tables that it is made of. */
  readonly madeOf: readonly (readonly number[])[];
}

export function evaluate(expression: Expression, context: Context, scope: Scope, group?: readonly Scope[]): unknown {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'parameter':
      return context.values[expression.at] ?? null;
    case 'column':
      return lookUp(expression.of, expression.name, scope);
    case 'not': {
      const inner = evaluate(expression.of, context, scope, group);
      return inner === null ? null : !inner;
    }
    case 'is-null':
      return evaluate(expression.of, context, scope, group) === null;
    case 'binary': {
      const { sign, right } = expression;
      const left = evaluate(expression.left, context, scope, group);
      if (sign === 'and' && left === false) return false;
      if (sign === 'or' && left === true) return true;
      return binary(sign, left, evaluate(right, context, scope, group));
    }
    case 'in': {
      const wanted = evaluate(expression.of, context, scope, group);
      const { list } = expression;
      const found =
        list.kind === 'select'
          ? ask(list, context, scope).rows.map(([one]) => one)
          : evaluate(list, context, scope, group);
      return (found as readonly unknown[]).includes(wanted);
    }
    case 'case':
      return evaluate(expression.of, context, scope, group) === evaluate(expression.when, context, scope, group)
        ? evaluate(expression.then, context, scope, group)
        : evaluate(expression.other, context, scope, group);
    case 'scalar':
      return askOnce(expression.select, context, scope).rows[0]?.[0] ?? null;
    case 'exists':
      return ask(expression.select, context, scope).rows.length > 0;
    case 'call':
      return call(expression.name, expression.args, context, (inner) => evaluate(inner, context, scope, group), group);
  }
}

/** A question without a condition has one answer for all rows of a statement: what it depends on are its own. */
function askOnce(select: Select, context: Context, scope: Scope): Answer {
  if (select.where !== undefined) return ask(select, context, scope);
  let known = context.answers.get(select);
  if (known === undefined) {
    known = ask(select, context, scope);
    context.answers.set(select, known);
  }
  return known;
}

function call(
  name: string,
  args: readonly Expression[],
  context: Context,
  value: (expression: Expression) => unknown,
  group: readonly Scope[] | undefined,
): unknown {
  switch (name) {
    case 'clock_timestamp':
      return context.nowMs;
    case 'now':
      return context.startedMs;
    case 'nextval':
      return context.next(String(value(args[0]!)));
    case 'greatest':
      return Math.max(...args.map((arg) => value(arg) as number));
    case 'coalesce':
      for (const arg of args) {
        const found = value(arg);
        if (found !== null) return found;
      }
      return null;
    case 'max': {
      const all = (group ?? []).map((scope) => evaluate(args[0]!, context, scope)).filter((one) => one !== null);
      return all.length === 0 ? null : all.reduce((a, b) => (compare(a, b) >= 0 ? a : b));
    }
    // Every piece is there.
    case 'to_regclass':
      return value(args[0]!);
    case 'pg_advisory_xact_lock':
      return null;
    default:
      throw new Error(`no function that is known here: ${name}`);
  }
}

function lookUp(of: string | undefined, name: string, scope: Scope | undefined): unknown {
  for (let at = scope; at !== undefined; at = at.around) {
    for (const { alias, row } of at.rows) {
      if (of !== undefined && of !== alias) continue;
      const found = row[name];
      if (found !== undefined) return found;
    }
  }
  throw new Error(`column ${of === undefined ? '' : `${of}.`}${name} does not exist`);
}

function binary(sign: string, left: unknown, right: unknown): unknown {
  if (sign === 'and') return right === false ? false : left === null || right === null ? null : true;
  if (sign === 'or') return right === true ? true : left === null || right === null ? null : false;
  if (left === null || right === null) return null;
  switch (sign) {
    case '+':
      return (left as number) + (right as number);
    case '-':
      return (left as number) - (right as number);
    case '=':
      return compare(left, right) === 0;
    case '<>':
      return compare(left, right) !== 0;
    case '<':
      return compare(left, right) < 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>':
      return compare(left, right) > 0;
    default:
      return compare(left, right) >= 0;
  }
}

function compare(left: unknown, right: unknown): number {
  return left === right ? 0 : (left as number) < (right as number) ? -1 : 1;
}

export function ask(select: Select, context: Context, around?: Scope): Answer {
  const { where } = select;
  let scopes: Scope[] = [{ rows: [], around }];
  for (const [at, source] of select.sources.entries()) {
    const isLast = at === select.sources.length - 1;
    const joined: Scope[] = [];
    for (const scope of scopes) {
      for (const row of rowsOf(source, context, scope)) {
        const next: Scope = { rows: at === 0 ? [row] : [...scope.rows, row], around };
        if (!isLast || where === undefined || evaluate(where, context, next) === true) joined.push(next);
      }
    }
    scopes = joined;
  }
  if (select.sources.length === 0 && where !== undefined) {
    scopes = scopes.filter((scope) => evaluate(where, context, scope) === true);
  }
  const isGrouped = select.items.some(({ expression }) => expression !== undefined && isAggregate(expression));
  if (isGrouped) {
    const only: Scope = { rows: [], around };
    const rows = [select.items.map(({ expression }) => evaluate(expression!, context, only, scopes))];
    return { columns: select.items.map(nameOf), rows, madeOf: [[]] };
  }
  const columns = select.items.flatMap((item) =>
    item.expression === undefined ? allColumns(scopes[0]) : [nameOf(item)],
  );
  let made = scopes.map((scope) => ({ scope, row: itemsOf(select.items, context, scope) }));
  for (const { by, isDescending } of select.order.toReversed()) {
    const keyOf = ({ scope, row }: (typeof made)[number]) => {
      if (by.kind === 'value') return row[(by.value as number) - 1];
      const position = by.kind === 'column' && by.of === undefined ? columns.indexOf(by.name) : -1;
      return position >= 0 ? row[position] : evaluate(by, context, scope);
    };
    made = made.toSorted((a, b) => compare(keyOf(a), keyOf(b)) * (isDescending ? -1 : 1));
  }
  const count = (expression: Expression | undefined) =>
    expression && Number(evaluate(expression, context, { rows: [], around }));
  const from = count(select.offset) ?? 0;
  const to = from + (count(select.limit) ?? Number.POSITIVE_INFINITY);
  made = made.slice(from, to);
  const madeOf = made.map(({ scope }) => scope.rows.flatMap(({ id }) => (id === undefined ? [] : [id])));
  return { columns, rows: made.map(({ row }) => row), madeOf };
}

export function itemsOf(items: readonly Item[], context: Context, scope: Scope): unknown[] {
  return items.flatMap(({ expression }) =>
    expression === undefined
      ? scope.rows.flatMap(({ row }) => Object.values(row))
      : [evaluate(expression, context, scope)],
  );
}

export function nameOf({ expression, as }: Item): string {
  if (as !== undefined) return as;
  return expression?.kind === 'column' || expression?.kind === 'call' ? expression.name : '?column?';
}

function allColumns(scope: Scope | undefined): readonly string[] {
  return scope?.rows.flatMap(({ row }) => Object.keys(row)) ?? [];
}

function isAggregate(expression: Expression): boolean {
  switch (expression.kind) {
    case 'call':
      return expression.name === 'max' || expression.args.some(isAggregate);
    case 'binary':
      return isAggregate(expression.left) || isAggregate(expression.right);
    default:
      return false;
  }
}

export function* rowsOf(source: Source, context: Context, scope: Scope): Generator<Scope['rows'][number]> {
  const { alias } = source;
  if (source.kind === 'table') {
    for (const [id, row] of context.rows(source.name)) yield { alias, row, id };
    return;
  }
  if (source.kind === 'select') {
    const { columns, rows } = ask(source.select, context, scope);
    for (const row of rows) yield { alias, row: Object.fromEntries(columns.map((name, at) => [name, row[at]])) };
    return;
  }
  const lists = source.args.map((arg) => evaluate(arg, context, scope) as ArrayLike<unknown>);
  const length = Math.max(0, ...lists.map((one) => one.length));
  for (let at = 0; at < length; at++) {
    const cells = lists.map((one, column) => [source.columns[column] ?? `unnest${column}`, one[at] ?? null] as const);
    yield { alias, row: Object.fromEntries(cells) };
  }
}
