// Every file under tests/fixtures/config: invalid-*.yaml with exactly the faults that its first lines announce, one of a
// kind each; valid-*.yaml with none.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DescMessage } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { Environment } from '../../src/config/source/environment.ts';
import { readerOfMessage } from '../../src/config/source/scalars.ts';
import { parseYaml } from '../../src/config/source/yaml-document.ts';
import { readMessage } from '../../src/config/source/yaml-to-message.ts';
import { atOnce } from '../../src/core/steps.ts';
import { createCertificates } from '../support/certs.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { faultsOf, parseValid } from './support.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/config');
const fixtures = readdirSync(FOLDER);
const invalid = fixtures.filter((name) => name.startsWith('invalid-'));
const valid = fixtures.filter((name) => name.startsWith('valid-'));
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

describe('invalid fixtures', () => {
  it.each(invalid)('%s has the faults that it announces', (name) => {
    const text = read(name);
    const announced = [...text.matchAll(/^# expect: (.*)$/gm)].map(([, fault]) => `openk.yaml:${fault}`);
    expect(announced).not.toEqual([]);
    expect(faultsOf(text)).toEqual(announced);
  });

  it('are many', () => {
    expect(invalid.length).toBeGreaterThan(100);
  });
});

describe('valid fixtures', () => {
  let files: TemporaryFiles;
  let env: Environment;

  beforeAll(async () => {
    const { ca, server } = await createCertificates();
    files = createTemporaryFiles();
    env = {
      SERVER_CERT: files.write('server.pem', server.cert),
      SERVER_KEY: files.write('server.key', server.key),
      CA: files.write('ca.pem', ca),
      HOST: 'db.internal',
      PORT: '5432',
      THRESHOLD: '4',
      TRICK: 'web, interval: 1s }',
      EMPTY: '',
    };
  });

  afterAll(() => files.remove());

  it.each(valid)('%s has no fault', (name) => {
    expect(parseValid(read(name), env).system.components).not.toEqual([]);
  });

  it('use every key of the schema but former names', () => {
    const yaml = atOnce(parseYaml(read('valid-every-key.yaml')));
    if (!yaml.ok) throw new Error(yaml.message);
    const { message } = atOnce(readMessage(ConfigSchema, yaml.document, env));
    const used = new Set<string>();
    collectKeys(reflect(ConfigSchema, message), used);
    expect([...keysOf(ConfigSchema)].filter((key) => !used.has(key))).toEqual([]);
  });
});

/** `Message.field` of everything that is set. */
function collectKeys(message: ReflectMessage, used: Set<string>): void {
  for (const field of message.fields.filter((field) => message.isSet(field))) {
    used.add(`${message.desc.name}.${field.name}`);
    if (field.fieldKind === 'message') collectKeys(message.get(field), used);
    if (field.fieldKind === 'list' && field.listKind === 'message') {
      for (const item of message.get(field)) collectKeys(item as ReflectMessage, used);
    }
  }
}

/** `Message.field` of everything that can be set. */
function keysOf(desc: DescMessage, keys = new Set<string>()): ReadonlySet<string> {
  for (const field of desc.fields) {
    if (field.deprecated) continue;
    const key = `${desc.name}.${field.name}`;
    if (keys.has(key)) continue;
    keys.add(key);
    if (field.message && readerOfMessage(field.message) === undefined) keysOf(field.message, keys);
  }
  return keys;
}
