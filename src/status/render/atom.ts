// Incidents of a page as a feed (RFC 4287). An incident is one entry however often it is updated: its id stays, `updated` moves.
import type { StatusIncident, StatusPage } from '../../../gen/openk/status/v1/status_pb.ts';
import { escapeText, incidentWord, isoTime, namesOf, timeMs, timeText } from './words.ts';

/** Of what has no time yet. */
const NEVER = '1970-01-01T00:00:00Z';
/** Where no web address is configured, of which the authority of a `tag:` URI is made (RFC 4151). */
const NO_HOST = 'status.invalid';

/** @param pageUrl Where the page is, seen from the feed */
export function renderAtom(page: StatusPage, pageUrl: string): string {
  const host = URL.parse(page.url)?.hostname ?? NO_HOST;
  const latest = page.incidents.toSorted((a, b) => timeMs(b.updated!) - timeMs(a.updated!))[0];
  const link = escapeText(page.url === '' ? pageUrl : page.url);
  const entries = page.incidents.map((incident) => renderEntry(page, incident, host, link));
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>${tag(host, `status/${page.id}`)}</id>
<title>${escapeText(page.title)}: incidents</title>
<updated>${latest === undefined ? NEVER : isoTime(latest.updated!)}</updated>
<author><name>${escapeText(page.title)}</name></author>
<link rel="self" type="application/atom+xml" href="feed.atom"/>
<link rel="alternate" type="text/html" href="${link}"/>
${entries.join('')}</feed>
`;
}

function renderEntry(page: StatusPage, incident: StatusIncident, host: string, link: string): string {
  const { id, title, status, started, updated, entries, updates } = incident;
  const names = namesOf(page, entries);
  const lines = updates.map((update) => `${timeText(update.time!)}, ${incidentWord(update.status)}: ${update.text}`);
  const text = [...(names.length > 0 ? [`Affected: ${names.join(', ')}`] : []), ...lines].join('\n\n');
  return `<entry>
<id>${tag(host, `incident/${id}`)}</id>
<title>${escapeText(`${incidentWord(status)}: ${title}`)}</title>
<published>${isoTime(started!)}</published>
<updated>${isoTime(updated!)}</updated>
<link rel="alternate" type="text/html" href="${link}#incident-${escapeText(id)}"/>
<content type="text">${escapeText(text)}</content>
</entry>
`;
}

function tag(host: string, specific: string): string {
  return escapeText(`tag:${host},2026:openk/${specific}`);
}
