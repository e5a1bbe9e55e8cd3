// Where the arithmetic cannot hold if what is watched hangs, `openk config check` says so (ADR 27).
import { describe, expect, it } from '@jest/globals';
import { createRuleCheck } from '../../src/config/compile/validate.ts';
import { formatFault } from '../../src/config/fault.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { atOnce } from '../../src/core/steps.ts';
import { checkProbe, probeHost } from '../../src/probes/registry.ts';

const checkRules = createRuleCheck();

function warningsOf(text: string): string[] {
  const result = atOnce(
    readConfig(text, 'a.yaml', { env: {}, checkProbe, checkRole: () => undefined, checkRules, probeHost }),
  );
  if (!result.ok) throw new Error(result.faults.map(formatFault).join('\n'));
  return result.config.warnings.map(formatFault);
}

const http = (count: number, host: (n: number) => string, rest = '') =>
  Array.from({ length: count }, (_, n) => `  - { id: c${n}, http: { url: "http://${host(n)}/" }${rest} }\n`).join('');
const fast = ', interval: 1s, timeout: 2s';

describe('warnings of a configuration', () => {
  it.each([
    ['nothing', 'components: []\n'],
    ['a handful', `components:\n${http(5, () => 'h')}`],
    ['300 that are looked at each second', `components:\n${http(300, () => 'h', fast)}`],
    ['3,000 at the default pace', `components:\n${http(3_000, () => 'h')}`],
    [
      'heartbeats and groups',
      'components:\n  - { id: a, heartbeat: { period: 1s } }\n  - { id: g, group: { members: [ { component: a } ] } }\n',
    ],
  ])('has none for %s', (_name, text) => {
    expect(warningsOf(text)).toEqual([]);
  });

  it.each([
    [
      '1,000 on one host, each second',
      `components:\n${http(1_000, () => 'h', fast)}`,
      [
        "a.yaml:2:5: components[0]: warning: if the 1000 components on the host of 'c0' hang, one round of looks takes 8s, and 'c0' becomes UNKNOWN after 5s without one: raise limits.probes_in_flight_per_host or limits.probes_in_flight, or their stale_after",
      ],
    ],
    [
      '20 on one host with one place',
      `limits: { probes_in_flight_per_host: 1 }\ncomponents:\n${http(20, () => 'h', fast)}`,
      [expect.stringMatching(/^a\.yaml:3:5: components\[0\]: warning: if the 20 components on the host of 'c0' hang/)],
    ],
    [
      'what stands behind other components',
      `limits: { probes_in_flight_per_host: 1 }\ncomponents:\n  - { id: a, heartbeat: { period: 1s } }\n  - { id: b, tcp: { target: "h:1" }, vantage: { from: [ eu, us ] } }\n${http(20, () => 'h', fast)}`,
      [expect.stringMatching(/^a\.yaml:5:5: components\[2\]: warning: if the 20 components on the host of 'c0' hang/)],
    ],
    [
      'very many hosts',
      `components:\n${http(6_000, (n) => `h${n}`)}`,
      [expect.stringMatching(/^a\.yaml:.*limits\.probes_in_flight: warning: if all 6000 components hang/)],
    ],
    [
      'timeouts below what is slow',
      `limits: { probes_in_flight_per_host: 1 }\ncomponents:\n${http(20, () => 'h', ', interval: 200ms, timeout: 100ms')}`,
      [expect.stringMatching(/if the 20 components on the host of 'c0' hang/)],
    ],
  ])('has one for %s', (_name, text, expected) => {
    expect(warningsOf(text)).toEqual(expected);
  });
});
