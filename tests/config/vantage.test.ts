import { describe, expect, it } from '@jest/globals';
import { faultsOf, parseValid } from './support.ts';

const COMPONENT = `
  - id: api
    display_name: API
    tcp: { target: "api:443" }
    interval: 20s
    timeout: 2s
    depends_on: [ db ]`;
const REST = `
  - id: db
    tcp: { target: "db:5432" }
  - id: shop
    group: { members: [ { component: api } ] }`;
const faultsText = (text: string) => faultsOf(text).join('\n');
const file = (vantage: string) => `components:${COMPONENT}\n    vantage: ${vantage}${REST}\n`;

describe('vantage', () => {
  it('makes a group of the component, and a probe for each place', () => {
    const { system, alerts } = parseValid(`${file('{ from: [ eu, us, ap ] }')}
alerts: { channels: [ { id: c, webhook: { url: "https://example.com" } } ], routes: [ { to: [ c ] } ] }`);
    const byId = new Map(system.components.map((one) => [one.id, one]));
    expect([...byId.keys()]).toEqual(['system', 'api', 'api.eu', 'api.us', 'api.ap', 'db', 'shop']);
    expect(byId.get('api')).toMatchObject({
      dependsOn: ['db'],
      subject: {
        type: 'group',
        isOfPlaces: true,
        rule: { kind: 'quorum', healthy: { count: 2 }, degraded: { count: 2 } },
        members: [{ component: 'api.eu' }, { component: 'api.us' }, { component: 'api.ap' }],
      },
    });
    expect(byId.get('api.us')).toMatchObject({
      place: 'us',
      displayName: 'API (us)',
      dependsOn: [],
      subject: { type: 'probe', kind: 'tcp', schedule: { intervalMs: 20_000, staleAfterMs: 24_000 } },
    });
    const fingerprints = ['api.eu', 'api.us'].map(
      (id) => (byId.get(id)!.subject as { fingerprint: string }).fingerprint,
    );
    expect(new Set(fingerprints).size).toBe(2);
    // Alerts are about the whole; and the root has it once.
    expect([...alerts.table.takenBy.keys()]).toEqual(['system', 'api', 'db', 'shop']);
    expect(byId.get('system')!.subject).toMatchObject({ members: [{ component: 'db' }, { component: 'shop' }] });
  });

  it.each([
    [1, 1, 1],
    [2, 2, 1],
    [3, 2, 2],
    [4, 3, 2],
    [5, 3, 3],
  ])('goes by most of %d places, where no rule is said', (count, healthy, degraded) => {
    const places = Array.from({ length: count }, (_, at) => `p${at}`);
    const { system } = parseValid(file(`{ from: [ ${places} ] }`));
    const api = system.components.find(({ id }) => id === 'api');
    expect(api?.subject).toMatchObject({ rule: { healthy: { count: healthy }, degraded: { count: degraded } } });
  });

  it('takes a rule as groups do', () => {
    const { system } = parseValid(file('{ from: [ eu, us ], rule: { quorum: { healthy: 2 } } }'));
    const api = system.components.find(({ id }) => id === 'api');
    expect(api?.subject).toMatchObject({ rule: { kind: 'quorum', healthy: { count: 2 }, degraded: { count: 1 } } });
  });

  it.each([
    ['{ from: [] }', 'components[0].vantage.from: must have at least 1 entry'],
    ['{ from: [ eu, eu ] }', 'has the same entry twice'],
    ['{ from: [ e.u ] }', "must be a letter or digit, then up to 31 of letters, digits, '_', '-'"],
    [
      '{ from: [ eu ], rule: { quorum: { healthy: 2 } } }',
      'components[0].vantage.rule.quorum.healthy: asks for 2 members',
    ],
  ])('is refused as %s', (vantage, said) => {
    expect(faultsText(file(vantage))).toContain(said);
  });

  it('is refused where an id is taken, for what is not asked, and of a witness', () => {
    const taken = `${file('{ from: [ eu ] }')}  - { id: api.eu, tcp: { target: "a:1" } }\n`;
    expect(faultsText(taken)).toContain("'api.eu' is defined already");
    const group = `components:\n  - { id: a, tcp: { target: "a:1" } }\n  - { id: g, group: { members: [ { component: a } ] }, vantage: { from: [ eu ] } }\n`;
    expect(faultsText(group)).toContain('vantage belongs to probes');
    expect(faultsText(`${file('{ from: [ eu ] }')}observer: { witnesses: [ api ] }\n`)).toContain('from other places');
  });
});
