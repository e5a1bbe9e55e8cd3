// `slo` of components, of groups and of the root; and which burn rates are refused since they cannot be measured.
import { describe, expect, it } from '@jest/globals';
import type { SloDefinition } from '../../src/core/slo/objective.ts';
import { faultsOf, parseValid } from './support.ts';

const DAY_MS = 86_400_000;

/** Without where they stand in the text. */
const parseFaults = (text: string) => faultsOf(text).map((fault) => fault.replace(/^openk\.yaml:\d+:\d+: /, ''));

const probe = (slo: string, rest = '') => `components: [ { id: a, tcp: { target: "a:1" }${rest}, slo: ${slo} } ]`;
const sloOf = (text: string, id = 'a'): SloDefinition | undefined =>
  parseValid(text).system.components.find((component) => component.id === id)?.slo;
/** With a route that asks for these speeds. */
const burning = (component: string, speeds: string, others = '') => `
components: [ { id: a, ${component} }${others} ]
alerts:
  channels: [ { id: hook, webhook: { url: "https://hooks.example.com/" } } ]
  routes: [ { id: budget, on_burn: [ ${speeds} ], to: [ hook ] } ]
`;

describe('slo', () => {
  it('has the defaults that config.proto says', () => {
    expect(sloOf(probe('{ objective: 99.9 }'))).toEqual({
      objective: 99.9,
      windowMs: 30 * DAY_MS,
      good: ['HEALTHY', 'DEGRADED'],
      excluded: ['MAINTENANCE'],
      isUnknownBad: false,
      lookMs: 30_000,
    });
    expect(sloOf('components: [ { id: a, tcp: { target: "a:1" } } ]')).toBeUndefined();
  });

  it.each([
    ['{ good: [HEALTHY] }', ['HEALTHY'], ['MAINTENANCE']],
    ['{ exclude: [DEGRADED] }', ['HEALTHY'], ['DEGRADED']],
    ['{ exclude: [] }', ['HEALTHY', 'DEGRADED'], []],
    ['{ good: [HEALTHY, MAINTENANCE] }', ['HEALTHY', 'MAINTENANCE'], []],
  ])('%s', (written, good, excluded) => {
    const slo = sloOf(probe(written.replace('{', '{ objective: 99,')));
    expect(slo).toMatchObject({ good, excluded });
  });

  it('takes days, and unknown time as bad', () => {
    const slo = sloOf(probe('{ objective: 99, window: 7d, unknown: BAD }'));
    expect(slo).toMatchObject({ windowMs: 7 * DAY_MS, isUnknownBad: true });
  });

  it('is of groups and of the root too, which are looked at as seldom as their slowest member that counts', () => {
    const text = `
root: { slo: { objective: 50 } }
components:
  - { id: slow, tcp: { target: "a:1" }, interval: 10s, unhealthy_interval: 50s }
  - { id: ignored, tcp: { target: "a:1" }, interval: 10m }
  - { id: job, heartbeat: { period: 5m } }
  - { id: inner, group: { members: [ { component: slow }, { component: ignored, impact: IGNORED } ] } }
  - { id: a, group: { members: [ { component: inner } ] }, slo: { objective: 95 } }
  - { id: nightly, heartbeat: { cron: "0 3 * * 1-5", grace: 1h }, slo: { objective: 60, window: 90d } }
`;
    expect(sloOf(text)?.lookMs).toBe(50_000);
    expect(sloOf(text, 'system')?.lookMs).toBe(3 * DAY_MS);
    expect(sloOf(text, 'nightly')?.lookMs).toBe(3 * DAY_MS);
  });

  it.each([
    ['{}', 'components[0].slo.objective: is required'],
    ['{ objective: 100 }', 'components[0].slo.objective: must be above 0 and below 100'],
    ['{ objective: 0 }', 'components[0].slo.objective: is required'],
    ['{ objective: -1 }', 'components[0].slo.objective: must be above 0 and below 100'],
    ['{ objective: 99.99999 }', 'components[0].slo.objective: must have at most four decimals'],
    ['{ objective: 99.9, window: 1d }', 'components[0].slo.window: must be from 168h to 2160h'],
    ['{ objective: 99.9, window: 91d }', 'components[0].slo.window: must be from 168h to 2160h'],
    [
      '{ objective: 99.9, good: [HEALTHY, UNHEALTHY] }',
      'components[0].slo.good[1]: must be one of HEALTHY, DEGRADED, MAINTENANCE',
    ],
    ['{ objective: 99.9, good: [DEGRADED] }', 'components[0].slo: good has to have HEALTHY'],
    ['{ objective: 99.9, exclude: [UNKNOWN] }', 'components[0].slo.exclude[0]: must be one of DEGRADED, MAINTENANCE'],
    [
      '{ objective: 99.9, good: [HEALTHY, DEGRADED], exclude: [DEGRADED] }',
      'components[0].slo: a status is either in good or in exclude',
    ],
    ['{ objective: 99.9, windw: 7d }', "components[0].slo.windw: unknown key 'windw', did you mean 'window'?"],
  ])('refuses %s', (slo, fault) => {
    expect(parseFaults(probe(slo))).toEqual([fault]);
  });

  it('refuses a window that is longer than history is kept', () => {
    expect(parseFaults(`storage: { retention: { days: 240h } }\n${probe('{ objective: 99 }')}`)).toEqual([
      'components[0].slo.window: is longer than the 240h that history is kept for: raise storage.retention.days, or choose a shorter one',
    ]);
  });
});

