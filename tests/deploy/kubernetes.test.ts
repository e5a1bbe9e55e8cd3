// The chart and the manifests as Helm and kustomize make them, against the schemas of Kubernetes. Each program is asked where it is
// there: helm, kustomize, and kubernetes-validate (PyPI), which brings the schemas along.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { configsOf, DEPLOY, expectRestricted, expectUsableConfig, parseManifests } from './manifests.ts';

/** The oldest that the chart takes for which there are schemas, and a new one. */
const KUBERNETES = ['1.27', '1.34'];
const MONITORING = 'monitoring.coreos.com/v1';

const CHART = fileURLToPath(new URL('helm/openk', DEPLOY));
const VALUES = [[], ['ci/everything-values.yaml'], ['ci/memory-values.yaml'], ['ci/postgres-values.yaml']] as const;
const valueArgs = (files: readonly string[]) => files.flatMap((file) => ['--values', `${CHART}/${file}`]);

const hasProgram = (name: string) => spawnSync(name, ['version']).error === undefined;
const given = (...programs: readonly string[]) => {
  const missing = programs.filter((name) => !hasProgram(name));
  return missing.length === 0
    ? { on: describe, why: '' }
    : { on: describe.skip, why: ` (skipped: no ${missing.join(' and no ')} on the PATH)` };
};

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  expect({ args, status, said: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ args, status: 0, said: '' });
  return stdout;
}

/** Every manifest is one of Kubernetes, of each of its versions; those of the Prometheus operator it has no schemas of. */
function expectValid(text: string) {
  const files = createTemporaryFiles();
  try {
    const file = files.write('manifests.yaml', text);
    for (const version of KUBERNETES) run('kubernetes-validate', ['--strict', '-k', version, file]);
  } finally {
    files.remove();
  }
}

const helm = given('helm', 'kubernetes-validate');
helm.on(`the chart${helm.why}`, () => {
  const template = (values: readonly string[]) =>
    run('helm', ['template', 'o', CHART, '--namespace', 'n', '--kube-version', '1.34.0', ...valueArgs(values)]);

  it.each(VALUES)('is one that helm lint takes, with %s', (...values) => {
    run('helm', ['lint', '--strict', '--kube-version', '1.34.0', CHART, ...valueArgs(values)]);
  });

  it.each(VALUES)('makes what Kubernetes takes and OpenK starts with, with %s', async (...values) => {
    const text = template(values);
    expectValid(text);
    const manifests = parseManifests(text);
    expectRestricted(manifests);
    for (const config of configsOf(manifests)) await expectUsableConfig(config);
    const onDatabase = text.includes('OPENK_POD_IP');
    expect(text.match(/(?<=^ *- (?:\{ )?name: OPENK_)\w+/gm)).toEqual([
      'LISTEN',
      'STORAGE',
      ...(onDatabase ? ['POD_IP'] : []),
    ]);
    expect(onDatabase).toBe((values as readonly string[]).includes('ci/postgres-values.yaml'));
  });

  it('has the parts that were asked for', () => {
    const kinds = (...values: readonly string[]) =>
      parseManifests(template(values))
        .map(({ kind }) => kind)
        .toSorted();
    const always = ['Deployment', 'Service'];
    const usual = ['ConfigMap', 'PersistentVolumeClaim', 'PodDisruptionBudget', 'ServiceAccount'];
    expect(kinds()).toEqual([...always, ...usual].toSorted());
    expect(kinds('ci/memory-values.yaml')).toEqual(always);
    expect(kinds('ci/everything-values.yaml')).toEqual(
      [...always, ...usual, 'ConfigMap', 'PrometheusRule', 'ServiceMonitor'].toSorted(),
    );
  });

  it('has several pods on a database, and never on a file', () => {
    const replicas = (...values: readonly string[]) => /^ *replicas: (\d+)$/m.exec(template(values))?.[1];
    expect([replicas(), replicas('ci/postgres-values.yaml')]).toEqual(['1', '3']);
    const args = ['template', 'o', CHART, '--kube-version', '1.34.0', '--set', 'replicas=2'];
    const { status, stderr } = spawnSync('helm', args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('more than one pod needs a database of all of them')]);
  });

  it('probes by gRPC in cleartext, and by HTTPS and a host that is answered where it must', () => {
    expect(template([])).toContain('grpc: { port: 8080 }');
    const all = template(['ci/everything-values.yaml']);
    expect(all).not.toContain('grpc: {');
    expect(all.match(/scheme: HTTPS/g)).toHaveLength(3);
    expect(all.match(/name: Host, value: "probe.example.com"/g)).toHaveLength(3);
  });

  it('takes the rules as they are', () => {
    const rules = parseManifests(template(['ci/everything-values.yaml'])).filter(
      ({ apiVersion }) => apiVersion === MONITORING,
    );
    expect(JSON.stringify(rules)).toContain('{{ $labels.component }} is unhealthy');
  });
});

const kustomize = given('kustomize', 'kubernetes-validate');
kustomize.on(`kustomize${kustomize.why}`, () => {
  it.each(['base', 'overlays/tls'])('makes of %s what Kubernetes takes and OpenK starts with', async (folder) => {
    const text = run('kustomize', ['build', fileURLToPath(new URL(`kustomize/${folder}`, DEPLOY))]);
    expectValid(text);
    const manifests = parseManifests(text);
    expectRestricted(manifests);
    const configs = configsOf(manifests);
    expect(configs).toHaveLength(1);
    for (const config of configs) await expectUsableConfig(config);
    expect(text.match(/scheme: HTTPS/g) ?? []).toHaveLength(folder === 'base' ? 0 : 3);
    expect(/ grpc:\n/.test(text)).toBe(folder === 'base');
  });
});
