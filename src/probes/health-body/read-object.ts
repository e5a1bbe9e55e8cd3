// Reads a health body that is JSON by the rows of shapes.ts.
import { isJsonList, isJsonObject, type Json, type JsonObject } from './json.ts';
import { addPart, combine, type Part, type PartMap, type Reading } from './parts.ts';
import {
  BAD_NEWS,
  ENVELOPES,
  ERRORS,
  LOOKED_AT,
  MAY_FAIL,
  NAMES,
  NO_PART_FLAGS,
  NO_PART_OBJECTS,
  NO_PARTS,
  type Place,
  SHAPES,
  type Shape,
  STRONG_TOTALS,
} from './shapes.ts';
import { isPlainWord, readFlag, readPhrase, readWord, type Verdict, type Word, wordKey, worseWord } from './words.ts';

/** The rows that are read by, joined. */
export interface Rules {
  readonly totals: ReadonlySet<string>;
  readonly places: ReadonlyMap<string, Place['holds']>;
  /** Whether keys without another meaning are parts, where there is a total and where there is none. */
  readonly siblings: boolean;
  readonly flat: boolean;
  readonly numbers: NonNullable<Shape['numbers']> | undefined;
  /** Any shape will do: the answer may lie in an envelope. */
  readonly isAny: boolean;
}

export interface ReadOptions {
  /** The status of the answer says that something fails: a text that is no known word is then why. */
  readonly isFailing: boolean;
}

export function joinShapes(shapes: readonly Shape[], isAny: boolean): Rules {
  const places = shapes.flatMap((shape) => shape.places);
  const rest = shapes.filter((shape) => shape.places.some(({ key }) => key === '*'));
  return {
    totals: new Set(shapes.flatMap(({ totals }) => totals)),
    // The first row wins.
    places: new Map(
      places
        .filter(({ key }) => key !== '*')
        .map(({ key, holds }) => [key, holds] as const)
        .toReversed(),
    ),
    siblings: rest.some(({ totals }) => totals.length > 0),
    flat: rest.some(({ totals }) => totals.length === 0),
    numbers: shapes.find(({ numbers }) => numbers !== undefined)?.numbers,
    isAny,
  };
}

export function readJsonBody(body: Json, rules: Rules, options: ReadOptions): Reading {
  const said = readBody(body, { rules, ...options, numbers: numbersOf(body, rules) });
  return {
    ...(said.total && { total: said.total }),
    parts: said.parts,
    verdict: verdictOf(said),
    ...(said.unheard !== undefined && { unheard: said.unheard }),
  };
}

interface Context extends ReadOptions {
  readonly rules: Rules;
  /** What numbers mean; undefined: they are statuses of HTTP. */
  readonly numbers: readonly Verdict[] | undefined;
}

/** What an object says. */
interface Said {
  total: Word | undefined;
  readonly parts: Map<string, Part>;
  /** Of what has no name. */
  readonly unnamed: Word[];
  unheard: string | undefined;
  mayFail: boolean;
  message: string | undefined;
  lookedAtMs: number | undefined;
}

const nothing = (): Said => ({
  total: undefined,
  parts: new Map(),
  unnamed: [],
  unheard: undefined,
  mayFail: false,
  message: undefined,
  lookedAtMs: undefined,
});

function numbersOf(body: Json, { numbers, isAny }: Rules): readonly Verdict[] | undefined {
  if (numbers === undefined || !isJsonObject(body)) return undefined;
  const speaksSo = !isAny || body.entries.some(([key]) => numbers.where.includes(wordKey(key)));
  return speaksSo ? numbers.verdicts : undefined;
}

function readBody(body: Json, context: Context): Said {
  if (isJsonObject(body)) return readWhole(body, context);
  if (isJsonList(body)) return readList(body, context);
  const said = nothing();
  if (typeof body === 'boolean') said.total = readFlag(body, true);
  else if (typeof body === 'string') said.total = heard(said, body);
  return said;
}

function readList(body: readonly Json[], context: Context): Said {
  const said = nothing();
  readPlace(said, body, context.rules.flat ? 'PARTS' : 'OBJECTS', context);
  // ["OK"], ["CRIT", { … }]
  for (const item of body) {
    const word = typeof item === 'string' ? readWord(item) : undefined;
    if (word !== undefined && !word.isUnheard) said.total = worseWord(said.total, word);
  }
  return said;
}

