// The workflows are not run here; what can be wrong with them without that is looked for.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseDocument } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Workflow {
  readonly permissions?: Record<string, string>;
  readonly jobs: Record<string, { permissions?: Record<string, string>; 'timeout-minutes'?: number; steps: Step[] }>;
}

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const FILES = globSync('.github/**/*.yml', { cwd: ROOT });
const WORKFLOWS = FILES.filter((name) => name.includes('/workflows/')).map((name) => ({
  name,
  workflow: parseDocument(read(name)).toJS() as Workflow,
}));
const STEPS = WORKFLOWS.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).flatMap(([job, { steps }]) => steps.map((step) => ({ place: `${name} ${job}`, step }))),
);
const COMMANDS = STEPS.flatMap(({ place, step }) => (step.run === undefined ? [] : [{ place, run: step.run }]));

it.each(FILES)('%s is YAML without a key twice', (name) => {
  expect(parseDocument(read(name), { uniqueKeys: true, strict: true }).errors).toEqual([]);
});

describe.each(WORKFLOWS)('$name', ({ workflow }) => {
  it('may only read, unless a job says what more it needs', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('has an end for each job', () => {
    const jobs = Object.entries(workflow.jobs);
    expect(jobs.filter(([, job]) => !job['timeout-minutes']).map(([name]) => name)).toEqual([]);
  });
});

it('only the release writes anything', () => {
  const writing = WORKFLOWS.flatMap(({ name, workflow }) =>
    Object.entries(workflow.jobs).flatMap(([job, { permissions = {} }]) =>
      Object.entries(permissions).flatMap(([scope, access]) => (access === 'write' ? [`${name} ${job} ${scope}`] : [])),
    ),
  );
  expect(writing.map((line) => line.replace('.github/workflows/', ''))).toEqual([
    'release.yml npm id-token',
    'release.yml image packages',
    'release.yml sign packages',
    'release.yml sign id-token',
    'release.yml release contents',
  ]);
});

it('every action is pinned by a commit, with its version behind it', () => {
  const lines = WORKFLOWS.flatMap(({ name }) => read(name).match(/^.*\buses:.*$/gm) ?? []);
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter((line) => !/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
});

it('one version of an action everywhere', () => {
  const used = new Set(STEPS.flatMap(({ step }) => step.uses ?? []));
  const names = [...used].map((name) => name.split('@')[0]);
  expect(names).toEqual([...new Set(names)]);
});

it('what commands name is there', () => {
  expect(COMMANDS.length).toBeGreaterThan(20);
  const missing = COMMANDS.flatMap(({ place, run }) => [
    ...[...run.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)]
      .filter(([, name]) => !scripts[name!])
      .map(([text]) => `${place}: ${text}`),
    ...[...run.matchAll(/\b(?:scripts|\.ci)\/[\w./-]+/g)]
      .filter(([file]) => globSync(file, { cwd: ROOT }).length === 0)
      .map(([text]) => `${place}: ${text}`),
  ]);
  expect(missing).toEqual([]);
});

it('nothing that somebody outside has written gets into a command', () => {
  const allowed = /\$\{\{ (matrix\.\w+|github\.token) \}\}/g;
  expect(COMMANDS.filter(({ run }) => run.replaceAll(allowed, '').includes('${{')).map(({ place }) => place)).toEqual(
    [],
  );
});

it('every job that a pull request shows is one of those that CONTRIBUTING.md names', () => {
  const [ci] = WORKFLOWS.filter(({ name }) => name.endsWith('/ci.yml'));
  const jobs = Object.keys(ci!.workflow.jobs);
  expect(jobs).toEqual(['check', 'test', 'conformance', 'fuzz', 'attack', 'load', 'package', 'image']);
  expect(jobs.filter((job) => !read('CONTRIBUTING.md').includes(`\`${job}\``))).toEqual([]);
});
