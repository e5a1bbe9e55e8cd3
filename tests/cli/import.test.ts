// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of openk.yaml
// `openk import` as a command: files, exit codes and what people read. What becomes of a source is in tests/import.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CliDependencies } from '../../src/cli/dependencies.ts';
import type { CheckConfigText } from '../../src/cli/import.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { atOnce } from '../../src/core/steps.ts';
import { checks } from '../config/support.ts';
import { makeKumaDatabase } from '../import/kuma-database.ts';
import { runTestCli } from './test-cli.ts';

const checkConfigText: CheckConfigText = async (text, path, env) => {
  const result = atOnce(readConfig(text, path, { ...checks, env }));
  return result.ok ? [] : result.faults;
};

const GOOD = `
endpoints:
  - { name: web, url: "https://example.org", headers: { Authorization: "it's s3cret" }, conditions: [ "[STATUS] == 200" ] }
`;
const PARTLY = `${GOOD}  - { name: ping, url: "udp://example.org:53", conditions: [ "[CONNECTED] == true" ] }\n`;

describe('openk import', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  const run = (...args: readonly string[]) => runTestCli(['import', ...args], { checkConfigText });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openk-import-'));
    await writeFile(at('good.yaml'), GOOD);
    await writeFile(at('partly.yaml'), PARTLY);
    await mkdir(at('folder/..data'), { recursive: true });
    await writeFile(at('folder/a.yaml'), GOOD);
    await writeFile(at('folder/b.txt'), 'no: yaml');
    await writeFile(at('folder/..data/a.yaml'), GOOD);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('writes the configuration, and secrets beside it for their owner alone', async () => {
    const { exitCode, stdout, stderr } = await run('gatus', at('good.yaml'), '-o', at('out/openk.yaml'));
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(await readFile(at('out/openk.yaml'), 'utf8')).toContain('Authorization: ${GATUS_WEB_AUTHORIZATION}');
    expect(await readFile(at('out/openk.env'), 'utf8')).toBe(
      `# Secrets of the configuration beside this file.\nGATUS_WEB_AUTHORIZATION="it's s3cret"\n`,
    );
    expect((await stat(at('out/openk.env'))).mode & 0o777).toBe(0o600);
    expect(stderr).toContain('good.yaml, of Gatus\n\n     1  imported exactly\n');
    expect(stderr).toContain(`set -a; . ${at('out/openk.env')}; set +a; openk serve --config ${at('out/openk.yaml')}`);
    expect(stderr).not.toContain('s3cret');
  });

  it('leaves nothing where it cannot write all of it, so that the next attempt has room', async () => {
    const into = (report: string) => ['gatus', at('good.yaml'), '-o', at('half/openk.yaml'), '--report', at(report)];
    const { exitCode, stderr } = await run(...into('good.yaml/report.json'));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`cannot write ${at('good.yaml/report.json')}: `)]);
    expect(await readdir(at('half'))).toEqual([]);

    expect(await run(...into('half/report.json'))).toMatchObject({ exitCode: 0 });
    expect((await readdir(at('half'))).sort()).toEqual(['openk.env', 'openk.yaml', 'report.json']);
  });

  it('serves what it has written, with the secrets, and not where something is lost', async () => {
    const served: (readonly [string, string | undefined])[] = [];
    const serve: CliDependencies['serve'] = async ({ configPath, env }) => {
      served.push([await readFile(configPath, 'utf8'), env.GATUS_WEB_AUTHORIZATION]);
      return 7;
    };
    const start = (...args: readonly string[]) => runTestCli(['import', 'gatus', ...args], { checkConfigText, serve });
    const good = await start(at('good.yaml'), '--serve', '-o', at('served.yaml'));
    expect([good.exitCode, served]).toEqual([7, [[expect.stringContaining('- id: web'), "it's s3cret"]]]);
    expect(good.stderr).toContain('Serving it; the next time:  set -a;');
    const partly = await start(at('partly.yaml'), '--serve', '-o', at('not-served.yaml'));
    expect([partly.exitCode, served.length]).toEqual([1, 1]);
    expect(partly.stderr).toContain('Not served, since not all of it is there: --allow-partial serves the rest.');
    const all = await start(at('partly.yaml'), '--serve', '--allow-partial', '-o', at('partly-served.yaml'));
    expect([all.exitCode, served.length]).toEqual([7, 2]);
  });

  it('overwrites nothing', async () => {
    await writeFile(at('there.yaml'), 'mine');
    const { exitCode, stderr } = await run('gatus', at('good.yaml'), '-o', at('there.yaml'));
    expect([exitCode, stderr.includes('is there already')]).toEqual([2, true]);
    expect(await readFile(at('there.yaml'), 'utf8')).toBe('mine');
  });

  it('exits with 1 where something is lost, says what, and with 0 where that is allowed', async () => {
    const { exitCode, stdout, stderr } = await run('gatus', at('partly.yaml'), '--report', at('report.json'));
    expect(exitCode).toBe(1);
    expect(stdout).toContain('# NOT IMPORTED: endpoint ping, partly.yaml:4');
    expect(stderr).toContain('NOT IMPORTED\n  OpenK has no probe for udp\n      endpoint ping (partly.yaml:4)\n');
    expect(stderr).toContain('Variables to set before it is served: GATUS_WEB_AUTHORIZATION');
    const report = JSON.parse(await readFile(at('report.json'), 'utf8'));
    expect(report.items.map(({ name, outcome }: { name: string; outcome: string }) => [name, outcome])).toEqual([
      ['web', 'EXACT'],
      ['ping', 'LOST'],
    ]);
    expect((await run('gatus', at('partly.yaml'), '--allow-partial')).exitCode).toBe(0);
  });

  it('reads a folder as Gatus does', async () => {
    const { exitCode, stdout } = await run('gatus', at('folder'));
    expect(exitCode).toBe(0);
    expect(stdout.match(/- id: /g)).toHaveLength(1);
  });

  it('judges recorded answers in both ways', async () => {
    const source = 'endpoints: [ { name: web, url: "https://example.org", conditions: [ "[BODY].state != down" ] } ]\n';
    await writeFile(at('verify.yaml'), source);
    const answers = [
      { status: 200, body: { state: 'up' } },
      { of: 'web', status: 200, body: 'no JSON at all' },
      { of: 'other', status: 200 },
    ];
    await writeFile(at('answers.json'), JSON.stringify(answers));
    const { exitCode, stderr } = await run('gatus', at('verify.yaml'), '--verify', at('answers.json'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'RECORDED ANSWERS: 2 judged by both, 1 verdict differs\n  web, answer 2\n      Gatus: healthy\n',
    );
    expect(stderr).toContain('OpenK: unhealthy (cannot be evaluated (the body is no JSON)');
    expect(stderr).toContain('other is none of the checks over HTTP');
  });

  it('reads a database of Uptime Kuma, or a backup', async () => {
    makeKumaDatabase(at('kuma.db'), {
      monitor: [{ id: 1, name: 'web', type: 'http', url: 'https://a.example' }],
    }).close();
    expect((await run('uptime-kuma', at('kuma.db'))).stdout).toContain('- id: web');
    await writeFile(at('backup.json'), '{"monitorList":[{"id":1,"name":"old","type":"port","hostname":"a","port":1}]}');
    expect((await run('uptime-kuma', at('backup.json'))).stdout).toContain('- id: old');
  });

  it('reads modules and targets of two files', async () => {
    await writeFile(at('blackbox.yml'), 'modules: { m: { prober: tcp } }');
    const job =
      '{ job_name: j, metrics_path: /probe, params: { module: [ m ], target: [ "a:1" ] }, static_configs: [ { targets: [ x ] } ] }';
    await writeFile(at('prometheus.yml'), `scrape_configs: [ ${job} ]`);
    const { exitCode, stdout } = await run('blackbox', at('blackbox.yml'), '--prometheus', at('prometheus.yml'));
    expect([exitCode, stdout.includes('target: a:1')]).toEqual([0, true]);
  });

  it.each([
    [['gatus', 'no-such-file'], 'cannot read no-such-file'],
    [['nagios', 'x'], "unknown command 'nagios'"],
    [['gatus'], "missing required argument 'source'"],
  ])('exits with 2 for %j', async (args, message) => {
    const { exitCode, stderr } = await run(...args);
    expect([exitCode, stderr.includes(message)]).toEqual([2, true]);
  });
});
