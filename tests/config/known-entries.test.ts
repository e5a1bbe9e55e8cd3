// A reload takes over the components that are written as they were. What it comes to must be what the file says by itself.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ConfigResult, type LoadedConfig, readConfig } from '../../src/config/read-config.ts';
import { atOnce, inSlices } from '../../src/core/steps.ts';
import { probeHost } from '../../src/probes/registry.ts';
import { checks, parse } from './support.ts';

/** So many that a list is read in pieces. */
const MANY = 260;
const ENV = { NAME: 'shop' };

/** Ways to write a component. */
const WAYS: readonly ((id: string) => string)[] = [
  (id) => `{ id: ${id}, tcp: { target: "a:1" } }`,
  (id) => `{ id: ${id}, tcp: { target: "a:2", expect: "^PING" }, interval: 7s, labels: { team: a } }`,
  (id) => `id: ${id}\n    http:\n      url: https://example.com/a # größer als 1 €\n    depends_on: [ first ]\n`,
  (id) => `id: ${id}\n    heartbeat: { cron: "0 3 * * *", grace: 1h }\n    display_name: "\${NAME}"`,
  (id) => `{ id: ${id}, group: { members: [ { component: first } ], rule: { quorum: { healthy: 1 } } } }`,
  (id) => `{ id: ${id}, http: { url: "https://example.com" }, vantage: { from: [ eu, us ] } }`,
  (id) => `{ id: ${id}, tcp: { target: "a:3" }, slo: { objective: 99, exclude: [] } }`,
  (id) => `id: ${id}\n    tcp:\n      target: "a:4"\n      send: "PING\\x80\\n"\n    # the end\n\n`,
  (id) => `{ id: ${id}, heartbeat: { period: 1m }, maintenance: { active: true, reason: work } }`,
  // With faults.
  (id) => `{ id: ${id}, tcp: { target: "nowhere" } }`,
  (id) => `{ id: ${id}, tpc: { target: "a:1" } }`,
  (id) => `id: ${id}\n    display_name: "does not end\n`,
];
const FAULTLESS = 9;

interface Entry {
  readonly id: string;
  readonly way: number;
}

const entryOf = ({ id, way }: Entry) => `  - ${WAYS[way]!(id)}\n`;
const textOf = (entries: readonly Entry[], head: string) =>
  `${head}components:\n  - { id: first, tcp: { target: "b:1" } }\n${entries.map(entryOf).join('')}root: { id: all }\n`;
const HEAD = 'defaults: { interval: 60s }\n';
const ALERTS =
  'alerts: { channels: [ { id: hook, webhook: { url: "https://example.com/hook" } } ], routes: [ { id: route,';

const OPTIONS = { ...checks, probeHost, env: ENV };
const read = (text: string, earlier?: LoadedConfig) => atOnce(readConfig(text, 'openk.yaml', OPTIONS, earlier));

/** All that there is to see. */
function seen(result: ConfigResult) {
  if (!result.ok) return result.faults;
  const { describe: describeOne, compileDiscovered: _, ...config } = result.config;
  return { ...config, described: config.system.components.map(({ id }) => describeOne(id)) };
}

