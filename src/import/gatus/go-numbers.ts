// Numbers and durations as Go's standard library reads and writes them, as far as conditions of Gatus can tell: strconv.ParseInt with base 0,
// strconv.ParseFloat, time.ParseDuration, and how fmt writes the number of a JSON text.

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
const INT_FORMS: readonly (readonly [form: RegExp, base: string])[] = [
  [/^0[xX]((?:_?[0-9a-fA-F])+)$/, '0x'],
  [/^0[bB]((?:_?[01])+)$/, '0b'],
  [/^0[oO]((?:_?[0-7])+)$/, '0o'],
  [/^0((?:_?[0-7])+)$/, '0o'],
  [/^((?:0|[1-9](?:_?[0-9])*))$/, ''],
];

/** strconv.ParseInt(text, 0, 64): prefixes name the base, and underscores may stand between digits. Undefined for what is none. */
export function parseGoInt(text: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([+-]?)(.+)$/s.exec(text) ?? [];
  for (const [form, prefix] of INT_FORMS) {
    const match = form.exec(digits)?.[1];
    if (match === undefined || match.length > 80) continue;
    const value = BigInt(prefix + match.replaceAll('_', '')) * (sign === '-' ? -1n : 1n);
    return value > MAX_INT || value < MIN_INT ? undefined : value;
  }
  return undefined;
}

/** strconv.ParseFloat, without hexadecimal numbers. Undefined for what is none. */
export function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
}

const UNIT_NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy;

/** time.ParseDuration, in milliseconds. Undefined for what is none: `1d` and `60` among it. */
export function parseGoDuration(text: string): number | undefined {
  const [, sign = '', parts = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (parts === '0') return 0;
  let nanos = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let match = PART.exec(parts); match !== null; match = PART.exec(parts)) {
    nanos += Number(match[1]) * UNIT_NANOS[match[2]!]!;
    end = PART.lastIndex;
  }
  if (end === 0 || end !== parts.length) return undefined;
  return ((sign === '-' ? -1 : 1) * nanos) / 1e6;
}

/** As fmt writes a float64 with %v: 5, 1.5, but 1e+06. */
export function formatGoNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [, digits, sign, power = ''] = /^(.+)e([+-])(\d+)$/.exec(value.toExponential()) ?? [];
  const isPlain = sign === '-' ? Number(power) <= 4 : Number(power) < 6;
  return isPlain ? String(value) : `${digits}e${sign}${power.padStart(2, '0')}`;
}
