// Every component is shown, however many there are, and no slice of the text holds the event loop for long.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SloStanding } from '../../src/core/slo/budget.ts';
import type { SloDefinition } from '../../src/core/slo/objective.ts';
import { STATUSES, type Status } from '../../src/core/status.ts';
import { createCertificates } from '../../src/telemetry/certificates.ts';
import type { ComponentReader, ShownDefinition, ShownHealth } from '../../src/telemetry/component-columns.ts';
import { componentMetrics, componentsText, type WrittenBlocks } from '../../src/telemetry/component-metrics.ts';
import { parsePrometheusText } from './prometheus-text.ts';

const group: ShownDefinition['subject'] = { type: 'group', rule: { kind: 'worst' }, members: [] };
const probe = (fingerprint = '1'): ShownDefinition['subject'] => ({
  type: 'probe',
  kind: 'tls',
  options: {},
  fingerprint,
  schedule: {
    intervalMs: 1,
    unhealthyIntervalMs: 1,
    timeoutMs: 1,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    staleAfterMs: 1,
  },
});

type Shown = Partial<ShownHealth & ShownDefinition & { readonly standing: SloStanding }>;

function readerOf(components: Readonly<Record<string, Shown>>): ComponentReader {
  return {
    ids: () => Object.keys(components).sort(),
    health: (id) => ({ status: 'HEALTHY', causedBy: [], ...components[id] }),
    definition: (id) => ({ labels: {}, subject: probe(), ...components[id] }),
    slo: (id) => components[id]?.standing,
  };
}

const noCertificate = () => undefined;
const scrapeOf = (reader: ComponentReader, expiry = createCertificates().expiresMs) =>
  parsePrometheusText([...componentsText(reader, expiry)].join(''));

describe('many components', () => {
  /** More than the 2,000 sets of attributes that an instrument of the SDK keeps. */
  const COMPONENTS = 3_000;
  const ids = Array.from({ length: COMPONENTS }, (_, n) => `service-${n}`).sort();
  const statusOf = (n: number): Status => STATUSES[n % STATUSES.length]!;
  const reader = readerOf(Object.fromEntries(ids.map((id, n) => [id, { status: statusOf(n), latencyMs: n }])));
  const expected = ids.map((id, n) => `${id} ${statusOf(n)}`);

  it('are all written, each with 1 for the status that it has', () => {
    const { find, types } = scrapeOf(reader);
    expect(types.get('openk_component_status')).toBe('gauge');
    const samples = find('openk_component_status');
    expect(samples).toHaveLength(COMPONENTS * STATUSES.length);
    const has = samples.filter(({ value }) => value === 1).map(({ labels }) => `${labels.component} ${labels.status}`);
    expect(has).toEqual(expected);
  });

  it('are all sent over OTLP', () => {
    const metrics = componentMetrics(reader, noCertificate, 1_700_000_000_500);
    const points = metrics.find(({ descriptor }) => descriptor.name === 'openk.component.status')!.dataPoints;
    expect(points).toHaveLength(COMPONENTS * STATUSES.length);
    const has = points.filter(({ value }) => value === 1).map(({ attributes }) => attributes);
    expect(has.map(({ component, status }) => `${component} ${status}`)).toEqual(expected);
    expect(points[0]?.endTime).toEqual([1_700_000_000, 500_000_000]);
  });

  it('come in slices', () => {
    const slices = Array.from(componentsText(reader, noCertificate), String);
    const longest = Math.max(...slices.map((slice) => slice.split('\n').length));
    expect(longest).toBeLessThanOrEqual(250 * STATUSES.length + 3);
  });
});

