// What is in deploy/, as far as it can be judged without the programs that read it.
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import { DEPLOY, expectRestricted, expectUsableConfig, parseManifests } from './manifests.ts';

const read = (path: string) => readFileSync(new URL(path, DEPLOY), 'utf8');
const { version } = JSON.parse(read('../package.json'));
const names = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' });

it.each(names.filter((name) => /\.ya?ml$/.test(name) && !name.includes('/templates/')))('%s is YAML', (name) => {
  for (const { errors, warnings } of parseAllDocuments(read(name))) expect([...errors, ...warnings]).toEqual([]);
});

it.each(names.filter((name) => name.endsWith('/openk.yaml') && !name.includes('grafana')))(
  '%s is a configuration that OpenK takes',
  (name) => expectUsableConfig(read(name)),
);

describe('the image', () => {
  const stages = read('docker/Dockerfile')
    .replaceAll(/\\\n/g, '')
    .split(/^FROM /m)
    .slice(1);
  const last = stages.at(-1)?.split('\n') ?? [];
  const instruction = (name: string) => last.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1);

  it('is not run as root, by a number that Kubernetes can judge', () => {
    expect(instruction('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('has Node as its first process, which no shell keeps signals from', () => {
    expect(JSON.parse(instruction('ENTRYPOINT') ?? '')[0]).toMatch(/\/node$/);
    expect(JSON.parse(instruction('CMD') ?? '')).toEqual(['serve']);
  });

  it('gets what it is made of, and its context nothing else', () => {
    const lines = read('../.dockerignore').split('\n');
    const [ignored, ...taken] = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignored).toBe('*');
    expect(taken.every((line) => line.startsWith('!') && existsSync(new URL(`../${line.slice(1)}`, DEPLOY)))).toBe(
      true,
    );
    for (const part of ['bin', 'src', 'gen', 'package.json', 'package-lock.json', 'tsconfig.json', 'LICENSE']) {
      expect(taken).toContain(`!${part}`);
    }
    const copied = stages.join('\n').matchAll(/^COPY (?!--from)(.*) \S+$/gm);
    for (const source of [...copied].flatMap(([, sources = '']) => sources.split(' '))) {
      expect(source === '.' || taken.includes(`!${source}`)).toBe(true);
    }
  });
});

it.each(['compose/compose.yaml', 'compose/instances/compose.yaml'])('%s mounts files that there are', (name) => {
  const { services } = parse(read(name), { merge: true }) as {
    services: Record<string, { volumes?: string[]; build?: { context: string; dockerfile: string } }>;
  };
  const paths = Object.values(services).flatMap(({ volumes = [], build }) => [
    ...volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => source.startsWith('.')),
    ...(build === undefined ? [] : [`${build.context}/${build.dockerfile}`]),
  ]);
  expect(paths.filter((path) => !existsSync(new URL(path, new URL(name, DEPLOY))))).toEqual([]);
  expect(paths).toContain(name === 'compose/compose.yaml' ? '../observability/alerts.yaml' : './nginx.conf');
});

it.each(['alerts.yaml', 'grafana-dashboard.json'])('the chart has %s itself, and no copy', (name) => {
  const real = realpathSync(new URL(`helm/openk/files/${name}`, DEPLOY));
  expect(real).toBe(fileURLToPath(new URL(`observability/${name}`, DEPLOY)));
});

it('every way deploys the version that this is', () => {
  expect(parse(read('helm/openk/Chart.yaml'))).toMatchObject({ version, appVersion: version });
  expect(parse(read('kustomize/base/kustomization.yaml'))).toMatchObject({ images: [{ newTag: version }] });
});

it('the base of kustomize is closed in', () => {
  expectRestricted(parseManifests(read('kustomize/base/deployment.yaml')));
});

describe('the values of the chart', () => {
  const validate = new Ajv({ allErrors: true }).compile(JSON.parse(read('helm/openk/values.schema.json')));
  const defaults = parse(read('helm/openk/values.yaml'));
  /** As Helm merges them: objects key by key, all else as a whole. */
  const merge = (under: unknown, over: unknown): unknown => {
    if (!isObject(under) || !isObject(over)) return over;
    const both = Object.entries(over).map(([key, value]) => [key, key in under ? merge(under[key], value) : value]);
    return { ...under, ...Object.fromEntries(both) };
  };
  const faultsOf = (values: unknown) => {
    validate(merge(defaults, values));
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };

  it.each(['values.yaml', 'ci/everything-values.yaml', 'ci/memory-values.yaml', 'ci/postgres-values.yaml'])(
    'of %s are taken',
    (name) => {
      expect(faultsOf(parse(read(`helm/openk/${name}`)))).toEqual([]);
    },
  );

  it.each([
    ['an unknown key', { replica: 2 }, ' must NOT have additional properties'],
    ['a digest that is none', { image: { digest: 'latest' } }, '/image/digest must match pattern'],
    ['an address, which the chart decides', { config: { listen: '[::]:1' } }, '/config/listen boolean schema is false'],
    ['a variable that the chart sets', { env: [{ name: 'OPENK_LISTEN' }] }, '/env/0/name must NOT be valid'],
    ['a disk that several share', { persistence: { accessMode: 'ReadWriteMany' } }, '/persistence/accessMode must be'],
    ['a storage that has no key', { storage: { key: '' } }, '/storage/key must NOT have fewer'],
    ['a label that is no text', { podLabels: { a: 1 } }, '/podLabels/a must be string'],
  ])('with %s are refused', (_what, values, fault) => {
    expect(faultsOf(values)).toEqual([expect.stringContaining(fault)]);
  });

  it('are each in the schema', () => {
    const { properties } = JSON.parse(read('helm/openk/values.schema.json'));
    expect(Object.keys(properties)).toEqual(['global', ...Object.keys(defaults)]);
  });
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
