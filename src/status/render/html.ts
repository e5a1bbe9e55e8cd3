// A page as HTML that needs no script: one heading, states by shape and word, days as a picture with a text and numbers.
import { hash } from 'node:crypto';
import type {
  PlannedMaintenance,
  StatusDay,
  StatusEntry,
  StatusIncident,
  StatusPage,
} from '../../../gen/openk/status/v1/status_pb.ts';
import { IncidentImpact, IncidentStatus } from '../../../gen/openk/status/v1/status_pb.ts';
import { counted } from '../../core/counted.ts';
import { STYLE } from './style.ts';
import {
  dayText,
  escapeText,
  incidentWord,
  isoTime,
  isUnderWay,
  namesOf,
  pageSentence,
  percent,
  type StatusWords,
  statusWords,
  timeText,
} from './words.ts';

export interface HtmlOptions {
  /** What stands before the paths of feed and JSON, as seen from the page: `public/`, or nothing. */
  readonly base: string;
  /** For a frame in somebody else's page: what is around it is left out. */
  readonly isEmbedded?: boolean;
  /** Whether search engines are asked to leave it out. */
  readonly isUnlisted?: boolean;
  /** Where the script is that makes the page live. Left out for one that stays as it is. */
  readonly script?: string | undefined;
}

/** Of the one style that the page has, for Content-Security-Policy. */
export const STYLE_SOURCE = `'sha256-${hash('sha256', STYLE, 'base64')}'`;

/** Strokes in a square of 24. */
const ICONS: Readonly<Record<StatusWords['kind'], string>> = {
  up: '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/>',
  degraded: '<path d="M12 3 1.8 21h20.4zM12 10v5M12 18v.01"/>',
  down: '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8zM9 9l6 6M15 9l-6 6"/>',
  maintenance: '<rect x="2" y="2" width="20" height="20" rx="4"/><path d="M9 8v8M15 8v8"/>',
  unknown:
    '<circle cx="12" cy="12" r="10" stroke-dasharray="3 3.3"/><path d="M9.3 9.3a2.8 2.8 0 1 1 2.7 3.6v1M12 17v.01"/>',
};

/** Of a day in a strip of 28: the worse, the shorter, so that it is seen without colour. */
const BARS: Readonly<Record<StatusWords['kind'], string>> = {
  up: '<rect width="2.2" height="28" rx=".6"/>',
  degraded: '<path d="M0 10h2.2v18H0zM0 4h2.2v3H0z"/>',
  down: '<path d="M0 16h2.2v12H0zM0 0h2.2v2H0z"/>',
  maintenance: '<path d="M0 0h2.2v12H0zM0 16h2.2v12H0z"/>',
  unknown: '<rect y="25" width="2.2" height="3"/>',
};
const BAR_STEP = 3;

export function renderHtml(
  page: StatusPage,
  { base, isEmbedded = false, isUnlisted = false, script }: HtmlOptions,
): string {
  const { title, description, asOf, groups, incidents, maintenance, uptimeDays } = page;
  const open = incidents.filter(({ status }) => status !== IncidentStatus.RESOLVED);
  const past = incidents.filter(({ status }) => status === IncidentStatus.RESOLVED);
  const { kind } = statusWords(page.status);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeText(`${pageSentence(page)} – ${title}`)}</title>
