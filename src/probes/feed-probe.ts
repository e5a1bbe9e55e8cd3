// What the probe kind `feed` makes of a page: the worst of the page, its components and its open incidents, which may all say
// something else. What is read where is the concern of feed-formats.ts.
import { type FeedProbe, FeedProbe_Format as Format } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation, ObservedPart } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { Probe } from '../core/probe.ts';
import { FEED_FORMATS, type Feed, type FeedComponent, type FeedFormat, type FeedVerdict } from './feed-formats.ts';
import type { ProbeContext } from './probe.ts';
import { type ReasonCode, reason } from './reason.ts';
import {
  createSourceProbe,
  type Judged,
  jsonOf,
  partsOf,
  sourceOf,
  unanswered,
  type Verdict,
  worstOf,
} from './source.ts';

const MAX_NAME = 200;
/** What of a page its reason quotes. */
const MAX_SAID = 3;

const FORMATS: Readonly<Record<Format, readonly FeedFormat[]>> = {
  [Format.UNSPECIFIED]: Object.values(FEED_FORMATS),
  [Format.AUTO]: Object.values(FEED_FORMATS),
  [Format.STATUSPAGE]: [FEED_FORMATS.STATUSPAGE],
  [Format.INSTATUS]: [FEED_FORMATS.INSTATUS],
  [Format.SLACK]: [FEED_FORMATS.SLACK],
  [Format.GCP]: [FEED_FORMATS.GCP],
};
const CODES: Readonly<Record<FeedVerdict, ReasonCode>> = {
  HEALTHY: 'OK',
  DEGRADED: 'FEED_DEGRADED',
  UNHEALTHY: 'FEED_UNHEALTHY',
  UNKNOWN: 'FEED_UNKNOWN',
  MAINTENANCE: 'FEED_MAINTENANCE',
};
/** A page in maintenance does not say how it is: an observation knows no maintenance, which is the operator's to declare. */
const outcomeOf = (verdict: FeedVerdict): Observation['outcome'] => (verdict === 'MAINTENANCE' ? 'UNKNOWN' : verdict);

export function createFeedProbe(options: FeedProbe, context: ProbeContext): Probe {
  const shown = sourceOf(options.url);
  const formats = FORMATS[options.format] ?? FORMATS[Format.AUTO];
  const url = new URL(options.url);
  if (url.pathname === '/') url.pathname = formats[0]!.path;
  const { username, password, search } = url;
  /** What the page said last, and by what it says that it is still the same. */
  let last: { readonly judged: Judged; readonly headers: Readonly<Record<string, string>> } | undefined;

  return createSourceProbe(
    shown,
    { ...options, secrets: [username, password, search.slice(1)] },
    context,
    async (ask) => {
      const answer = await ask({ url, method: 'GET', ...(last && { headers: last.headers }) });
      if (answer.status === 304 && last !== undefined) return last.judged;
      last = undefined;
      if (answer.status !== 200) return unanswered(shown, answer);
      const document = jsonOf(answer, shown);
      const feed = formats.map(({ read }) => read(document)).find((one) => one !== undefined);
      if (feed === undefined) {
        return {
          outcome: 'UNKNOWN',
          reason: reason('FEED_UNKNOWN', `${shown} answers in no format of a status page that is known here`),
        };
      }
      const judged = judge(feed, options.component, shown);
      const [etag, modified] = [answer.headers.get('etag'), answer.headers.get('last-modified')];
      const headers = { ...(etag && { 'if-none-match': etag }), ...(modified && { 'if-modified-since': modified }) };
      if (Object.keys(headers).length > 0) last = { judged, headers };
      return judged;
    },
  );
}

function judge(feed: Feed, wanted: string, shown: string): Judged {
  if (wanted !== '') return judgeOne(feed, wanted, shown);
  // What is planned counts where nothing else does.
  const said: [FeedVerdict, string][] = [
    ...(feed.page === undefined ? [] : [[feed.page.verdict, `the page: ${feed.page.word}`] as [FeedVerdict, string]]),
    ...feed.components.map(({ verdict, name, word }): [FeedVerdict, string] => [verdict, `${name}: ${word}`]),
    ...feed.incidents.map(({ verdict, title }): [FeedVerdict, string] => [verdict, `incident: ${title}`]),
  ];
  return { ...verdictOf(said, shown), parts: partsOf(feed.components.map((one) => partOf(one, feed))) };
}

function judgeOne(feed: Feed, wanted: string, shown: string): Judged {
  const isWanted = ({ id, name, group }: FeedComponent) => [id, name, group].some((text) => text === wanted);
  const found = feed.components.filter(isWanted);
  const names = new Set([wanted, ...found.flatMap(({ id, name }) => [id, name])]);
  const incidents = feed.incidents.filter(({ components }) => components.some((name) => names.has(name)));
  // Where a page lists no components, its incidents name what they are about.
  if (found.length === 0 && feed.components.length > 0) {
    const message = `${shown} has no component ${printable(wanted, MAX_NAME)}`;
    return { outcome: 'UNKNOWN', reason: reason('FEED_NO_SUCH_COMPONENT', message), parts: [] };
  }
  const said: [FeedVerdict, string][] = [
    ...found.map(({ verdict, name, word }): [FeedVerdict, string] => [verdict, `${name}: ${word}`]),
    ...incidents.map(({ verdict, title }): [FeedVerdict, string] => [verdict, `incident: ${title}`]),
  ];
  const parts = found.length > 1 ? partsOf(found.map((one) => partOf(one, feed))) : [];
  return { ...verdictOf(said, shown), parts };
}

function verdictOf(said: readonly [FeedVerdict, string][], shown: string): Pick<Judged, 'outcome' | 'reason'> {
  const counted = said.flatMap(([verdict]): Verdict[] => (verdict === 'MAINTENANCE' ? [] : [verdict]));
  const worst = worstOf(counted);
  const isResting = worst === 'HEALTHY' && counted.length < said.length;
  const verdict: FeedVerdict = isResting ? 'MAINTENANCE' : worst;
  const came = said
    .filter(([one]) => one === verdict || (verdict === 'UNKNOWN' && one !== 'HEALTHY'))
    .map(([, words]) => words);
  const more = came.length > MAX_SAID ? [`${came.length - MAX_SAID} more`] : [];
  const evidence = verdict === 'HEALTHY' ? '' : [...came.slice(0, MAX_SAID), ...more].join('; ');
  return { outcome: outcomeOf(verdict), reason: reason(CODES[verdict], `${shown} says ${verdict}`, evidence) };
}

/** A component with the incidents that name it: pages leave one at operational while the other is open. */
function partOf({ id, name, group, verdict, word }: FeedComponent, { incidents }: Feed): ObservedPart {
  const own = incidents.filter(({ components }) => components.some((text) => text === id || text === name));
  const worst = verdictOf(
    [[verdict, word], ...own.map(({ verdict: one, title }): [FeedVerdict, string] => [one, `incident: ${title}`])],
    'the page',
  );
  const plain = (text: string) => text.replaceAll('/', '-');
  return { name: printable(group === '' ? plain(name) : `${plain(group)}/${plain(name)}`, MAX_NAME), ...worst };
}
