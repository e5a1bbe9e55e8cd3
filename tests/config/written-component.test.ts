import { readFileSync } from 'node:fs';
import { create, equals, type MessageInitShape } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { ComponentSchema, ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { fromWritten, isPlainProbe, toWritten } from '../../src/config/compile/written-component.ts';
import { parseYaml } from '../../src/config/source/yaml-document.ts';
import { readMessage } from '../../src/config/source/yaml-to-message.ts';
import { atOnce } from '../../src/core/steps.ts';

const EVERY_KEY = readFileSync(new URL('../fixtures/config/valid-every-key.yaml', import.meta.url), 'utf8');

function componentsOf(text: string) {
  const parsed = atOnce(parseYaml(text));
  if (!parsed.ok) throw new Error(parsed.message);
  return atOnce(readMessage(ConfigSchema, parsed.document, new Proxy({}, { get: () => 'x' }))).message.components;
}

it('says all that a component says', () => {
  const components = componentsOf(EVERY_KEY);
  expect(components.length).toBeGreaterThan(5);
  for (const component of components) {
    expect(equals(ComponentSchema, fromWritten(toWritten(component)), component)).toBe(true);
  }
});

it('says that something is there, whatever it is', () => {
  const component = create(ComponentSchema, {
    id: 'a',
    servingWhenDegraded: false,
    healthyThreshold: 0,
    slo: {},
    maintenance: {},
  });
  expect(Object.keys(toWritten(component)).sort()).toEqual([
    'healthyThreshold',
    'id',
    'kind',
    'maintenance',
    'servingWhenDegraded',
    'slo',
  ]);
  expect(fromWritten(toWritten(component))).toEqual(component);
});

it('keeps nothing of what is not said', () => {
  const component = create(ComponentSchema, { id: 'a', kind: { case: 'tcp', value: { target: 'a:1' } } });
  expect(toWritten(component)).toEqual({ id: 'a', kind: component.kind });
});

it.each([
  ['a probe that says nothing else', { kind: { case: 'tcp', value: { target: 'a:1' } } }, true],
  ['one that says more', { kind: { case: 'tcp', value: { target: 'a:1' } }, labels: { team: 'a' } }, false],
  ['a heartbeat', { kind: { case: 'heartbeat', value: {} } }, false],
  ['a group', { kind: { case: 'group', value: {} } }, false],
  ['what is nothing', {}, false],
] as const)('is plain or not: %s', (_what, init, expected) => {
  const component = create(ComponentSchema, { id: 'a', ...init } as MessageInitShape<typeof ComponentSchema>);
  expect(isPlainProbe(toWritten(component))).toBe(expected);
});
