// Reads a health body that is plain text: a word, or lines that each name a part. A table of rows, as shapes.ts is.
import { addPart, combine, type Part, type Reading } from './parts.ts';
import { readWord, type Word } from './words.ts';

export interface TextShape {
  /** As the configuration calls those that read it. */
  readonly names: readonly string[];
  /** Undefined when the text is not of this shape. */
  readonly read: (text: string, isFailing: boolean) => Reading | undefined;
}

/** Longer texts that are no lines of a shape are prose. */
const MAX_WORD = 64;
const MAX_LINES = 5_000;

export const TEXT_SHAPES: readonly TextShape[] = [
  // The whole text: `NOT_READY` contains `READY`. ASP.NET Core's own writer answers a word.
  { names: ['TEXT', 'ASPNET'], read: (text) => readWholeText(text) },
  // Kubernetes: [+]ping ok, [-]etcd failed: reason withheld; a last line is the total.
  {
    names: ['TEXT'],
    read: (text) => readLines(text, /^\[([+-])\]\s*(\S+)\s*(.*)$/, ([, sign, name]) => signed(sign, name)),
  },
  // django-health-check: Database(alias='default'): OK
  {
    names: ['TEXT'],
    read: (text, isFailing) =>
      readLines(text, /^(.{1,200}?): (.+)$/, ([, name, said]) => spoken(name, said, isFailing)),
  },
  { names: ['OPENMETRICS'], read: readMetrics },
];

function readWholeText(text: string): Reading | undefined {
  if (text.length > MAX_WORD) return undefined;
  const word = readWord(text.replace(/^"(.*)"$/s, '$1'));
  return word.isUnheard ? undefined : { total: word, parts: new Map(), verdict: word.verdict };
}

type Spoken = { readonly name: string; readonly word: Word; readonly message?: string };

/** Every line is a part, or the total; at least one of the parts says a known word. */
function readLines(
  text: string,
  pattern: RegExp,
  read: (found: RegExpExecArray) => Spoken | undefined,
): Reading | undefined {
  const lines = text.split('\n', MAX_LINES).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const parts = new Map<string, Part>();
  let total: Word | undefined;
  let isHeard = false;
  for (const line of lines) {
    const found = pattern.exec(line);
    const spoken = found === null ? undefined : read(found);
    if (spoken === undefined) {
      const word = readWord(line);
      if (word.isUnheard) return undefined;
      total = word;
      continue;
    }
    const { name, word, message } = spoken;
    isHeard ||= !word.isUnheard;
    addPart(parts, name, { word, mayFail: false, parts: new Map(), ...(message !== undefined && { message }) });
  }
  if (!isHeard) return undefined;
  return { ...(total && { total }), parts, verdict: combine(total?.verdict, parts.values()) };
}

function signed(sign: string | undefined, name: string | undefined): Spoken {
  return { name: name!, word: { verdict: sign === '+' ? 'HEALTHY' : 'UNHEALTHY' } };
}

function spoken(name: string | undefined, said: string | undefined, isFailing: boolean): Spoken {
  const word = readWord(said!);
  const isWhy = word.isUnheard && isFailing;
  return { name: name!, word: isWhy ? { verdict: 'UNHEALTHY', isUnheard: true } : word, message: said! };
}

/** Gauges of health, 1 or 0: which of their labels make a name, no rule says. */
function readMetrics(text: string): Reading | undefined {
  if (!/^# (TYPE|HELP|UNIT) \S/m.test(text)) return undefined;
  const gauges = text.matchAll(
    /^(?:[a-z0-9_:]*_)?(?:health_?check_status|health_status|healthy|is_healthy|up|health)(?:\{[^\n]*\})? +([0-9.eE+-]+|NaN)(?: .*)?$/gim,
  );
  const words: Word[] = [];
  for (const [, value] of gauges) {
    words.push({ verdict: value === 'NaN' ? 'UNKNOWN' : Number(value) === 1 ? 'HEALTHY' : 'UNHEALTHY' });
    if (words.length === MAX_LINES) break;
  }
  const verdict = combine(
    undefined,
    words.map((word) => ({ word, mayFail: false })),
  );
  return verdict === undefined ? undefined : { total: { verdict }, parts: new Map(), verdict };
}
