// The forms of a page by themselves: what is escaped, what is rounded, and that each keeps the rules of its format.

import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { renderAtom } from '../../src/status/render/atom.ts';
import { renderBadge } from '../../src/status/render/badge.ts';
import { renderHtml } from '../../src/status/render/html.ts';
import { renderStatuspageJson, STATUSPAGE_FILES } from '../../src/status/render/statuspage-json.ts';
import { pageSentence, percent } from '../../src/status/render/words.ts';
import { createSamplePage, EVIL } from './sample-page.ts';
import { STATUSPAGE_SCHEMAS } from './statuspage-schemas.ts';
import { parseXml, type XmlElement } from './xml.ts';

const page = createSamplePage();

it.each([
  [1, '100 %'],
  [0.999999, '99.99 %'],
  [0.9999, '99.99 %'],
  [0.29, '29 %'],
  [0.07, '7 %'],
  [0.57, '57 %'],
  [0, '0 %'],
])('%d is %s: never more than it is', (ratio, text) => {
  expect(percent(ratio)).toBe(text);
});

it.each([
  [[HealthStatus.HEALTHY, HealthStatus.HEALTHY], HealthStatus.HEALTHY, 'All systems are operational'],
  [[HealthStatus.HEALTHY, HealthStatus.UNKNOWN], HealthStatus.UNKNOWN, 'The status of some systems is not known'],
  [[HealthStatus.UNHEALTHY, HealthStatus.UNHEALTHY], HealthStatus.UNHEALTHY, 'All systems are down'],
  [[HealthStatus.DEGRADED, HealthStatus.HEALTHY], HealthStatus.DEGRADED, 'Some systems are degraded'],
  [[], HealthStatus.UNKNOWN, 'The status is not known'],
])('%j with %d: %s', (statuses, status, sentence) => {
  const entries = statuses.map((each, at) => ({ ...page.groups[0]!.entries[0]!, key: `k${at}`, status: each }));
  expect(pageSentence(createSamplePage({ status, groups: [{ ...page.groups[0]!, entries }] }))).toBe(sentence);
});

describe('HTML', () => {
  const html = renderHtml(page, { base: 'public/' });

  it('has no markup but its own', () => {
    expect(html).not.toContain('<script');
    expect(html).not.toContain(EVIL);
    const outline = html.replaceAll(/<svg.*?<\/svg>/gs, '').match(/<(h1|main|title)>/g);
    expect(outline).toEqual(['<title>', '<main>', '<h1>']);
    expect(html).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('says each status in words, each time to machines, and each strip in a text', () => {
    for (const word of ['Down', 'Not known', 'Operational', 'In maintenance', 'Identified', 'Resolved']) {
      expect(html).toContain(`</svg>${word}`);
    }
    expect(html).toContain('<time datetime="2026-11-29T03:12:07Z">29 Nov 2026, 03:12 UTC</time>');
    expect(html).toMatch(
      /role="img" aria-label="[^"]*the last 3 days: 99\.99 % uptime, known 97\.2 % of the time; days with downtime: 1; days not known: 1"/,
    );
    expect(html).toContain('<th scope="row">29 Nov 2026</th><td>99.99 %</td>');
  });

  it('has ids that are there once', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says to search engines and frames what they are to know', () => {
    expect(html).not.toContain('noindex');
    expect(renderHtml(page, { base: '', isUnlisted: true })).toContain('<meta name="robots" content="noindex">');
    const framed = renderHtml(page, { base: '', isEmbedded: true });
    expect(framed).not.toContain('<footer>');
    expect(framed).not.toContain('No pictures');
  });
});

it('says which maintenance goes on, and which is to come', () => {
  const html = renderHtml(page, { base: 'acme/' });
  const [, section = ''] = /<h2>Maintenance<\/h2>([\s\S]*?)<\/section>/.exec(html)!;
  expect(section.match(/In progress|Planned/g)).toEqual(['In progress', 'Planned']);
});

it('knows of days that were all maintenance', () => {
  const sample = createSamplePage();
  const [group] = sample.groups;
  const [entry] = group!.entries;
  const day = { ...entry!.days[0]!, uptimeRatio: undefined, knownRatio: 1, worst: HealthStatus.MAINTENANCE };
  Object.assign(entry!, { days: [day, day], uptimeRatio: undefined, knownRatio: 1 });
  const html = renderHtml(sample, { base: 'acme/' });
  const [, label = ''] = /role="img" aria-label="([^"]*)"/.exec(html)!;
  expect(label).toMatch(/the last 2 days: in maintenance only, known 100 % of the time; days with downtime: 0$/);
});