<link rel="icon" href="data:,">
${isUnlisted ? '<meta name="robots" content="noindex">\n' : ''}<link rel="alternate" type="application/atom+xml" title="Incidents" href="${base}feed.atom">
<style>${STYLE}</style>
${script === undefined ? '' : `<script type="module" src="${script}"></script>\n`}</head>
<body${isEmbedded ? ' class="embedded"' : ''}>
<svg width="0" height="0" class="skip" aria-hidden="true" focusable="false"><defs>${symbols()}</defs></svg>
<main>
<h1>${escapeText(title)}</h1>
${description === '' ? '' : `<p class="soft">${escapeText(description)}</p>\n`}<p class="card now ${kind}">${icon(kind)}<span>${pageSentence(page)}</span><small class="soft">as of ${time(asOf!)}</small></p>
${section(
  'Incidents',
  open.map((incident) => incidentItem(page, incident)),
)}${groups
  .map((group) =>
    section(
      group.title,
      group.entries.map((entry) => entryItem(entry, uptimeDays)),
    ),
  )
  .join('')}${uptimeDays > 0 && groups.length > 0 && !isEmbedded ? legend() : ''}${section(
  'Maintenance',
  maintenance.map((each) => maintenanceItem(page, each)),
)}${
  isEmbedded
    ? ''
    : section(
        'Past incidents',
        past.map((incident) => incidentItem(page, incident)),
      )
}</main>
${isEmbedded ? '' : `<footer><p>Days are those of UTC. Uptime is of the time that is known, rounded down.</p><p><a href="${base}feed.atom">Feed of incidents</a> · <a href="${base}api/v2/summary.json">JSON</a></p></footer>\n`}</body>
</html>
`;
}

function section(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<section><h2>${escapeText(title)}</h2>\n<ul class="card">\n${items.join('')}</ul></section>\n`;
}

function entryItem({ key, name, status, days, uptimeRatio, knownRatio, latency }: StatusEntry, uptimeDays: number) {
  const { kind, word } = statusWords(status);
  const latencyText =
    latency === undefined
      ? ''
      : ` <span class="soft">${Number(latency.seconds) * 1000 + Math.round(latency.nanos / 1e6)} ms</span>`;
  const strip = uptimeDays === 0 || days.length === 0 ? '' : stripOf(name, days, uptimeRatio, knownRatio);
  return `<li id="${key}"><div class="row"><h3>${escapeText(name)}</h3><span class="state ${kind}">${icon(kind)}${word}${latencyText}</span></div>${strip}</li>\n`;
}

function stripOf(
  name: string,
  days: readonly StatusDay[],
  uptimeRatio: number | undefined,
  knownRatio: number,
): string {
  const noUptime = knownRatio > 0 ? 'in maintenance only' : 'uptime not known';
  const uptime = uptimeRatio === undefined ? noUptime : `${percent(uptimeRatio)} uptime`;
  const known = `known ${percent(knownRatio)} of the time`;
  const notable = days.filter(({ uptimeRatio: ratio = 1 }) => ratio < 1);
  const unknownDays = days.filter((day) => day.knownRatio === 0).length;
  const label = [
    `${name}, the last ${counted(days.length, 'day')}: ${uptime}, ${known}`,
    `days with downtime: ${notable.length}`,
    ...(unknownDays > 0 ? [`days not known: ${unknownDays}`] : []),
  ].join('; ');
  const bars = days.map((day, at) => barOf(day, at));
  const rows = notable
    .toReversed()
    .map(
      (day) =>
        `<tr><th scope="row">${dayText(day.date)}</th><td>${percent(day.uptimeRatio ?? 0)}</td><td>${percent(day.knownRatio)}</td></tr>`,
    );
  const details =
    rows.length === 0
      ? ''
      : `<details><summary>Days with downtime: ${rows.length}</summary><table><thead><tr><th scope="col">Day</th><th scope="col">Uptime</th><th scope="col">Known</th></tr></thead><tbody>${rows.join('')}</tbody></table></details>`;
  return `<svg class="strip" viewBox="0 0 ${days.length * BAR_STEP - 0.8} 28" preserveAspectRatio="none" role="img" aria-label="${escapeText(label)}">${bars.join('')}</svg><div class="ends soft"><span>${counted(days.length, 'day')}</span><span>${uptime}, ${known}</span><span>Today</span></div>${details}`;
}

/** Most of a page. Days are the same messages until they are asked for again, at a place of their own: a day is written once. */
const writtenBars = new WeakMap<StatusDay, string>();

