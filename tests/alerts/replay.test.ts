// What a configuration would have sent, over pasts that are written by hand.
import { describe, expect, it } from '@jest/globals';
import { createAlerter } from '../../src/alerts/decide/alerter.ts';
import { type Past, replay } from '../../src/alerts/replay.ts';
import { findRoleFault } from '../../src/auth/roles.ts';
import { createRuleCheck } from '../../src/config/compile/validate.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { compileGraph } from '../../src/core/graph.ts';
import type { Status } from '../../src/core/status.ts';
import { atOnce } from '../../src/core/steps.ts';
import { checkProbe } from '../../src/probes/registry.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 22);
const END_MS = START_MS + 7 * 24 * 60 * MINUTE_MS;
const checkRules = createRuleCheck();

const COMPONENTS = `
components:
  - { id: db, heartbeat: { period: 1h } }
  - { id: api, depends_on: [ db ], heartbeat: { period: 1h } }
  - { id: web, depends_on: [ api ], heartbeat: { period: 1h } }
  - { id: shop, group: { members: [ { component: api }, { component: web } ] } }
`;
const ALERTS = (route: string) => `
alerts:
  channels: [ { id: hook, webhook: { url: "https://hooks.test/" } }, { id: chat, webhook: { url: "https://chat.test/" } } ]
  routes: [ { id: all, to: [ hook ], ${route} } ]
`;

type Change = readonly [minute: number, component: string, from: Status, to: Status];

function run(route: string, changes: readonly Change[], more: Partial<Past> = {}) {
  const text = `${COMPONENTS}${ALERTS(route)}`;
  const read = atOnce(readConfig(text, 'test.yaml', { env: {}, checkProbe, checkRole: findRoleFault, checkRules }));
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const compiled = compileGraph(read.config.system);
  if (!compiled.ok) throw new Error('no graph');
  const alerter = createAlerter({ saved: { alerts: [], lastDeliveryNumber: 0, suspensions: [] }, incarnation: 0 });
  const transitions = changes.map(([minute, component, from, to]) => {
    return { component, atMs: START_MS + minute * MINUTE_MS, from, to, reason: { code: 'TEST', message: `${to}` } };
  });
  const past = { fromMs: START_MS, toMs: END_MS, transitions, statuses: new Map(), ...more };
  const replayed = replay(alerter, compiled.graph, read.config.alerts, past);
  return {
    ...replayed,
    lines: replayed.messages.map(({ atMs, type, channel, component }) => {
      return `${(atMs - START_MS) / MINUTE_MS} ${type} ${channel} ${component}`;
    }),
  };
}

const falls = (minute: number, ...ids: string[]): Change[] => ids.map((id) => [minute, id, 'HEALTHY', 'UNHEALTHY']);
const rises = (minute: number, ...ids: string[]): Change[] => ids.map((id) => [minute, id, 'UNHEALTHY', 'HEALTHY']);

describe('replay', () => {
  it('sends a cause and its end, once, whatever fell with it', () => {
    const all = ['db', 'api', 'web', 'shop'];
    const { lines, transitions } = run('for: 1m', [...falls(10, ...all), ...rises(20, ...all)]);
    expect(lines).toEqual(['11 alert.opened hook db', '20 alert.resolved hook db']);
    expect(transitions).toBe(8);
  });

  it('knows causes that came without a change of status', () => {
    const { lines } = run('for: 5m', [...falls(10, 'api'), ...falls(12, 'db'), ...rises(30, 'api', 'db')]);
    expect(lines).toEqual(['17 alert.opened hook db', '30 alert.resolved hook db']);
  });

  it('sends nothing of what was over in time, nor of what the configuration does not have', () => {
    const { lines, transitions } = run('for: 5m', [...falls(10, 'db', 'other'), ...rises(12, 'db')]);
    expect([lines, transitions]).toEqual([[], 2]);
  });

  it('reminds and escalates at their times, though nothing changes', () => {
    const route = 'remind_every: 1h, escalate: [ { after: 15m, to: [ chat ] } ]';
    const { lines } = run(route, [...falls(10, 'db'), ...rises(140, 'db')]);
    expect(lines).toEqual([
      '10 alert.opened hook db',
      '25 alert.opened chat db',
      '70 alert.reminded hook db',
      '70 alert.reminded chat db',
      '130 alert.reminded hook db',
      '130 alert.reminded chat db',
      '140 alert.resolved hook db',
      '140 alert.resolved chat db',
    ]);
  });

  it('does not send again what was bad before, but its end', () => {
    expect(run('for: 1m', rises(30, 'db')).lines).toEqual(['30 alert.resolved hook db']);
    expect(run('for: 1m', [], { statuses: new Map([['db', 'UNHEALTHY']]) }).lines).toEqual([]);
  });

  it('goes on to the end of what is known', () => {
    const { lines } = run('for: 30m', falls(10, 'db'), { toMs: START_MS + 39 * MINUTE_MS });
    expect(lines).toEqual([]);
    expect(run('for: 30m', falls(10, 'db')).lines).toEqual(['40 alert.opened hook db']);
  });
});
