// From the text of a statement to what it says.
import type { Assignment, Expression, Item, Order, Select, Source, Statement } from './syntax.ts';
import { type Token, tokensOf } from './tokens.ts';

/** @throws Error for what is not known here */
export function parse(text: string): Statement {
  const tokens = tokensOf(text);
  let at = 0;

  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!;
  const is = (word: string, ahead = 0) => {
    const { kind, text: found } = peek(ahead);
    return (kind === 'word' || kind === 'sign') && found === word;
  };
  const take = (word: string) => {
    if (!is(word)) return false;
    at += 1;
    return true;
  };
  const takeAll = (...words: readonly string[]) => {
    if (!words.every((word, ahead) => is(word, ahead))) return false;
    at += words.length;
    return true;
  };
  const need = (word: string) => {
    if (!take(word)) throw new Error(`no SQL that is known here: '${word}' instead of '${peek().text}' in ${text}`);
  };
  const name = (): string => {
    const { kind, text: found } = peek();
    if (kind !== 'word' && kind !== 'quoted') throw new Error(`no name: '${found}' in ${text}`);
    at += 1;
    return found;
  };
  const next = (): string => {
    const { text: found } = peek();
    at += 1;
    return found;
  };
  const list = <One>(one: () => One): One[] => {
    const found = [one()];
    while (take(',')) found.push(one());
    return found;
  };
  const names = (): string[] => {
    need('(');
    const found = list(name);
    need(')');
    return found;
  };
  const table = (): string => {
    const first = name();
    return take('.') ? name() : first;
  };

  const expression = (): Expression => either();
  const either = (): Expression => {
    let left = both();
    while (take('or')) left = { kind: 'binary', sign: 'or', left, right: both() };
    return left;
  };
  const both = (): Expression => {
    let left = negated();
    while (take('and')) left = { kind: 'binary', sign: 'and', left, right: negated() };
    return left;
  };
  const negated = (): Expression => (take('not') ? { kind: 'not', of: negated() } : compared());
  const compared = (): Expression => {
    const left = sum();
    if (takeAll('is', 'not', 'null')) return { kind: 'not', of: { kind: 'is-null', of: left } };
    if (takeAll('is', 'null')) return { kind: 'is-null', of: left };
    if (takeAll('not', 'in')) return { kind: 'not', of: { kind: 'in', of: left, list: parenthesized() } };
    if (take('in')) return { kind: 'in', of: left, list: parenthesized() };
    for (const sign of ['=', '<>', '<=', '>=', '<', '>']) {
      if (!take(sign)) continue;
      if (sign === '=' && take('any')) return { kind: 'in', of: left, list: parenthesized() };
      if (sign === '<>' && take('all')) return { kind: 'not', of: { kind: 'in', of: left, list: parenthesized() } };
      return { kind: 'binary', sign, left, right: sum() };
    }
    return left;
  };
  const parenthesized = (): Select | Expression => {
    need('(');
    const inner = is('select') ? select() : expression();
    need(')');
    return inner;
  };
  const sum = (): Expression => {
    let left = cast();
    for (;;) {
      const sign = is('+') ? '+' : is('-') ? '-' : undefined;
      if (sign === undefined) return left;
      at += 1;
      left = { kind: 'binary', sign, left, right: cast() };
    }
  };
  /** Values have the types that they are given with. */
  const cast = (): Expression => {
    const inner = primary();
    while (take('::')) {
      name();
      if (take('[')) need(']');
    }
    return inner;
  };
  const primary = (): Expression => {
    const token = peek();
    if (token.kind === 'number' || token.kind === 'text') {
      at += 1;
      return { kind: 'value', value: token.kind === 'number' ? Number(token.text) : token.text };
    }
    if (token.kind === 'parameter') {
      at += 1;
      return { kind: 'parameter', at: Number(token.text) - 1 };
    }
    if (is('(')) {
      const inner = parenthesized();
      return inner.kind === 'select' ? { kind: 'scalar', select: inner } : inner;
    }
    if (take('null')) return { kind: 'value', value: null };
    if (take('true')) return { kind: 'value', value: true };
    if (take('false')) return { kind: 'value', value: false };
    if (is('interval') && peek(1).kind === 'text') {
      at += 1;
      const [, amount] = /^(\d+) milliseconds$/.exec(next()) ?? [];
      return { kind: 'value', value: Number(amount) };
    }
    if (take('exists')) {
      const inner = parenthesized();
      if (inner.kind !== 'select') throw new Error(`EXISTS of no SELECT in ${text}`);
      return { kind: 'exists', select: inner };
    }
    if (take('case')) {
      const of = expression();
      need('when');
      const when = expression();
      need('then');
      const then = expression();
      need('else');
      const other = expression();
      need('end');
      return { kind: 'case', of, when, then, other };
    }
    const first = name();
    if (take('(')) {
      const args = is(')') ? [] : list(expression);
      need(')');
      return { kind: 'call', name: first, args };
    }
    if (take('.')) return { kind: 'column', of: first, name: name() };
    return { kind: 'column', of: undefined, name: first };
  };

  const item = (): Item => {
    if (take('*')) return { expression: undefined, as: undefined };
    if (peek().kind === 'word' && is('.', 1) && is('*', 2)) {
      at += 3;
      return { expression: undefined, as: undefined };
    }
    const found = expression();
    return { expression: found, as: take('as') ? name() : undefined };
  };
  const source = (): Source => {
    if (is('(')) {
      const inner = parenthesized();
      if (inner.kind !== 'select') throw new Error(`FROM of no SELECT in ${text}`);
      take('as');
      return { kind: 'select', select: inner, alias: name() };
    }
    if (is('unnest') && is('(', 1)) {
      at += 2;
      const args = list(expression);
      need(')');
      const alias = take('as') ? name() : '';
      return { kind: 'unnest', args, alias, columns: is('(') ? names() : [] };
    }
    const found = table();
    return { kind: 'table', name: found, alias: take('as') ? name() : found };
  };
  const select = (): Select => {
    need('select');
    const items = list(item);
    const sources: Source[] = [];
    let joined: Expression | undefined;
    if (take('from')) {
      sources.push(source());
      for (;;) {
        if (takeAll('cross', 'join')) {
          take('lateral');
          sources.push(source());
        } else if (take('join')) {
          sources.push(source());
          need('on');
          joined = expression();
        } else break;
      }
    }
    const where = take('where') ? expression() : undefined;
    const order = takeAll('order', 'by') ? list(ordering) : [];
    const limit = take('limit') ? expression() : undefined;
    const offset = take('offset') ? expression() : undefined;
    const isForUpdate = takeAll('for', 'update');
    const both = joined && where ? ({ kind: 'binary', sign: 'and', left: joined, right: where } as const) : undefined;
    return { kind: 'select', items, sources, where: both ?? joined ?? where, order, limit, offset, isForUpdate };
  };
  const ordering = (): Order => {
    const by = expression();
    const isDescending = take('desc');
    if (!isDescending) take('asc');
    return { by, isDescending };
  };
  const assignment = (): Assignment => {
    const column = name();
    need('=');
    return { column, value: expression() };
  };
  const returning = (): readonly Item[] => (take('returning') ? list(item) : []);
  const conflict = (): readonly Assignment[] | undefined => {
    if (!takeAll('on', 'conflict')) return undefined;
    if (is('(')) names();
    need('do');
    if (take('nothing')) return [];
    need('update');
    need('set');
    return list(assignment);
  };
  const statement = (): Statement => {
    if (take('insert')) {
      need('into');
      const into = table();
      const columns = is('(') ? names() : [];
      if (take('values')) {
        need('(');
        const rows = list(expression);
        need(')');
        return { kind: 'insert', table: into, columns, rows, onConflict: conflict() };
      }
      const rows = select();
      return { kind: 'insert', table: into, columns, rows, onConflict: conflict() };
    }
    if (take('update')) {
      const into = table();
      need('set');
      const set = list(assignment);
      const from = take('from') ? source() : undefined;
      const where = take('where') ? expression() : undefined;
      return { kind: 'update', table: into, set, from, where, returning: returning() };
    }
    if (take('delete')) {
      need('from');
      const from = table();
      const where = take('where') ? expression() : undefined;
      return { kind: 'delete', table: from, where, returning: returning() };
    }
    return select();
  };

  const found = statement();
  if (peek().kind !== 'end') throw new Error(`no SQL that is known here: '${peek().text}' in ${text}`);
  return found;
}