describe('a badge', () => {
  it('cuts a long name between two letters', () => {
    const svg = renderBadge({ name: `${'a'.repeat(58)}🙂🙂🙂`, status: HealthStatus.HEALTHY });
    expect(parseXml(svg).attributes['aria-label']).toBe(`${'a'.repeat(58)}🙂…: operational`);
  });

  it.each([
    [HealthStatus.HEALTHY, 'operational'],
    [HealthStatus.UNKNOWN, 'not known'],
    [HealthStatus.UNSPECIFIED, 'not known'],
  ])('%d is %s', (status, word) => {
    const svg = parseXml(renderBadge({ name: EVIL, status }));
    expect(svg.attributes).toMatchObject({ xmlns: 'http://www.w3.org/2000/svg', role: 'img' });
    expect(svg.attributes['aria-label']).toMatch(new RegExp(`: ${word}$`));
  });

  it('has room for its words, and is not endless', () => {
    const width = (name: string) =>
      Number(parseXml(renderBadge({ name, status: HealthStatus.HEALTHY })).attributes.width);
    expect(width('支払い')).toBeGreaterThan(width('abc'));
    expect(width('x'.repeat(200))).toBe(width('x'.repeat(60)));
  });
});

// RFC 4287, sections 4.1.1, 4.1.2 and 3.3; RFC 4151 for the ids.
describe.each([
  { url: '', host: 'status.invalid', link: '../public' },
  { url: 'https://status.example.com/a', host: 'status.example.com', link: 'https://status.example.com/a' },
])('the feed of a page at "$url"', ({ url, host, link }) => {
  const feed = parseXml(renderAtom(createSamplePage({ url }), '../public'));
  const one = (element: XmlElement, name: string) => {
    const found = element.children.filter((child) => child.name === name);
    expect([name, found.length]).toEqual([name, 1]);
    return found[0]!.text;
  };
  const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
  const linkOf = (element: XmlElement, rel: string) =>
    element.children
      .filter((child) => child.name === 'link' && child.attributes.rel === rel)
      .map(({ attributes }) => attributes.href);

  it('has what a feed must have', () => {
    expect([feed.name, feed.attributes.xmlns]).toEqual(['feed', 'http://www.w3.org/2005/Atom']);
    expect(one(feed, 'id')).toBe(`tag:${host},2026:openk/status/public`);
    expect(one(feed, 'title')).toContain('Acme </title><script>');
    expect(one(feed, 'updated')).toBe('2026-11-29T03:00:00Z');
    expect(one(feed.children.find(({ name }) => name === 'author')!, 'name')).toContain('Acme');
    expect(linkOf(feed, 'self')).toEqual(['feed.atom']);
    expect(linkOf(feed, 'alternate')).toEqual([link]);
  });

  it('has an entry for each incident, whose id stays', () => {
    const entries = feed.children.filter(({ name }) => name === 'entry');
    expect(entries.map((entry) => one(entry, 'id'))).toEqual([
      `tag:${host},2026:openk/incident/i2`,
      `tag:${host},2026:openk/incident/i1`,
    ]);
    for (const entry of entries) {
      expect(one(entry, 'title')).not.toBe('');
      expect(one(entry, 'published')).toMatch(TIME);
      expect(one(entry, 'updated')).toMatch(TIME);
      expect(linkOf(entry, 'alternate')[0]).toMatch(/#incident-i[12]$/);
      expect(entry.children.find(({ name }) => name === 'content')?.attributes).toEqual({ type: 'text' });
    }
    expect(one(entries[0]!, 'content')).toContain('29 Nov 2026, 03:00 UTC, Identified: A disk. </title><script>');
  });

  it('has a time where nothing has happened yet', () => {
    const empty = parseXml(renderAtom(createSamplePage({ url, incidents: [] }), '../public'));
    expect(one(empty, 'updated')).toMatch(TIME);
  });
});

describe("Statuspage's JSON", () => {
  const ajv = new Ajv({ allErrors: true });

  it.each(STATUSPAGE_FILES)('%s has the published shape', (file) => {
    const json = JSON.parse(renderStatuspageJson(page, file)) as object;
    const check = ajv.compile(STATUSPAGE_SCHEMAS[file]);
    expect([check(json), check.errors]).toEqual([true, null]);
  });

  it('dates a group by the latest change of what is in it, and by the page where none is known', () => {
    const { components } = JSON.parse(renderStatuspageJson(page, 'components')) as {
      components: { group: boolean; updated_at: string }[];
    };
    const groups = components.filter(({ group }) => group);
    expect(groups.map(({ updated_at: updated }) => updated)).toEqual(['2026-11-29T02:40:00Z', '2026-11-29T03:12:07Z']);
  });

  it('never calls operational what is not known', () => {
    const { components } = JSON.parse(renderStatuspageJson(page, 'components')) as {
      components: { id: string; status: string }[];
    };
    expect(Object.fromEntries(components.map(({ id, status }) => [id, status]))).toEqual({
      'public-group-1': 'major_outage',
      a1: 'major_outage',
      a2: 'degraded_performance',
      a3: 'operational',
      'public-group-2': 'under_maintenance',
      b1: 'under_maintenance',
    });
    const { status } = JSON.parse(
      renderStatuspageJson(createSamplePage({ status: HealthStatus.UNKNOWN }), 'status'),
    ) as { status: object };
    expect(status).toEqual({ indicator: 'minor', description: 'The status of some systems is not known' });
  });
});
