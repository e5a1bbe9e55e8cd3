// The words by which services say how they are: one table, whatever library says them and in whatever case. A word that is not
// here is UNKNOWN, and is shown.
import type { Outcome } from '../../core/status.ts';

export type Verdict = Outcome | 'UNKNOWN';

/** Where something is in its life, as far as its words tell. */
export type Phase = 'starting' | 'stopping' | 'starting or stopping' | 'in maintenance' | 'not started' | 'overloaded';

export interface Word {
  readonly verdict: Verdict;
  readonly phase?: Phase;
  /** It is no word of the table. */
  readonly isUnheard?: true;
  /** `Warning: index is late`: it says of itself how bad it is, whatever the status of the answer. */
  readonly isSpelledOut?: true;
}

const ALL_WELL: Word = { verdict: 'HEALTHY' };
const UNHEARD: Word = { verdict: 'UNKNOWN', isUnheard: true };

/** Written as `wordKey` makes them: lower case, without what separates the parts of a word. */
const WORDS: ReadonlyMap<string, Word> = new Map([
  ...words(
    { verdict: 'HEALTHY' },
    `ok okay up pass passed passing success successful succeeded healthy good alive live online available operational
     running ready active serving green normal nominal fine stable working connected reachable started true
     imok pong healthok serveravailable allsystemsoperational serverisready serverisnotshuttingdown
     healthzcheckpassed livezcheckpassed readyzcheckpassed isrunning isup isalive ishealthy statusok activehealthy`,
  ),
  ...words(
    { verdict: 'DEGRADED' },
    `degraded warn warning partial partially partiallyavailable partiallydegraded partialoutage degradedperformance minor
     minoroutage healthwarn partialhealthy partiallyhealthy statusrecoverableerror yellow orange impaired unstable limited restricted slow hasissues`,
  ),
  ...words({ verdict: 'DEGRADED', phase: 'overloaded' }, 'overloaded busy underpressure throttled'),
  ...words(
    { verdict: 'UNHEALTHY' },
    `down fail failed fails failing failure error errored err unhealthy unavailable notavailable serviceunavailable
     critical crit healtherr fatal major majoroutage outage offline disconnected unreachable notreachable notconnected notok nok ko bad red dead
     notalive nothealthy broken crashed crashloopbackoff exception timeout timedout checktimedout refused connectionrefused
     outofservice notserving notrunning notworking inoperable nonoperational faulted false panic lost
     internalservererror unexpectedresult unknownerror statuspermanenterror statusfatalerror healthzcheckfailed livezcheckfailed readyzcheckfailed`,
  ),
  ...words(
    { verdict: 'UNHEALTHY', phase: 'starting' },
    'starting startingup statusstarting comingup preinitializing initializing initialising booting warmingup loading notready provisioning',
  ),
  ...words(
    { verdict: 'UNHEALTHY', phase: 'stopping' },
    `stopping stopped statusstopping statusstopped shuttingdown shutdown draining drained terminating terminated serverisshuttingdown
     gracefulshutdown`,
  ),
  ...words({ verdict: 'UNHEALTHY', phase: 'starting or stopping' }, 'serverisnotready'),
  ...words({ verdict: 'UNHEALTHY', phase: 'in maintenance' }, 'maintenance undermaintenance inmaintenance'),
  ...words(
    { verdict: 'UNKNOWN' },
    'unknown undefined undetermined indeterminate notchecked unchecked insufficientdata na n/a ? statusnone',
  ),
  ...words(
    { verdict: 'UNKNOWN', phase: 'not started' },
    'notstarted notyetstarted uninitialized healthcheckspinningup',
  ),
]);

/** Those that a member beside the total has only if it speaks of a part: a log level may be `warning`, and a role `active`. */
const PLAIN_WORDS: ReadonlySet<string> = new Set(
  `ok up healthy down failed failing unhealthy unavailable offline online connected disconnected degraded unreachable
   available`.split(/\s+/),
);

/** A message beside a total that says `ok`, where it takes the total back. */
const PHRASES: readonly (readonly [RegExp, Word])[] = [
  [/^health ?checks? (is |are )?spinning up\b|^not (yet )?started\b/i, { verdict: 'UNKNOWN', phase: 'not started' }],
  [/\bunder pressure\b/i, { verdict: 'DEGRADED', phase: 'overloaded' }],
];

/** "Prometheus Server is Healthy.", "the queue is not reachable": a few words, and how it is as the last. */
const SENTENCE = /^(?:[A-Za-z0-9.-]+ ){1,4}(?:is|are) (not )?([A-Za-z]+)[.!]?$/;

/** Longer texts are prose. */
const MAX_WORD = 64;

/** What a text says that is a word, or that begins with one: `Unavailable: cannot connect`. */
export function readWord(text: string): Word {
  const whole = WORDS.get(wordKey(text));
  if (whole !== undefined) return whole;
  const [, not, last] = SENTENCE.exec(text.trim()) ?? [];
  const state = last === undefined ? undefined : WORDS.get(wordKey(`${not ?? ''}${last}`));
  if (state !== undefined) return state;
  const [, first] = /^([^:\n]{1,64}):\s/.exec(text) ?? [];
  const said = first === undefined ? undefined : WORDS.get(wordKey(first));
  // It goes on to say what is wrong: never good news.
  if (said === undefined || said.verdict === 'HEALTHY') return UNHEARD;
  return { ...said, isSpelledOut: true };
}

export function isPlainWord(text: string): boolean {
  return PLAIN_WORDS.has(wordKey(text));
}

export function readPhrase(message: string): Word | undefined {
  const start = message.slice(0, MAX_WORD);
  return PHRASES.find(([pattern]) => pattern.test(start))?.[1];
}

/** A name of a key or a word, whatever its case and whatever separates its parts. */
export function wordKey(text: string): string {
  if (text.length > MAX_WORD) return '';
  // Most are.
  if (/^[a-z0-9]+$/.test(text)) return text;
  return text
    .trim()
    .toLowerCase()
    .replace(/[.!]+$/, '')
    .replace(/(?<=[a-z0-9])[\s_-]+(?=[a-z0-9])/g, '');
}

/** Exactly true is good news where the name is; anything else that is no word is none. */
export function readFlag(value: boolean, isGoodNews: boolean): Word {
  return value === isGoodNews ? ALL_WELL : { verdict: 'UNHEALTHY' };
}

function words(word: Word, text: string): readonly (readonly [string, Word])[] {
  return text
    .trim()
    .split(/\s+/)
    .map((one) => [one, word] as const);
}

const BADNESS: Readonly<Record<Verdict, number>> = { HEALTHY: 0, DEGRADED: 1, UNKNOWN: 2, UNHEALTHY: 3 };

/** Of what has been said more than once, the worst; the first of those that are equal, unless only the other has a phase. */
export function worseWord(a: Word | undefined, b: Word | undefined): Word | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const difference = BADNESS[b.verdict] - BADNESS[a.verdict];
  return difference > 0 || (difference === 0 && a.phase === undefined && b.phase !== undefined) ? b : a;
}
