// The shapes of health bodies that are JSON: where they say how the whole is, and where its parts lie. A table of rows, whatever
// library writes them; AUTO reads by all of them at once. Names of keys are as `wordKey` makes them.
import type { Verdict } from './words.ts';

/** Where parts lie in an object. */
export interface Place {
  /** The key; `*`: every key that has no other meaning. */
  readonly key: string;
  /**
   * What stands there. `PARTS`: a map by name or a list, of objects that say how they are, of lists of these, and of words.
   * `OBJECTS`: as that, and words are details of something else. `FAILING`: whatever is named there is UNHEALTHY.
   */
  readonly holds: 'PARTS' | 'OBJECTS' | 'FAILING';
}

export interface Shape {
  /** As the configuration calls it. */
  readonly name: string;
  /** Keys that say how the whole is, the worst of them counting; empty: it is as its parts are. */
  readonly totals: readonly string[];
  readonly places: readonly Place[];
  /** What numbers mean as a total. Left out: a number is the status of an HTTP answer again, and no word. */
  readonly numbers?: { readonly where: readonly string[]; readonly verdicts: readonly Verdict[] };
}

const STATUS = ['status'] as const;
const place = (holds: Place['holds'], text: string): readonly Place[] => text.split(' ').map((key) => ({ key, holds }));

const flags = (verdict: Verdict, text: string): Readonly<Record<string, Verdict>> =>
  Object.fromEntries(text.split(/\s+/).flatMap((key) => [key, `is${key}`].map((written) => [written, verdict])));

const BAD_FLAGS: Readonly<Record<string, Verdict>> = {
  ...flags(
    'UNHEALTHY',
    `unhealthy down failed failing starting draining stopping stopped shuttingdown maintenance inmaintenance maintenancemode
     outofservice offline eloffline sealed haserror haserrors hasfailures needsdbupgrade`,
  ),
  // Jenkins before a restart, and a node of Ethereum that catches up.
  ...flags('DEGRADED', 'degraded haswarnings hasissues hasproblems overloaded quietingdown syncing optimistic'),
};

/** Flags whose truth is bad news, and which are none where they are false. */
export const BAD_NEWS: ReadonlyMap<string, Verdict> = new Map(Object.entries(BAD_FLAGS));

export const SHAPES: readonly Shape[] = [
  // Spring Boot 2 has its parts under `details`, later ones and their nested ones under `components`.
  { name: 'SPRING', totals: STATUS, places: [...place('PARTS', 'components'), ...place('OBJECTS', 'details')] },
  // draft-inadarei-api-health-check-06: "name:measurement" → [{…}]
  { name: 'HEALTH_JSON', totals: STATUS, places: place('PARTS', 'checks') },
  {
    name: 'ASPNET',
    totals: STATUS,
    places: place('PARTS', 'entries results checks'),
    // Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus, as it is written without a converter.
    numbers: { where: ['entries', 'totalduration'], verdicts: ['UNHEALTHY', 'DEGRADED', 'HEALTHY'] },
  },
  { name: 'TERMINUS', totals: STATUS, places: place('OBJECTS', 'details info error') },
  // MicroProfile Health, and what is like it: [{ name, status }]
  { name: 'MICROPROFILE', totals: ['status', 'outcome', 'state'], places: place('PARTS', 'checks') },
  { name: 'RESULTS', totals: STATUS, places: place('PARTS', 'results') },
  { name: 'FAILURES', totals: STATUS, places: place('FAILING', 'failures errors') },
  // name → { healthy }; name → word; [{ name, healthy }]
  { name: 'FLAT', totals: [], places: place('PARTS', '*') },
  // Beside the total: { status, db: { status } }
  { name: 'SIBLINGS', totals: STATUS, places: place('PARTS', '*') },
  {
    name: 'OTHER',
    totals:
      `state health outcome overall globalstatus overallstatus overallhealth healthstatus servicestatus systemstatus condition
      healthy ishealthy ok up isup alive isalive ready isready live passed pass success succeeded available reachable connected operational`
        .split(/\s+/)
        .concat(Object.keys(BAD_FLAGS)),
    places: [
      ...place(
        'PARTS',
        'services dependencies subsystems systems modules indicators healthchecks entities resources parts probes',
      ),
      ...place('OBJECTS', 'component checkresults upstreams backends connections nodes'),
      ...place('FAILING', 'failing failed failedchecks unhealthy down'),
    ],
  },
];

/** Totals that count also when what they say is no known word, though another one is. */
export const STRONG_TOTALS: ReadonlySet<string> = new Set(['status', 'health', 'healthy']);

/** Keys that name an item of a list. The first that is there. */
export const NAMES =
  'name id alias checker check checkid checkname component componentid componentname key service serviceid resource title label'.split(
    ' ',
  );

/** Keys beside a good word that take it back, unless they are empty. */
export const ERRORS: ReadonlySet<string> = new Set(['error', 'errors', 'err', 'exception']);

/** When it was looked at; a look in the year 1 was none. */
export const LOOKED_AT: ReadonlySet<string> = new Set(
  'timestamp time checktime checkedat lastcheck lastchecked lastcheckedat lastcheckat'.split(' '),
);

/** A part that may fail: the flag and what it says then. */
export const MAY_FAIL: ReadonlyMap<string, boolean> = new Map([
  ['critical', false],
  ['fatal', false],
  ['required', false],
  ['mandatory', false],
  ['essential', false],
  ['optional', true],
  ['noncritical', true],
]);

/** What bodies say beside their health, in words that are none of health. */
export const NO_PARTS: ReadonlySet<string> = new Set(
  `name id title version release releaseid build buildinfo commit revision branch tag app appname application service serviceid servicename
   description desc message msg detail notes note output reason type kind code statuscode statustext httpstatus method path url uri link
   links host hostname instance instanceid node pod ip address port region zone env environment profile profiles stage mode role
   level loglevel timestamp time date datetime now checkedat lastcheck lastchecked checktime started startedat starttime uptime duration
   totalduration responsetime latency elapsed took expires pid groups group tags labels metadata meta info git java runtime platform arch os
   language cause exception stack traceid requestid cached debug production enabled secure authenticated readonly testing initialized standby performancestandby leader primary master
   critical fatal required mandatory essential optional noncritical componentid componenttype affectedendpoints observedvalue observedunit`.split(
    /\s+/,
  ),
);

/** As those, where `true` or `false` stands. */
export const NO_PART_FLAGS: ReadonlySet<string> = new Set(
  `enterprise extendedsupport coordinator buildsnapshot snapshot dirty isdebug isproduction isadmin isdocker isleader isprimary ismaster
   isreadonly updateavailable`.split(/\s+/),
);

/** As those, where an object stands that does not say how it is: `{ version: { number, build_snapshot } }`. */
export const NO_PART_OBJECTS: ReadonlySet<string> = new Set(
  'version build buildinfo git java runtime arch os links labels tags meta metadata env environment license'.split(' '),
);

/** What the whole answer lies in. */
export const ENVELOPES: ReadonlySet<string> = new Set(
  'data result response payload healthcheck healthreport health report body'.split(' '),
);