function valid(result: ConfigResult): LoadedConfig {
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

const many = (way: (at: number) => number): Entry[] =>
  Array.from({ length: MANY }, (_, at) => ({ id: `c${at}`, way: way(at) }));

it('comes to the same as a reading of everything', () => {
  const at = fc.nat({ max: MANY - 1 });
  const way = fc.nat({ max: FAULTLESS - 1 });
  const edit = fc.oneof(
    { weight: 6, arbitrary: fc.record({ at, way, what: fc.constantFrom('other', 'other', 'new', 'gone', 'twice') }) },
    { weight: 1, arbitrary: fc.record({ at, way: fc.nat({ max: WAYS.length - 1 }), what: fc.constant('other') }) },
    { weight: 2, arbitrary: fc.record({ at, to: at }) },
  );
  const heads = fc.constantFrom(
    HEAD,
    HEAD,
    `${HEAD}# other words\n`,
    `${HEAD}# größer\n`,
    'defaults: { interval: 20s, timeout: 2s }\n',
    '',
  );
  const reload = fc.record({ head: heads, edits: fc.array(edit, { maxLength: 6 }) });
  const ways = fc.array(fc.nat({ max: FAULTLESS - 1 }), { minLength: MANY, maxLength: MANY, size: 'max' });
  fc.assert(
    fc.property(ways, fc.array(reload, { minLength: 1, maxLength: 3 }), (first, reloads) => {
      let entries = many((n) => first[n]!);
      let running = valid(read(textOf(entries, HEAD)));
      expect(running.entries).toBeDefined();
      for (const { head, edits } of reloads) {
        const next = [...entries];
        for (const one of edits) {
          // Some may be gone.
          const place = one.at % next.length;
          if ('to' in one) next.splice(one.to, 0, ...next.splice(place, 1));
          else if (one.what === 'gone') next.splice(place, 1);
          else if (one.what === 'twice') next.push(next[place]!);
          else if (one.what === 'new') next.splice(place, 0, { id: `n${next.length}`, way: one.way });
          else next[place] = { id: next[place]!.id, way: one.way };
        }
        const text = textOf(next, head);
        const result = read(text, running);
        expect(seen(result)).toEqual(seen(read(text)));
        if (!result.ok) continue;
        running = result.config;
        entries = next;
      }
    }),
    { numRuns: 8 },
  );
});

describe('a reload', () => {
  const entries = many(() => 0);
  const first = valid(read(textOf(entries, HEAD)));
  const sharedWith = (text: string) => {
    const { system } = valid(read(text, first));
    return system.components.filter((definition) => first.system.components.includes(definition)).length;
  };

  it('makes what is written in another way, and nothing else', () => {
    const changed = entries.map((entry, at) => (at % 100 === 0 ? { ...entry, way: 1 } : entry));
    // The first one and the root are the same, too.
    expect(sharedWith(textOf(changed, HEAD))).toBe(2 + MANY - 3);
    expect(sharedWith(textOf(entries.slice(1), HEAD))).toBe(MANY);
    // Where a character is more than a byte.
    expect(sharedWith(textOf(changed, `${HEAD}# größer als 1 €\n`))).toBe(2 + MANY - 3);
  });

  it('keeps the root also behind what is seen from places', () => {
    const [before, after] = [0, 1].map((way) =>
      textOf(
        entries.map((entry, at) => ({ ...entry, way: at === 3 ? 5 : at === 100 ? way : 0 })),
        HEAD,
      ),
    );
    const running = valid(read(before!));
    const others = valid(read(after!, running)).system.components.filter(
      (definition) => !running.system.components.includes(definition),
    );
    expect(others.map(({ id }) => id)).toEqual(['c3', 'c3.eu', 'c3.us', 'c100']);
  });

  it('makes everything but the root where defaults are others', () => {
    expect(sharedWith(textOf(entries, 'defaults: { interval: 20s }\n'))).toBe(1);
  });

  it.each([
    ['what becomes a group', '{ id: c7, group: { members: [ { component: c8 }, { component: c9 } ] } }'],
    ['what becomes a group that cannot be', '{ id: c7, group: { members: [ { component: gone } ] } }'],
    ['what depends on something', '{ id: c7, tcp: { target: "a:1" }, depends_on: [ c8 ] }'],
    ['what depends on nothing that there is', '{ id: c7, tcp: { target: "a:1" }, depends_on: [ gone ] }'],
    ['what is seen from places', '{ id: c7, tcp: { target: "a:1" }, vantage: { from: [ eu, us ] } }'],
    ['another id', '{ id: other, tcp: { target: "a:1" } }'],
    ['the id of another one', '{ id: c8, tcp: { target: "a:1" } }'],
    ['the id of the root', '{ id: all, tcp: { target: "a:1" } }'],
  ])('looks again at the references of %s, and of what it was', (_what, component) => {
    const text = textOf(entries, HEAD);
    const other = text.replace(entryOf(entries[7]!), `  - ${component}\n`);
    const result = read(other, first);
    expect(seen(result)).toEqual(seen(read(other)));
    if (result.ok) expect(seen(read(text, result.config))).toEqual(seen(read(text)));
  });

  it.each([
    ['another rule', 'root: { id: all, rule: { best: {} } }'],
    ['another id', 'root: { id: everything }'],
    ['the id of a component', 'root: { id: c7 }'],
    ['an objective', 'root: { id: all, slo: { objective: 99 } }'],
    [
      'a source beside it',
      'root: { id: all }\ndiscovery: [ { id: dns, dns: { name: a.example }, template: { tcp: { target: "a:1" } } } ]',
    ],
  ])('makes the root again by %s', (_what, root) => {
    const text = textOf(entries, HEAD).replace('root: { id: all }', root);
    expect(seen(read(text, first))).toEqual(seen(read(text)));
  });

  it.each([
    ['a witness', '', 'observer: { witnesses: [ c7 ] }'],
    ['a witness that there is not', '', 'observer: { witnesses: [ c7, gone ] }'],
    ['a page', '', 'status_pages: [ { id: p, title: P, groups: [ { title: all, components: [ team=a, c7 ] } ] } ]'],
    ['a route to no group', '', `${ALERTS} match: { groups: [ c7 ] }, to: [ hook ] } ] }`],
    ['a route', '', `${ALERTS} to: [ hook ] } ] }`],
    ['the hosts that all are on', 'interval: 1s, timeout: 2s', 'limits: { probes_in_flight_per_host: 1 }'],
    [
      'an objective of groups that have the same members',
      '',
      '  - { id: g, group: { members: [ { component: c7 }, { component: c8 } ] } }\n' +
        '  - { id: h, group: { members: [ { component: c7 }, { component: g } ] }, slo: { objective: 99 } }',
    ],
  ])('looks at all that is known for %s', (_what, defaults, rest) => {
    const labelled = entries.map((entry, at) => (at % 2 === 0 ? { ...entry, way: 1 } : entry));
    const before = textOf(labelled, `defaults: { ${defaults || 'interval: 60s'} }\n`).replace(
      'root: { id: all }\n',
      '',
    );
    const [running, text] = [valid(read(before)), `${before}${rest}\n`];
    expect(seen(read(text, running))).toEqual(seen(read(text)));
    expect(seen(read(text))).not.toEqual(seen(read(before)));
  });

  it.each([
    ['itself', 'tls: { target: "a:1", ca_file: FILE }'],
    ['in what it says of TLS', 'http: { url: "https://example.com", tls: { ca_file: FILE } }'],
  ])('looks again at a file that a component names %s', (_where, kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'openk-'));
    try {
      const file = join(folder, 'ca.pem');
      writeFileSync(file, rootCertificates[0]!);
      const text = textOf(entries, HEAD).replace(
        entryOf(entries[7]!),
        `  - { id: c7, ${kind.replace('FILE', JSON.stringify(file))} }\n`,
      );
      const running = valid(read(text));
      expect(seen(read(text, running))).toEqual(seen(read(text)));
      rmSync(file);
      const faults = seen(read(text, running));
      expect(faults).toEqual([
        expect.objectContaining({ path: expect.stringMatching(/^components\[8\]\..*ca_file$/) }),
      ]);
      expect(faults).toEqual(seen(read(text)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('reads everything where it is not known any more how it was written', async () => {
    const bytes = { unpack: async () => undefined };
    const before = { ...first, entries: { ...first.entries!, bytes } };
    const steps = readConfig(textOf(entries, HEAD), 'openk.yaml', OPTIONS, before);
    const again = valid(await inSlices(steps, { nowMs: () => 0, pause: async () => {} }));
    expect(again.system).toEqual(first.system);
    // The root is that of what refers to one another in the same way.
    expect(again.system.components.filter((one) => first.system.components.includes(one))).toHaveLength(1);
  });

  it('looks again at the files that a component names', () => {
    const tls = { ...entries[7]!, way: 0 };
    const text = textOf(entries, HEAD).replace(
      entryOf(tls),
      `  - { id: c7, tls: { target: "a:1", ca_file: gone.pem } }\n`,
    );
    const withFile = parse(text, ENV, 'openk.yaml', () => []);
    const again = read(text, valid(withFile));
    expect(seen(again)).toEqual(seen(read(text)));
    expect(again.ok).toBe(false);
  });
});
