// What status pages say, in the words of each format, and what it means here. It stands alone so that a format is a row: how it is
// recognised and where it says what. A word that is in no table is UNKNOWN.
import { fieldsOf, listOf, textIn, type Verdict } from './source.ts';

/** `MAINTENANCE` is out of service on purpose. */
export type FeedVerdict = Verdict | 'MAINTENANCE';

export interface FeedComponent {
  readonly id: string;
  readonly name: string;
  /** Of the group that it is in; empty without one. */
  readonly group: string;
  readonly verdict: FeedVerdict;
  /** The page's own. */
  readonly word: string;
}

export interface FeedIncident {
  readonly title: string;
  readonly verdict: FeedVerdict;
  /** Ids or names of what it is about; empty: it does not say. */
  readonly components: readonly string[];
}

/** What a page says; undefined where it says nothing of that sort. */
export interface Feed {
  readonly page: { readonly verdict: FeedVerdict; readonly word: string } | undefined;
  readonly components: readonly FeedComponent[];
  /** Those that are not over. */
  readonly incidents: readonly FeedIncident[];
}

export interface FeedFormat {
  /** Where the document is on its host. */
  readonly path: string;
  /** Undefined: the document is none of this format. */
  readonly read: (document: unknown) => Feed | undefined;
}

type Words = Readonly<Record<string, FeedVerdict>>;

const COMPONENT_WORDS: Words = {
  operational: 'HEALTHY',
  degraded_performance: 'DEGRADED',
  partial_outage: 'DEGRADED',
  major_outage: 'UNHEALTHY',
  full_outage: 'UNHEALTHY',
  under_maintenance: 'MAINTENANCE',
};
const INDICATORS: Words = {
  none: 'HEALTHY',
  minor: 'DEGRADED',
  major: 'DEGRADED',
  critical: 'UNHEALTHY',
  maintenance: 'MAINTENANCE',
};
/** An incident that is open is never nothing, whatever its impact is said to be (gfazioli/octoscope#119). */
const IMPACTS: Words = {
  none: 'DEGRADED',
  minor: 'DEGRADED',
  major: 'DEGRADED',
  critical: 'UNHEALTHY',
  maintenance: 'MAINTENANCE',
};
const OVER = new Set(['resolved', 'postmortem', 'completed', 'scheduled']);
const INSTATUS_PAGE: Words = { up: 'HEALTHY', hasissues: 'DEGRADED', undermaintenance: 'MAINTENANCE' };
const INSTATUS_WORDS: Words = {
  operational: 'HEALTHY',
  degradedperformance: 'DEGRADED',
  partialoutage: 'DEGRADED',
  minoroutage: 'DEGRADED',
  majoroutage: 'UNHEALTHY',
  undermaintenance: 'MAINTENANCE',
};
const SLACK_PAGE: Words = { ok: 'HEALTHY', active: 'DEGRADED' };
const SLACK_INCIDENTS: Words = {
  notice: 'DEGRADED',
  incident: 'DEGRADED',
  outage: 'UNHEALTHY',
  maintenance: 'MAINTENANCE',
};
const GCP_INCIDENTS: Words = {
  available: 'HEALTHY',
  service_information: 'HEALTHY',
  service_disruption: 'DEGRADED',
  service_outage: 'UNHEALTHY',
};

export const FEED_FORMATS: Readonly<Record<'STATUSPAGE' | 'INSTATUS' | 'SLACK' | 'GCP', FeedFormat>> = {
  STATUSPAGE: { path: '/api/v2/summary.json', read: readStatuspage },
  INSTATUS: { path: '/summary.json', read: readInstatus },
  SLACK: { path: '/api/v2.0.0/current', read: readSlack },
  GCP: { path: '/incidents.json', read: readGcp },
};

