// The compiler without a file: whoever has a message gets the faults that a file would have, and all of it in short steps.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ComponentSchema, type Config, ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { compileConfig } from '../../src/config/compile/compile-config.ts';
import { formatPath } from '../../src/config/fault.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { resolveFiles } from '../../src/config/source/files.ts';
import { parseYaml } from '../../src/config/source/yaml-document.ts';
import { readMessage } from '../../src/config/source/yaml-to-message.ts';
import { atOnce, IN_A_STEP } from '../../src/core/steps.ts';
import { probeHost } from '../../src/probes/registry.ts';
import { checks, parseValid } from './support.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/config');

/** The message of a file, if nothing was wrong with reading it. */
function messageOf(text: string): Config | undefined {
  const yaml = atOnce(parseYaml(text));
  if (!yaml.ok) return undefined;
  const { message, faults, isEmpty } = atOnce(readMessage(ConfigSchema, yaml.document, {}));
  if (faults.length > 0 || isEmpty) return undefined;
  atOnce(resolveFiles(message, process.cwd()));
  return message;
}

const unplaced = (text: string) => {
  const result = atOnce(readConfig(text, 'openk.yaml', { ...checks, env: {} }));
  return result.ok ? [] : result.faults.map(({ path, message }) => `${path}: ${message}`).sort();
};

describe('a message without a file', () => {
  const invalid = readdirSync(FOLDER)
    .filter((name) => name.startsWith('invalid-'))
    .map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }))
    .filter(({ text }) => messageOf(text) !== undefined);

  it.each(invalid)('has the faults of $name', ({ text }) => {
    const result = atOnce(compileConfig(messageOf(text)!, checks));
    const faults = result.ok ? [] : result.faults.map(({ path, message }) => `${formatPath(path)}: ${message}`);
    expect(faults.sort()).toEqual(unplaced(text));
    expect(faults).not.toEqual([]);
  });

  it('are many', () => expect(invalid.length).toBeGreaterThan(50));

  it('becomes what the file becomes', () => {
    const text =
      'components: [ { id: a, tcp: { target: "a:1" } }, { id: g, group: { members: [ { component: a } ] } } ]';
    const result = atOnce(compileConfig(messageOf(text)!, checks));
    expect(result.ok && result.config.system).toEqual(parseValid(text).system);
    expect(result.ok && result.config.denyAddresses).toEqual(parseValid(text).denyAddresses);
  });
});

it('checks no more than one component in a step, and looks at no more hosts than fit in one', () => {
  const count = 3 * IN_A_STEP;
  const components = Array.from({ length: count }, (_, n) =>
    create(ComponentSchema, { id: `c${n}`, kind: { case: 'tcp', value: { target: `h${n}:1` } } }),
  );
  let now = 0;
  let most = 0;
  let hosts = 0;
  const counted =
    <Args extends readonly unknown[], Result>(check: (...args: Args) => Result) =>
    (...args: Args) => {
      most = Math.max(most, ++now);
      return check(...args);
    };
  const steps = compileConfig(create(ConfigSchema, { components }), {
    checkRules: counted(checks.checkRules) as typeof checks.checkRules,
    checkProbe: counted(checks.checkProbe),
    checkRole: checks.checkRole,
    probeHost: (kind, options) => {
      hosts += 1;
      return probeHost(kind, options);
    },
  });
  let stepCount = 0;
  for (; !steps.next().done; stepCount++) [now, hosts] = [0, hosts > IN_A_STEP ? hosts : 0];
  expect(most).toBe(1);
  expect(hosts).toBeLessThanOrEqual(IN_A_STEP);
  // Rules, defaults, root group, checks, graph and definitions each look at every component.
  expect(stepCount).toBeGreaterThan(6 * count);
});