it('gives what says the same as the same object, until something of it is another', () => {
  const components: Record<string, Shown> = Object.fromEntries(
    Array.from({ length: 600 }, (_, n) => [`service-${n}`, { latencyMs: 1, subject: probe() }]),
  );
  const known = new Map<string, ShownDefinition>();
  const all = readerOf(components);
  const reader: ComponentReader = {
    ...all,
    definition: (id) => known.get(id) ?? known.set(id, all.definition(id)!).get(id),
  };
  const blocks = { blocks: [] };
  const look = () => [...componentsText(reader, noCertificate, blocks)].filter((slice) => slice !== '');
  const write = (slices: ReturnType<typeof look>) => slices.map(String).join('');
  let before = look();
  /** How many others there are, of those that are objects. */
  const others = () => {
    const after = look();
    expect(write(after)).toBe([...componentsText(reader, noCertificate)].map(String).join(''));
    const count = after.filter((slice) => typeof slice !== 'string' && !before.includes(slice)).length;
    before = after;
    return count;
  };
  expect(before.filter((slice) => typeof slice !== 'string')).toHaveLength(3 * 3);
  components['service-7'] = { latencyMs: 2 };
  expect(others()).toBe(0);
  components['service-7'] = { status: 'UNHEALTHY' };
  expect(others()).toBe(3);
  components['service-599'] = { causedBy: ['service-7'] };
  expect(others()).toBe(3);
  known.set('service-300', { labels: { team: 'a' }, subject: probe() });
  expect(others()).toBe(3);
  // What comes and goes is in one of the blocks, whatever it moves.
  delete components['service-0'];
  expect(others()).toBe(3);
  components['service-3000'] = {};
  expect(others()).toBe(3);
  delete components['service-20'];
  components['service-20a'] = { latencyMs: 1, subject: probe() };
  expect(others()).toBe(3);
  expect(others()).toBe(0);
});

it('is the text that nothing is known for, whatever comes and goes', () => {
  const step = fc.record({
    from: fc.nat({ max: 1_999 }),
    count: fc.constantFrom(1, 3, 200, 700, 2_000),
    what: fc.constantFrom('come', 'go', 'worsen'),
  });
  fc.assert(
    fc.property(fc.nat({ max: 1_500 }), fc.array(step, { maxLength: 8 }), (count, steps) => {
      const components: Record<string, Shown> = Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`service-${n}`, { latencyMs: n }]),
      );
      const reader = readerOf(components);
      const written: WrittenBlocks = { blocks: [] };
      for (const { from, count: many, what } of steps) {
        for (let n = from; n < from + many; n++) {
          if (what === 'come') components[`service-${n}`] ??= {};
          else if (what === 'go') delete components[`service-${n}`];
          else if (components[`service-${n}`]) components[`service-${n}`] = { status: 'UNHEALTHY' };
        }
        const slices = Array.from(componentsText(reader, noCertificate, written), String);
        expect(slices.join('')).toBe(Array.from(componentsText(reader, noCertificate), String).join(''));
        const longest = Math.max(...slices.map((slice) => slice.split('\n').length));
        expect(longest).toBeLessThanOrEqual(2 * 250 * STATUSES.length + 3);
        // Few that are left are written together.
        expect(written.blocks.length).toBeLessThanOrEqual(Object.keys(components).length / 125 + 1);
      }
    }),
    { numRuns: 50 },
  );
});

it('writes what was read when it began, also where others are there meanwhile', () => {
  const components: Record<string, Shown> = Object.fromEntries(
    Array.from({ length: 600 }, (_, n) => [`service-${n}`, { latencyMs: n }]),
  );
  const reader = readerOf(components);
  const written = { blocks: [] };
  const begin = () => {
    const slices = componentsText(reader, noCertificate, written);
    while (slices.next().value === '');
    return slices;
  };
  const expected = [...begin()].map(String).join('');
  const first = begin();
  components.another = {};
  [...begin()].map(String);
  expect([...first].map(String).join('')).toBe(expected);
});

