// A reload keeps what is equal as the same objects: whatever is not equal in any field must not be among them.
import { describe, expect, it } from '@jest/globals';
import { keepSameDefinitions } from '../../src/config/apply/same-definitions.ts';
import { parseValid } from './support.ts';

const text = (component: string) => `
components:
  - { id: other, tcp: { target: "a:1" }, labels: { team: b } }
  - { id: job, heartbeat: { cron: "0 3 * * *", grace: 1h } }
  - ${component}
`;
const BASE = '{ id: one, tcp: { target: "a:2" }, labels: { team: a }, slo: { objective: 99 } }';

async function kept(before: string, after: string): Promise<readonly string[]> {
  const [{ system: known }, next] = [parseValid(text(before)), parseValid(text(after))];
  await keepSameDefinitions(known, next);
  expect(next.system).toEqual(parseValid(text(after)).system);
  return next.system.components.filter((definition) => known.components.includes(definition)).map(({ id }) => id);
}

describe('definitions of a reload', () => {
  it('are those of before where nothing has changed', async () => {
    expect(await kept(BASE, BASE)).toEqual(['system', 'other', 'job', 'one']);
  });

  it.each([
    ['another target', BASE.replace('a:2', 'a:3')],
    ['another option', BASE.replace('"a:2"', '"a:2", expect: x')],
    ['another kind', BASE.replace('tcp', 'tls')],
    ['another label', BASE.replace('team: a', 'team: b')],
    ['another pace', BASE.replace('labels', 'interval: 7s, labels')],
    ['another dependency', BASE.replace('labels', 'depends_on: [ other ], labels')],
    ['another objective', BASE.replace('99', '98')],
    ['a name', BASE.replace('labels', 'display_name: One, labels')],
    ['a heartbeat in its place', '{ id: one, heartbeat: { period: 1m } }'],
  ])('are new with %s', async (_, after) => {
    expect(await kept(BASE, after)).toEqual(['system', 'other', 'job']);
  });

  it.each([
    ['nothing', BASE, BASE, []],
    ['the last', BASE, '{ id: two, tcp: { target: "a:2" } }', ['one']],
    [
      'one in front of another that comes',
      `${BASE}\n  - { id: two, tcp: { target: "a:3" } }`,
      '{ id: three, tcp: { target: "a:4" } }\n  - { id: two, tcp: { target: "a:3" } }',
      ['one'],
    ],
    [
      'two that others take the places of',
      `${BASE}\n  - { id: two, tcp: { target: "a:3" } }`,
      '{ id: three, tcp: { target: "a:4" } }\n  - { id: four, tcp: { target: "a:3" } }',
      ['one', 'two'],
    ],
    [
      'none that moves',
      `${BASE}\n  - { id: two, tcp: { target: "a:3" } }`,
      `{ id: two, tcp: { target: "a:3" } }\n  - ${BASE}`,
      [],
    ],
  ])('say what is no more: %s', async (_, before, after, removed) => {
    expect(await keepSameDefinitions(parseValid(text(before)).system, parseValid(text(after)))).toEqual(removed);
  });

  it('are new where a group has other members, and the root with them', async () => {
    const group = '{ id: one, group: { members: [ { component: job } ] } }';
    expect(await kept(group, group)).toEqual(['system', 'other', 'job', 'one']);
    expect(await kept(group, group.replace('component: job', 'component: other'))).toEqual(['other', 'job']);
  });

  it('give their options to what describes the next ones, which says what it says', async () => {
    const [known, next] = [parseValid(text(BASE)), parseValid(text(BASE.replace('a:2', 'a:3')))];
    const described = ['other', 'job', 'one'].map(next.describe);
    await keepSameDefinitions(known.system, next);
    const optionsOf = ({ components }: typeof next) => components.map((written) => written?.kind.value);
    expect(optionsOf(next).map((options, at) => options === optionsOf(known)[at])).toEqual([true, false, false]);
    expect(['other', 'job', 'one'].map(next.describe)).toEqual(described);
  });

  it('give nobody the options of what a place sees', async () => {
    const placed =
      '{ id: one, tcp: { target: "a:2" }, vantage: { from: [ eu, us ] } }\n  - { id: last, tcp: { target: "a:3" }, labels: { team: a } }';
    const [known, next] = [parseValid(text(placed)), parseValid(text(placed))];
    const described = ['one', 'last'].map(next.describe);
    await keepSameDefinitions(known.system, next);
    expect(['one', 'last'].map(next.describe)).toEqual(described);
    expect(next.components.at(-1)?.kind.value).toBeDefined();
    expect(next.components.at(-1)?.kind.value).toBe(known.components.at(-1)?.kind.value);
  });

  it('describe what says no more than they do, and nothing is kept of it beside them', async () => {
    const plain = '{ id: one, tcp: { target: "a:2" } }';
    const [known, next] = [parseValid(text(plain)), parseValid(text(plain))];
    expect(next.components.map((written) => written?.id)).toEqual(['other', 'job', undefined]);
    await keepSameDefinitions(known.system, next);
    expect(next.describe('one')).toEqual(known.describe('one'));
    expect(next.describe('one')?.definition).toMatchObject({
      id: 'one',
      kind: { case: 'tcp', value: { target: 'a:2' } },
    });
    expect(next.describe('system')?.definition.kind.value).toMatchObject({
      members: [{ component: 'other' }, { component: 'job' }, { component: 'one' }],
    });
  });
});
