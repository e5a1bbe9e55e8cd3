// `status_pages` in the file: what is on which page by which name, and what is wrong with it.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { formatFault } from '../../src/config/fault.ts';
import { faultsOf, parseValid } from './support.ts';

const COMPONENTS = `
components:
  - { id: checkout, display_name: Checkout, labels: { team: shop }, heartbeat: { period: 1h } }
  - { id: payments-api, labels: { team: shop }, heartbeat: { period: 1h } }
  - { id: search, display_name: A search, labels: { team: shop, tier: test }, heartbeat: { period: 1h } }
`;
const page = (components: string, more = '') => `${COMPONENTS}
status_pages: [ { id: public, title: Acme, groups: [ { title: Shop, components: ${components} } ]${more} } ]
`;
const names = (components: string, more?: string) =>
  parseValid(page(components, more)).statusPages[0]!.groups.map(({ entries }) => entries.map(({ name }) => name));

it('is private, with 90 days and without latencies, where it does not say otherwise', () => {
  expect(parseValid(page('[ checkout ]')).statusPages).toEqual([
    {
      id: 'public',
      title: 'Acme',
      description: '',
      access: 'PRIVATE',
      groups: [{ title: 'Shop', entries: [{ component: 'checkout', name: 'Checkout' }] }],
      uptimeDays: 90,
      showsLatency: false,
      url: '',
      embedOrigins: [],
    },
  ]);
});

it.each([
  ['[ checkout, system ]', ', names: { system: Everything }', [['Checkout', 'Everything']]],
  ['[ checkout ]', ', names: { checkout: The shop }', [['The shop']]],
  ['[ "team=shop" ]', ', names: { payments-api: Payments }', [['A search', 'Checkout', 'Payments']]],
  ['[ "team=shop,tier!=test" ]', ', names: { payments-api: Payments }', [['Checkout', 'Payments']]],
  ['[ "id=*ch*" ]', '', [['A search', 'Checkout']]],
  // What is written by its id is where it is written, and a selector takes the rest.
  ['[ "team=shop,tier!=test" ] }, { title: B, components: [ payments-api ]', '', [['Checkout'], ['payments-api']]],
])('%s%s has %j', (components, more, expected) => {
  expect(names(components, more)).toEqual(expected);
});

it('shows a component by its id where that is written and nothing else is known, and warns of it', () => {
  expect(names('[ payments-api ]')).toEqual([['payments-api']]);
  expect(parseValid(page('[ payments-api, "tier=none" ]')).warnings.map(formatFault)).toEqual([
    'openk.yaml:7:83: status_pages[0].groups[0].components[0]: warning: is shown by its id: give it a display_name, or a name in names',
    'openk.yaml:7:97: status_pages[0].groups[0].components[1]: warning: takes no component that is not on the page already',
  ]);
});

it.each([
  [page('[ chekout ]'), "status_pages[0].groups[0].components[0]: there is no component 'chekout'"],
  [page('[ checkout, checkout ]'), 'status_pages[0].groups[0].components[1]: is on the page already'],
  [
    page('[ "team=shop" ]'),
    "status_pages[0].groups[0].components[0]: takes 'payments-api', which has no display_name: give it one, or a name in names",
  ],
  [page('[ "=shop" ]'), /components\[0\]: is no selector: write team=payments/],
  [page('[ checkout ]', ', names: { nobody: A }'), 'status_pages[0].names.nobody: there is no component of this id'],
  [page('[ checkout ]', ', access: OPEN'), /status_pages\[0\]\.access: must be one of PUBLIC, UNLISTED, PRIVATE/],
  [page('[ checkout ]', ', url: "javascript:x"'), /status_pages\[0\]\.url: must be a web address/],
  [
    page('[ checkout ]', ', embed_origins: [ "https://a.example/;script-src *" ]'),
    /embed_origins\[0\]: must be an origin/,
  ],
  [page('[ checkout ]', ', show: { uptime_days: 400 }'), /show\.uptime_days/],
  [page('[]'), /groups\[0\]\.components: must have at least 1/],
  [
    `${COMPONENTS}\nstatus_pages: [ { id: a, title: A }, { id: a, title: B } ]`,
    'status_pages[1].id: is the id of another page too',
  ],
])('%s', (text, fault) => {
  const faults = faultsOf(text).map((line) => line.replace(/^openk\.yaml:\d+:\d+: /, ''));
  expect(faults).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
});

it('is valid as docs/status-pages.md has it', () => {
  const text = readFileSync(`${import.meta.dirname}/../../docs/status-pages.md`, 'utf8');
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  expect(parseValid(example).statusPages[0]!.groups.map(({ entries }) => entries)).toEqual([
    [{ component: 'checkout', name: 'The shop' }],
    [{ component: 'payments-api', name: 'Payments' }],
  ]);
});