it('writes what was read when it began, whatever is read meanwhile by another that says the same of most', () => {
  const ids = Array.from({ length: 600 }, (_, n) => `service-${n}`);
  const statuses = new Map<string, Status>();
  const definition: ShownDefinition = { labels: {}, subject: probe() };
  const reader: ComponentReader = {
    ids: () => ids,
    health: (id) => ({ status: statuses.get(id) ?? 'HEALTHY', causedBy: [], latencyMs: statuses.has(id) ? 2 : 1 }),
    definition: () => definition,
    slo: () => undefined,
  };
  const written = { blocks: [] };
  const begin = () => {
    const slices = componentsText(reader, noCertificate, written);
    while (slices.next().value === '');
    return slices;
  };
  const endedBy = (slices: ReturnType<typeof begin>) => [...slices].map(String).join('');
  const [first, ofFirst] = [begin(), endedBy(begin())];
  statuses.set('service-300', 'UNHEALTHY');
  const [second, ofSecond] = [begin(), endedBy(begin())];
  expect(endedBy(first)).toBe(ofFirst);
  expect(endedBy(second)).toBe(ofSecond);
  expect(ofSecond).not.toBe(ofFirst);
});

it('says of each what it is, how it is and what hides it', () => {
  const memberCounts = { total: 3, healthy: 1, degraded: 0, unhealthy: 2, unknown: 0, maintenance: 0, ignored: 1 };
  const reader = readerOf({
    api: { status: 'UNHEALTHY', causedBy: ['db'], labels: { team: 'payments' }, latencyMs: 250 },
    db: { status: 'UNHEALTHY' },
    job: { subject: { type: 'heartbeat', periodMs: 1, graceMs: 1 } },
    shop: { status: 'UNHEALTHY', memberCounts, subject: group },
  });
  const expiry = (id: string) => (id === 'db' ? 1_800_000_000_000 : undefined);
  const { samples } = scrapeOf(reader, expiry);
  const lines = samples
    .filter(({ name }) => name !== 'openk_component_status')
    .map(({ name, labels, value }) => `${name} ${Object.values(labels).join(' ')} ${value}`);
  expect(lines).toEqual([
    'openk_component_info api tls payments 1',
    'openk_component_info db tls 1',
    'openk_component_info job heartbeat 1',
    'openk_component_info shop group 1',
    'openk_component_suppressed api 1',
    'openk_component_suppressed db 0',
    'openk_component_suppressed job 0',
    'openk_component_suppressed shop 0',
    'openk_group_members shop HEALTHY 1',
    'openk_group_members shop DEGRADED 0',
    'openk_group_members shop UNHEALTHY 2',
    'openk_group_members shop UNKNOWN 0',
    'openk_group_members shop MAINTENANCE 0',
    'openk_component_last_latency_seconds api 0.25',
    'openk_certificate_expiry_timestamp_seconds db 1800000000',
  ]);
  expect(componentMetrics(reader, expiry, 0).map(({ descriptor: { name, unit } }) => `${name} [${unit}]`)).toEqual([
    'openk.component.status []',
    'openk.component.info []',
    'openk.component.suppressed []',
    'openk.group.members [{member}]',
    'openk.component.last_latency [s]',
    'openk.certificate.expiry_timestamp [s]',
    'openk.slo.objective_ratio [1]',
    'openk.slo.error_budget_remaining_ratio [1]',
    'openk.slo.burn_rate [1]',
  ]);
});