function barOf(day: StatusDay, at: number): string {
  let bar = writtenBars.get(day);
  if (bar === undefined) {
    const { kind } = statusWords(day.worst);
    bar = `<use href="#bar-${kind}" class="${kind}" x="${at * BAR_STEP}"><title>${dayTitle(day)}</title></use>`;
    writtenBars.set(day, bar);
  }
  return bar;
}

function dayTitle({ date, uptimeRatio, knownRatio, worst }: StatusDay): string {
  if (uptimeRatio === undefined) return `${dayText(date)} UTC: ${statusWords(worst).word.toLowerCase()}`;
  return `${dayText(date)} UTC: ${percent(uptimeRatio)} uptime, known ${percent(knownRatio)}`;
}

const IMPACT_KINDS: ReadonlyMap<IncidentImpact, StatusWords['kind']> = new Map([
  [IncidentImpact.NONE, 'unknown'],
  [IncidentImpact.MAJOR, 'down'],
  [IncidentImpact.CRITICAL, 'down'],
]);

function incidentItem(page: StatusPage, { id, title, status, impact, entries, updates, started }: StatusIncident) {
  const isOver = status === IncidentStatus.RESOLVED;
  const kind = isOver ? 'up' : (IMPACT_KINDS.get(impact) ?? 'degraded');
  const names = namesOf(page, entries);
  const said = updates.map(
    (update) =>
      `<li><strong>${incidentWord(update.status)}</strong> ${time(update.time!)}<p>${escapeText(update.text)}</p></li>`,
  );
  const affected = names.length === 0 ? '' : `<p class="soft">Affected: ${escapeText(names.join(', '))}</p>`;
  return `<li id="incident-${escapeText(id)}"><div class="row"><h3>${escapeText(title)}</h3><span class="state ${kind}">${icon(kind)}${incidentWord(status)}</span></div><p class="soft">since ${time(started!)}</p>${affected}<ul class="updates">${said.join('')}</ul></li>\n`;
}

function maintenanceItem(page: StatusPage, maintenance: PlannedMaintenance): string {
  const { entries, start, end } = maintenance;
  const names = namesOf(page, entries).join(', ');
  const from = start === undefined ? 'now' : time(start);
  const until = end === undefined ? 'until further notice' : `until ${time(end)}`;
  return `<li><div class="row"><h3>${escapeText(names)}</h3><span class="state maintenance">${icon('maintenance')}${isUnderWay(page, maintenance) ? 'In progress' : 'Planned'}</span></div><p class="soft">${from} ${until}</p></li>\n`;
}

function legend(): string {
  const items = Object.keys(BARS).map((kind) => {
    const words: Readonly<Record<string, string>> = {
      up: 'up all day',
      degraded: 'degraded',
      down: 'down for some time',
      maintenance: 'maintenance',
      unknown: 'not known',
    };
    return `<li class="${kind}"><svg width="6" height="14" viewBox="0 0 2.2 28" preserveAspectRatio="none" aria-hidden="true"><use href="#bar-${kind}"/></svg> ${words[kind]}</li>`;
  });
  return `<ul class="legend soft" aria-label="What the bars of days mean">${items.join('')}</ul>\n`;
}

function symbols(): string {
  const icons = Object.entries(ICONS).map(
    ([kind, shape]) => `<symbol id="icon-${kind}" viewBox="0 0 24 24">${shape}</symbol>`,
  );
  const bars = Object.entries(BARS).map(([kind, shape]) => `<g id="bar-${kind}">${shape}</g>`);
  return [...icons, ...bars].join('');
}

function icon(kind: StatusWords['kind']): string {
  return `<svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-${kind}"/></svg>`;
}

function time(value: Parameters<typeof isoTime>[0]): string {
  return `<time datetime="${isoTime(value)}">${timeText(value)}</time>`;
}