function readWhole(body: JsonObject, context: Context): Said {
  const said = readObject(body, context, 'whole');
  const message = textOf(body, 'message');
  const phrase = message === undefined ? undefined : readPhrase(message);
  if (phrase !== undefined && said.parts.size === 0) said.total = worseWord(said.total, phrase);
  if (!context.rules.isAny) return said;
  for (const [key, value] of body.entries) {
    if (!ENVELOPES.has(wordKey(key)) || !isContainer(value)) continue;
    // An envelope may lie in another one: { result: { data: { … } } }
    const inner = readBody(value, context);
    if (said.total !== undefined && inner.total === undefined) continue;
    said.total = worseWord(said.total, inner.total);
    for (const [name, part] of inner.parts) addPart(said.parts, name, part);
    said.unnamed.push(...inner.unnamed);
    said.unheard ??= inner.unheard;
  }
  return said;
}

/** @param as the whole body, or a part of it */
function readObject(object: JsonObject, context: Context, as: 'whole' | 'part'): Said {
  const { rules, numbers } = context;
  const said = nothing();
  const keyed = object.entries.map(([key, value]) => ({ name: key, key: wordKey(key), value }));
  const isHttpError = keyed.some(({ key, value }) => /^status(code)?$/.test(key) && isHttpStatus(value));
  const rest: typeof keyed = [];
  let hasError = false;
  let wasNeverLookedAt = false;
  let weak: Word | undefined;

  for (const entry of keyed) {
    const { key, value } = entry;
    const holds = rules.places.get(key);
    if (ERRORS.has(key)) hasError ||= !isEmpty(value);
    if (LOOKED_AT.has(key)) {
      const lookedAtMs = timeOf(value);
      if (lookedAtMs === 'never') wasNeverLookedAt = true;
      else said.lookedAtMs ??= lookedAtMs;
    }
    if (MAY_FAIL.has(key) && value === MAY_FAIL.get(key)) said.mayFail = true;
    if (MESSAGES.has(key) && typeof value === 'string' && value !== '') said.message ??= value;
    const isTotal = (as === 'part' ? EVERY_TOTAL.has(key) : rules.totals.has(key)) || isLevel(key, value);
    const total = isTotal ? totalOf(said, key, value, numbers) : undefined;
    if (total?.isUnheard && !STRONG_TOTALS.has(key)) weak = worseWord(weak, total);
    else if (total !== undefined) said.total = worseWord(said.total, total);
    if (total !== undefined) continue;
    if (holds !== undefined && isContainer(value))
      readPlace(said, value, as === 'whole' ? holds : inPart(holds), context);
    else if ((as === 'part' || rules.isAny) && ENVELOPES.has(key)) continue;
    else if (!isTotal || isContainer(value)) rest.push(entry);
  }
  said.total ??= weak;
  const isTerminus = object.entries.some(([key, value]) => key === 'status' && value === 'ok');
  // Within a part that says how it is, the rest is details.
  if (as === 'whole' || said.total === undefined) readRest(said, rest, isTerminus, context);
  if (hasError) {
    const isWell = said.total?.verdict === 'HEALTHY' || (said.total === undefined && allWell(said.parts));
    const saysNothing = said.total === undefined && said.parts.size === 0;
    if (isWell) said.total = { verdict: 'DEGRADED' };
    // An answer of HTTP's own is no word about health.
    else if (saysNothing && !isHttpError) said.unnamed.push({ verdict: 'UNHEALTHY' });
  }
  if (wasNeverLookedAt && said.total?.verdict === 'HEALTHY') said.total = { verdict: 'UNKNOWN', phase: 'not started' };
  return said;
}

/** Kibana says so how a service is; in other bodies a level is that of a log, or says how much something matters. */
function isLevel(key: string, value: Json): boolean {
  return key === 'level' && typeof value === 'string' && /^(available|degraded|unavailable)$/.test(value);
}

/** A part says how it is in whatever words its library has. */
const EVERY_TOTAL: ReadonlySet<string> = new Set(SHAPES.flatMap(({ totals }) => totals));

/** Of the whole, `details` may also be a map of words; those of a part are details. */
function inPart(holds: Place['holds']): InPlace {
  return holds === 'OBJECTS' ? 'OBJECTS ALONE' : holds;
}

type InPlace = Place['holds'] | 'OBJECTS ALONE';

const MESSAGES: ReadonlySet<string> = new Set(['error', 'message', 'output', 'description', 'reason', 'exception']);

function totalOf(said: Said, key: string, value: Json, numbers: readonly Verdict[] | undefined): Word | undefined {
  if (typeof value === 'string')
    return /^[0-9.]+$/.test(value) ? numberWord(Number(value), numbers) : heard(said, value);
  if (typeof value === 'number') return isFlag(key) ? flagNumber(key, value) : numberWord(value, numbers);
  if (typeof value === 'boolean') {
    const bad = BAD_NEWS.get(key);
    if (bad === undefined) return readFlag(value, true);
    return value ? { verdict: bad } : undefined;
  }
  if (value === null) return STRONG_TOTALS.has(key) ? { verdict: 'UNKNOWN', isUnheard: true } : undefined;
  return key === 'status' && isJsonObject(value) ? wordWithin(said, value) : undefined;
}