function readStatuspage(document: unknown): Feed | undefined {
  const { page, status, components, incidents } = fieldsOf(document);
  const { indicator } = fieldsOf(status);
  if (typeof indicator !== 'string' || typeof page !== 'object') return undefined;
  const rows = listOf(components).map(fieldsOf);
  const groups = new Map(rows.filter(({ group }) => group === true).map(({ id, name }) => [textIn(id), textIn(name)]));
  return {
    page: said(INDICATORS, indicator),
    // Groups are no services: their members are.
    components: rows
      .filter(({ group }) => group !== true)
      .map((row) => {
        const { verdict, word } = said(COMPONENT_WORDS, textIn(row.status));
        const group = groups.get(textIn(row.group_id)) ?? '';
        return { id: textIn(row.id), name: textIn(row.name), group, verdict, word };
      }),
    incidents: listOf(incidents)
      .map(fieldsOf)
      .filter(({ status: state }) => !OVER.has(textIn(state).toLowerCase()))
      .map((row) => ({
        title: textIn(row.name),
        verdict: said(IMPACTS, textIn(row.impact)).verdict,
        components: namesIn(row.components),
      })),
  };
}

function readInstatus(document: unknown): Feed | undefined {
  const { page, activeIncidents, activeMaintenances, components } = fieldsOf(document);
  const word = textIn(fieldsOf(page).status);
  if (word === '' || !Object.hasOwn(INSTATUS_PAGE, word.toLowerCase())) return undefined;
  const open = (rows: unknown, verdict: (row: Readonly<Record<string, unknown>>) => FeedVerdict) =>
    listOf(rows)
      .map(fieldsOf)
      .map((row) => ({ title: textIn(row.name), verdict: verdict(row), components: namesIn(row.components) }));
  return {
    page: said(INSTATUS_PAGE, word),
    // In the document of the page itself there are none, in that of its components there are.
    components: listOf(components)
      .map(fieldsOf)
      .map((row) => ({
        ...{ id: textIn(row.id), name: textIn(row.name), group: textIn(fieldsOf(row.group).name) },
        ...said(INSTATUS_WORDS, textIn(row.status)),
      })),
    incidents: [
      ...open(activeIncidents, ({ impact }) => {
        const { verdict } = said(INSTATUS_WORDS, textIn(impact));
        return verdict === 'HEALTHY' ? 'DEGRADED' : verdict;
      }),
      // One that is planned is no news yet.
      ...open(
        listOf(activeMaintenances).filter((row) => !/^notstarted/i.test(textIn(fieldsOf(row).status))),
        () => 'MAINTENANCE',
      ),
    ],
  };
}

function readSlack(document: unknown): Feed | undefined {
  const { status, active_incidents: incidents, date_updated: updated } = fieldsOf(document);
  if (typeof status !== 'string' || (!Array.isArray(incidents) && updated === undefined)) return undefined;
  return {
    page: said(SLACK_PAGE, status),
    components: [],
    incidents: listOf(incidents)
      .map(fieldsOf)
      .filter(({ status: state }) => !/^(resolved|completed)$/i.test(textIn(state)))
      .map((row) => ({
        title: textIn(row.title),
        verdict: said(SLACK_INCIDENTS, textIn(row.type)).verdict,
        components: listOf(row.services).map(textIn),
      })),
  };
}

/** Every incident that there was: what has no end is active. An empty list says that there was none. */
function readGcp(document: unknown): Feed | undefined {
  if (!Array.isArray(document)) return undefined;
  const rows = document.map(fieldsOf);
  if (!rows.every((row) => 'begin' in row || 'status_impact' in row)) return undefined;
  return {
    page: undefined,
    components: [],
    incidents: rows
      .filter(({ end }) => typeof end !== 'string' || end === '')
      .map((row) => ({
        title: textIn(row.external_desc),
        verdict: said(GCP_INCIDENTS, textIn(row.status_impact)).verdict,
        components: [...namesIn(row.affected_products), textIn(row.service_name)].filter((name) => name !== ''),
      })),
  };
}

/** By the word in lower case, however the page writes it. */
function said(words: Words, word: string): { readonly verdict: FeedVerdict; readonly word: string } {
  const key = word.toLowerCase();
  return { verdict: Object.hasOwn(words, key) ? words[key]! : 'UNKNOWN', word };
}

function namesIn(rows: unknown): readonly string[] {
  return listOf(rows)
    .map(fieldsOf)
    .flatMap(({ id, name, title }) => [textIn(id), textIn(name), textIn(title)])
    .filter((name) => name !== '');
}