describe('what is looked at too seldom', () => {
  it.each([
    ['tcp: { target: "a:1" }, interval: 10s, slo: { objective: 99.9999 }', '2.592s in 720h', '10s'],
    ['heartbeat: { period: 24h }, slo: { objective: 99.9 }', '43m12s in 720h', '24h'],
    ['heartbeat: { cron: "0 3 * * *", grace: 1h }, slo: { objective: 99 }', '7h12m in 720h', '24h'],
  ])('has a budget that is less than one look: %s', (component, budget, look) => {
    expect(parseFaults(`components: [ { id: a, ${component} } ]`)).toEqual([
      `components[0].slo.objective: leaves a budget of ${budget}, and it is looked at every ${look}: one look would be more than all of it. Choose a lower objective, or look more often`,
    ]);
  });

  const tcp = (interval: string, objective = 99.9) =>
    `tcp: { target: "a:1" }, interval: ${interval}, slo: { objective: ${objective} }`;
  it('has an objective all the same, where no route asks how fast it burns', () => {
    expect(sloOf(`components: [ { id: a, ${tcp('30s')} } ]`)).toBeDefined();
  });

  it.each([
    [tcp('15s'), 'FAST, MEDIUM, SLOW'],
    [tcp('90s'), 'MEDIUM, SLOW'],
    [tcp('18m'), 'SLOW'],
    [tcp('15s', 93.1), 'FAST'],
    [tcp('15s', 50), 'SLOW'],
  ])('is enough for its routes: %s, %s', (component, speeds) => {
    expect(parseValid(burning(component, speeds)).alerts.table.burnsBy.has('a')).toBe(true);
  });

  it.each([
    [tcp('30s'), 'FAST', 'it is looked at every 30s, 10 times in 5m,', 'FAST: look every 15s,'],
    [tcp('30s'), 'SLOW, FAST', 'it is looked at every 30s, 10 times in 5m,', 'FAST: look every 15s,'],
    [tcp('16s'), 'FAST', 'it is looked at every 16s, 18 times in 5m,', 'FAST: look every 15s,'],
    [tcp('91s'), 'MEDIUM', 'it is looked at every 1m31s, 19 times in 30m,', 'MEDIUM: look every 1m30s,'],
    [tcp('19m'), 'SLOW', 'it is looked at every 19m, 18 times in 6h,', 'SLOW: look every 18m,'],
    [
      'heartbeat: { period: 24h }, slo: { objective: 90 }',
      'SLOW',
      'it is looked at every 24h, 0 times in 6h,',
      'SLOW: look every 18m,',
    ],
  ])('is refused: %s, %s', (component, speeds, has, asks) => {
    const [fault, ...others] = parseFaults(burning(component, speeds));
    expect(others).toEqual([]);
    expect(fault).toBe(
      `components[0].slo: ${has} and 20 are needed to measure how fast its budget burns, as route 'budget' asks for ${asks} or take it out of that route`,
    );
  });

  it('is refused in a group by its slowest member', () => {
    const members = 'group: { members: [ { component: b } ] }, slo: { objective: 99.9 }';
    const [fault] = parseFaults(burning(members, 'FAST', ', { id: b, tcp: { target: "b:1" }, interval: 1m }'));
    expect(fault).toMatch(/^components\[0\]\.slo: its member 'b' is looked at every 1m, 5 times in 5m,/);
  });

  it('is refused where it could never burn as fast', () => {
    expect(parseFaults(burning(tcp('10s', 90), 'FAST'))).toEqual([
      "components[0].slo.objective: can burn 10 times as fast as it bears at the most, and route 'budget' asks for FAST, which is 14.4 times: nobody would ever be told. Choose a higher objective, or take it out of that route",
    ]);
  });
});