/**
 * { status: { health: "ok" } }: a total that has more to say. One with objects of its own is read as a part, and not here, or what is
 * nested would be read twice at each level.
 */
function wordWithin(said: Said, { entries }: JsonObject): Word | undefined {
  if (entries.some(([, value]) => isContainer(value))) return undefined;
  let word: Word | undefined;
  for (const [name, value] of entries) {
    const key = wordKey(name);
    const isTotal = EVERY_TOTAL.has(key);
    if (typeof value === 'string') {
      const one = isTotal ? heard(said, value) : readWord(value);
      if (isTotal || (!one.isUnheard && !NO_PARTS.has(key))) word = worseWord(word, one);
    } else if (isTotal && typeof value === 'boolean' && !BAD_NEWS.has(key))
      word = worseWord(word, readFlag(value, true));
  }
  return word ?? { verdict: 'UNKNOWN', isUnheard: true };
}

const FLAGS =
  /^(is)?(healthy|ok|up|alive|ready|live|passed|pass|success|succeeded|available|reachable|connected|operational)$/;

/** How many there are of what is bad; other numbers by such names may be anything: `{ running: 5, stopped: 2 }`. */
const BAD_COUNTS = /^(unhealthy|down|failed|failing|degraded|draining|stopping|shuttingdown|maintenance|sealed)$/;

function isFlag(key: string): boolean {
  return FLAGS.test(key) || BAD_COUNTS.test(key);
}

/** Good news is exactly true, and nothing that is taken for it. */
function flagNumber(key: string, value: number): Word | undefined {
  if (BAD_NEWS.has(key)) return value === 0 ? undefined : { verdict: BAD_NEWS.get(key)! };
  return value === 0 ? { verdict: 'UNHEALTHY' } : { verdict: 'UNKNOWN', isUnheard: true };
}

/** A number is the status of an answer, of which only the bad news is taken up. */
function numberWord(value: number, numbers: readonly Verdict[] | undefined): Word | undefined {
  const verdict = numbers?.[value];
  if (verdict !== undefined) return { verdict };
  return value >= 500 && value <= 599 ? { verdict: 'UNHEALTHY' } : undefined;
}

function isHttpStatus(value: Json): boolean {
  return typeof value === 'number' && value >= 100 && value <= 599;
}

function heard(said: Said, text: string): Word {
  const word = readWord(text);
  if (word.isUnheard) said.unheard ??= text;
  return word;
}

function readPlace(said: Said, value: Json, holds: InPlace, context: Context) {
  if (isJsonList(value)) {
    for (const item of value) readItem(said, item, holds, context);
  } else if (isJsonObject(value)) {
    for (const [name, item] of value.entries) readNamed(said, name, item, holds, context);
  }
}

/** Of a list: its name is in it. */
function readItem(said: Said, item: Json, holds: InPlace, context: Context) {
  if (holds === 'FAILING' && typeof item === 'string') {
    if (/^[\w.:-]{1,64}$/.test(item)) addPart(said.parts, item, leaf({ verdict: 'UNHEALTHY' }));
    else said.unnamed.push({ verdict: 'UNHEALTHY' });
    return;
  }
  if (!isJsonObject(item)) return;
  const inner = readObject(item, context, 'part');
  const name = nameOf(item);
  if (name !== undefined) addSaid(said, name, inner, holds);
  else {
    // [{ db: "ok" }, { cache: "failed" }]
    for (const [child, part] of inner.parts) addPart(said.parts, child, part);
    if (inner.total !== undefined) said.unnamed.push(inner.total);
  }
}

function readNamed(said: Said, name: string, item: Json, holds: InPlace, context: Context) {
  if (isJsonObject(item)) {
    addSaid(said, name, readObject(item, context, 'part'), holds);
  } else if (isJsonList(item)) {
    // One name, seen in several places: the worst of them is how it is.
    for (const one of item) if (isJsonObject(one)) addSaid(said, name, readObject(one, context, 'part'), holds);
  } else if (holds === 'FAILING') {
    if (!isEmpty(item)) {
      const message = typeof item === 'string' ? { message: item } : {};
      addPart(said.parts, name, { ...leaf({ verdict: 'UNHEALTHY' }), ...message });
    }
  } else if (holds === 'PARTS' || (holds === 'OBJECTS' && typeof item === 'string' && isPlainWord(item))) {
    const word = wordOf(said, item, context);
    if (word !== undefined) addPart(said.parts, name, leaf(word, item));
  }
}