it('says how it stands by its objective, where it has one and that is known', () => {
  const slo: SloDefinition = {
    objective: 99.9,
    windowMs: 2_592_000_000,
    good: ['HEALTHY'],
    excluded: [],
    isUnknownBad: false,
    lookMs: 30_000,
  };
  const times = { goodMs: 1, badMs: 0, excludedMs: 0, unknownMs: 0, totalMs: 1 };
  const budget = { objective: 99.9, windowMs: slo.windowMs, ...times };
  const rates = { '5m': undefined, '30m': 0.5, '1h': 0, '6h': 0, '3d': 0.25 };
  const reader = readerOf({
    api: { slo, standing: { budget: { ...budget, leftRatio: -0.5 }, rates } },
    unread: { slo },
    unmeasured: { slo, standing: { budget, rates: { ...rates, '30m': undefined } } },
    without: {},
  });
  const lines = scrapeOf(reader)
    .samples.filter(({ name }) => name.startsWith('openk_slo_'))
    .map(({ name, labels, value }) => `${name} ${Object.values(labels).join(' ')} ${value}`);
  expect(lines).toEqual([
    'openk_slo_objective_ratio api 0.999',
    'openk_slo_objective_ratio unmeasured 0.999',
    'openk_slo_objective_ratio unread 0.999',
    'openk_slo_error_budget_remaining_ratio api -0.5',
    'openk_slo_burn_rate api 30m 0.5',
    'openk_slo_burn_rate api 1h 0',
    'openk_slo_burn_rate api 6h 0',
    'openk_slo_burn_rate api 3d 0.25',
    'openk_slo_burn_rate unmeasured 1h 0',
    'openk_slo_burn_rate unmeasured 6h 0',
    'openk_slo_burn_rate unmeasured 3d 0.25',
  ]);
});

it('leaves out what went away since it was asked which there are', () => {
  const all = readerOf({ a: {}, b: {} });
  const gone: ComponentReader = { ...all, health: (id) => (id === 'a' ? undefined : all.health(id)) };
  expect(new Set(scrapeOf(gone).samples.map(({ labels }) => labels.component))).toEqual(new Set(['b']));
  const points = componentMetrics(gone, noCertificate, 0).flatMap(({ dataPoints }) => dataPoints);
  expect(new Set(points.map(({ attributes }) => attributes.component))).toEqual(new Set(['b']));
});

describe('labels', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['are as they are', { team: 'payments', env: '' }, { team: 'payments', env: '' }],
    ['have names that Prometheus takes', { 'acme.com/team-a': 'x' }, { acme_com_team_a: 'x' }],
    ['do not begin with a digit', { '1st': 'x' }, { label_1st: 'x' }],
    ['are not taken for those of OpenK', { component: 'x', kind: 'y' }, { label_component: 'x', label_kind: 'y' }],
    ['are not taken for those of a scrape', { job: 'x', instance: 'y' }, { label_job: 'x', label_instance: 'y' }],
    ['stay apart', { 'a.b': 'x', 'a/b': 'y', a_b: 'z' }, { a_b: 'x', label_a_b: 'y' }],
    ['are escaped', { text: 'a "b"\\\n' }, { text: 'a \\"b\\"\\\\\\n' }],
  ])('%s', (_name, labels, shown) => {
    const [sample] = scrapeOf(readerOf({ db: { labels } })).find('openk_component_info');
    expect(sample?.labels).toEqual({ component: 'db', kind: 'tls', ...shown });
  });

  it('are so many that a scrape can bear them', () => {
    const labels = Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`label${n}`, 'x']));
    const [sample] = scrapeOf(readerOf({ db: { labels } })).find('openk_component_info');
    expect(Object.keys(sample!.labels)).toHaveLength(2 + 32);
  });
});

describe('a certificate', () => {
  const definition = { labels: {}, subject: probe() };

  it('is known until another is seen, also from runs that saw none', () => {
    const { see, expiresMs } = createCertificates();
    see('web', definition, 1);
    see('web', definition, undefined);
    expect(expiresMs('web', definition)).toBe(1);
    see('web', definition, 2);
    expect(expiresMs('web', definition)).toBe(2);
  });

  it('is none of a probe that looks elsewhere', () => {
    const { see, expiresMs } = createCertificates();
    see('web', definition, 1);
    expect(expiresMs('web', { labels: {}, subject: probe('2') })).toBeUndefined();
    expect(expiresMs('web', { labels: {}, subject: group })).toBeUndefined();
    expect(expiresMs('db', definition)).toBeUndefined();
  });

  it('is forgotten with its component', () => {
    const { see, expiresMs, forgetOthers } = createCertificates();
    see('web', definition, 1);
    see('db', definition, 2);
    forgetOthers((id) => id === 'db');
    expect([expiresMs('web', definition), expiresMs('db', definition)]).toEqual([undefined, 2]);
  });
});