describe('routes by burn rates', () => {
  const routed = (routes: string) => `
components:
  - { id: a, tcp: { target: "a:1" }, interval: 5s, slo: { objective: 99.9 }, labels: { team: shop } }
  - { id: b, tcp: { target: "b:1" } }
alerts:
  channels: [ { id: hook, webhook: { url: "https://hooks.example.com/" } } ]
  routes: ${routes}
`;
  const burns = (routes: string) => {
    const { table } = parseValid(routed(routes)).alerts;
    const taken = table.burnsBy.get('a');
    return { taken: taken && [taken.FAST, taken.MEDIUM, taken.SLOW], others: table.burnsBy.has('b'), idle: table.idle };
  };

  it('take the speeds that they name, of what has an objective', () => {
    const pages = '{ on_burn: [FAST, MEDIUM], to: [hook] }';
    const tickets = '{ on_burn: [SLOW], to: [hook] }';
    expect(burns(`[ ${pages}, ${tickets} ]`)).toEqual({ taken: [[0], [0], [1]], others: false, idle: [] });
  });

  it('come after one another, unless one says continue', () => {
    const one = '{ on_burn: [FAST], to: [hook] }';
    expect(burns(`[ ${one}, ${one} ]`)).toEqual({ taken: [[0], [], []], others: false, idle: [1] });
    const going = '{ on_burn: [FAST], to: [hook], continue: true }';
    expect(burns(`[ ${going}, ${one} ]`)).toEqual({ taken: [[0, 1], [], []], others: false, idle: [] });
  });

  it('leave statuses to the others, and those leave them the budgets', () => {
    const text = routed('[ { to: [hook] }, { on_burn: [FAST], to: [hook] } ]');
    const { table, routes } = parseValid(text).alerts;
    expect(table.takenBy.get('a')?.UNHEALTHY).toEqual([0]);
    expect(table.burnsBy.get('a')?.FAST).toEqual([1]);
    expect(routes[1]).toMatchObject({ on: [], onBurn: ['FAST'], forMs: 0 });
  });

  it('are of a severity: pages are CRITICAL, tickets WARNING', () => {
    const all = '{ on_burn: [FAST, MEDIUM, SLOW], to: [hook], match: { severities: [WARNING] } }';
    expect(burns(`[ ${all} ]`).taken).toEqual([[], [], [0]]);
  });

  it.each([
    ['on: [UNHEALTHY], on_burn: [FAST]', 'has either on or on_burn: make two routes of it'],
    ['for: 1m, on_burn: [FAST]', 'on_burn takes no for: the windows of a burn rate say how long'],
  ])('refuse %s', (keys, fault) => {
    expect(parseFaults(routed(`[ { ${keys}, to: [hook] } ]`))).toEqual([`alerts.routes[0]: ${fault}`]);
  });
});