function wordOf(said: Said, item: Json, { isFailing }: Context): Word | undefined {
  if (typeof item === 'boolean') return readFlag(item, true);
  if (item === null) return { verdict: 'UNKNOWN', isUnheard: true };
  if (typeof item !== 'string') return undefined;
  const word = heard(said, item);
  return word.isUnheard && isFailing ? { verdict: 'UNHEALTHY', isUnheard: true } : word;
}

function addSaid(said: Said, name: string, inner: Said, holds: InPlace) {
  said.unheard ??= inner.unheard;
  const verdict = holds === 'FAILING' ? 'UNHEALTHY' : verdictOf(inner);
  if (verdict === undefined) return;
  const isOwn = inner.total?.verdict === verdict;
  const { mayFail, message, lookedAtMs, parts } = inner;
  addPart(said.parts, name, {
    word: isOwn ? inner.total! : { verdict },
    mayFail,
    parts,
    ...(message !== undefined && { message }),
    ...(lookedAtMs !== undefined && { lookedAtMs }),
  });
}

type Entry = { readonly name: string; readonly key: string; readonly value: Json };

/** What has no other meaning: beside a total only what clearly speaks of a part, without one all that speaks at all. */
function readRest(said: Said, rest: readonly Entry[], isTerminus: boolean, context: Context) {
  const { total } = said;
  if (total === undefined ? !context.rules.flat : !context.rules.siblings) return;
  const candidates = rest.filter(({ key, value }) => !ERRORS.has(key) && maySpeak(key, value));
  if (total === undefined) {
    const speaks =
      candidates.some(({ value }) => typeof value === 'string' && !readWord(value).isUnheard) ||
      // Nothing but what is wrong with each.
      (context.isFailing && candidates.every(({ value }) => typeof value === 'string' && /\s/.test(value)));
    for (const { name, value } of candidates) {
      if (typeof value === 'string' && !speaks) continue;
      if (value !== null) readNamed(said, name, value, 'PARTS', context);
    }
    return;
  }
  for (const { name, value } of candidates) {
    if (typeof value === 'string' && isPlainWord(value)) readNamed(said, name, value, 'PARTS', context);
    if (!isJsonObject(value)) continue;
    const inner = nothing();
    readNamed(inner, name, value, 'PARTS', context);
    const part = inner.parts.get(name);
    if (part === undefined) continue;
    // What @godaddy/terminus answers "verbatim" is there as long as all is well, and nowhere when it is not: no part to rely on.
    if (isTerminus && saysUp(value)) said.unnamed.push(part.word);
    else addPart(said.parts, name, part);
  }
}

/** What stands beside health and is none, unless it says that it is. */
function maySpeak(key: string, value: Json): boolean {
  if (!isContainer(value)) return !NO_PARTS.has(key) && !(typeof value === 'boolean' && NO_PART_FLAGS.has(key));
  if (!NO_PART_OBJECTS.has(key) || !isJsonObject(value)) return true;
  return value.entries.some(([name, item]) => EVERY_TOTAL.has(wordKey(name)) && !isContainer(item));
}

function saysUp(value: JsonObject): boolean {
  return value.entries.some(([key, word]) => key === 'status' && (word === 'up' || word === 'down'));
}

function allWell(parts: PartMap): boolean {
  return parts.size > 0 && [...parts.values()].every(({ word }) => word.verdict === 'HEALTHY');
}

function leaf(word: Word, item?: Json): Part {
  const message = typeof item === 'string' && (word.isUnheard || word.isSpelledOut) ? { message: item } : {};
  return { word, mayFail: false, parts: new Map(), ...message };
}

/** What has no name counts as a part: without a total it takes the whole down as any other does. */
function verdictOf({ total, parts, unnamed }: Said): Verdict | undefined {
  return combine(total?.verdict, [...parts.values(), ...unnamed.map((word) => ({ word, mayFail: false }))]);
}

function nameOf(item: JsonObject): string | undefined {
  for (const wanted of NAMES) {
    const name = textOf(item, wanted);
    if (name !== undefined && name.trim() !== '') return name;
  }
  return undefined;
}

function textOf(object: JsonObject, wanted: string): string | undefined {
  const found = object.entries.find(([key, value]) => typeof value === 'string' && wordKey(key) === wanted);
  return found?.[1] as string | undefined;
}

function isContainer(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: Json): boolean {
  if (isJsonList(value)) return value.length === 0;
  if (isJsonObject(value)) return value.entries.length === 0;
  return value === null || value === false || value === '' || value === 0;
}

/** RFC 3339, or seconds or milliseconds since 1970. The year 1 is Go's and .NET's way to say never. */
function timeOf(value: Json): number | 'never' | undefined {
  if (typeof value === 'number') {
    const ms = value < 1e11 ? value * 1000 : value;
    return ms > 1e12 && ms < 1e13 ? ms : undefined;
  }
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value)) return undefined;
  if (value.startsWith('0001-01-01')) return 'never';
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}
