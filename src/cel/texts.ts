// Functions over texts whose positions and order go by code points, as google/cel-spec (doc/langdef.md, "String and Bytes
// Values") and cel-go's ext.Strings have them. They stand over those of @bufbuild/cel 0.6.1, which go by halves of them.
import { type CelFunc, CelScalar, celFunc, celList, celMethod, listType } from '@bufbuild/cel';
import { RE2JS } from '@bufbuild/re2';
import { expressionError } from './fault.ts';

const { BOOL, INT, STRING } = CelScalar;
const TEXTS = listType(STRING);

export const TEXT_FUNCTIONS: readonly CelFunc[] = [
  celFunc('_<_', [STRING, STRING], BOOL, (a, b) => compare(a, b) < 0),
  celFunc('_<=_', [STRING, STRING], BOOL, (a, b) => compare(a, b) <= 0),
  celFunc('_>_', [STRING, STRING], BOOL, (a, b) => compare(a, b) > 0),
  celFunc('_>=_', [STRING, STRING], BOOL, (a, b) => compare(a, b) >= 0),
  celFunc('matches', [STRING, STRING], BOOL, (text, pattern) => RE2JS.compile(pattern).test(text)),
  celMethod('charAt', STRING, [INT], STRING, function (position) {
    const points = pointsOf(this);
    return points[within(position, points.length)] ?? '';
  }),
  celMethod('substring', STRING, [INT], STRING, function (start) {
    return slice(this, start);
  }),
  celMethod('substring', STRING, [INT, INT], STRING, function (start, end) {
    return slice(this, start, end);
  }),
  celMethod('indexOf', STRING, [STRING], INT, function (wanted) {
    return indexOf(this, wanted, 0n);
  }),
  celMethod('indexOf', STRING, [STRING, INT], INT, function (wanted, from) {
    return indexOf(this, wanted, from);
  }),
  celMethod('lastIndexOf', STRING, [STRING], INT, function (wanted) {
    return pointOf(this, this.lastIndexOf(wanted));
  }),
  celMethod('lastIndexOf', STRING, [STRING, INT], INT, function (wanted, from) {
    const points = pointsOf(this);
    if (wanted !== '' && from === BigInt(points.length)) return -1n;
    return pointOf(this, this.lastIndexOf(wanted, unitOf(points, within(from, points.length))));
  }),
  celMethod('split', STRING, [STRING], TEXTS, function (separator) {
    return celList(split(this, separator, -1n));
  }),
  celMethod('split', STRING, [STRING, INT], TEXTS, function (separator, limit) {
    return celList(split(this, separator, limit));
  }),
  celMethod('replace', STRING, [STRING, STRING], STRING, function (old, wanted) {
    return replace(this, old, wanted, -1n);
  }),
  celMethod('replace', STRING, [STRING, STRING, INT], STRING, function (old, wanted, limit) {
    return replace(this, old, wanted, limit);
  }),
  celMethod('reverse', STRING, [], STRING, function () {
    return [...this].reverse().join('');
  }),
];

/** Characters beyond U+FFFF, which JavaScript counts as two. */
const PAIRS = /[\ud800-\udfff]/;

type Points = string | readonly string[];

/** By code point: the text itself where that is the same, since bodies are long. */
function pointsOf(text: string): Points {
  return PAIRS.test(text) ? [...text] : text;
}

function unitOf(points: Points, position: number): number {
  return typeof points === 'string' ? position : points.slice(0, position).join('').length;
}

function pointOf(text: string, unit: number): bigint {
  return BigInt(unit < 0 ? -1 : pointsOf(text.slice(0, unit)).length);
}

function within(position: bigint, length: number): number {
  if (position < 0n || position > BigInt(length)) throw expressionError('a position outside of the text');
  return Number(position);
}

/** The order of code points is that of UTF-8 bytes, and not that of UTF-16. */
function compare(a: string, b: string): number {
  if (PAIRS.test(a) || PAIRS.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function slice(text: string, start: bigint, end?: bigint): string {
  const points = pointsOf(text);
  const from = within(start, points.length);
  const to = end === undefined ? points.length : within(end, points.length);
  if (from > to) throw expressionError('a part of a text that ends before it starts');
  const part = points.slice(from, to);
  return typeof part === 'string' ? part : part.join('');
}

function indexOf(text: string, wanted: string, from: bigint): bigint {
  const points = pointsOf(text);
  return pointOf(text, text.indexOf(wanted, unitOf(points, within(from, points.length))));
}

/** The rest stays whole in the last part. */
function split(text: string, separator: string, limit: bigint): string[] {
  const parts = separator === '' ? [...text] : text.split(separator);
  if (limit < 0n || limit >= BigInt(parts.length)) return parts;
  if (limit === 0n) return [];
  const last = Number(limit) - 1;
  return [...parts.slice(0, last), parts.slice(last).join(separator)];
}

function replace(text: string, old: string, wanted: string, limit: bigint): string {
  if (old !== '') {
    const parts = split(text, old, limit < 0n ? -1n : limit + 1n);
    return parts.join(wanted);
  }
  const points = [...text];
  const times = limit < 0n ? points.length + 1 : Math.min(Number(limit), points.length + 1);
  const head = points.slice(0, times).map((point) => wanted + point);
  return head.join('') + (times > points.length ? wanted : '') + points.slice(times).join('');
}
