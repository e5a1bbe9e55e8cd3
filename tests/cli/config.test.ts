import { describe, expect, it } from '@jest/globals';
import { runTestCli } from './test-cli.ts';

describe('openk config check', () => {
  it('exits with 0 for a file without faults, and hands file and environment over', async () => {
    const env = { DB_HOST: 'db' };
    const checkConfig = async (path: string, variables: unknown) => {
      expect(path).toBe('a.yaml');
      expect(variables).toBe(env);
      return { faults: [], warnings: [], maintenance: [], due: [] };
    };
    expect(await runTestCli(['config', 'check', 'a.yaml'], { env, checkConfig })).toEqual({
      exitCode: 0,
      stdout: 'a.yaml is valid\n',
      stderr: '',
    });
  });

  it('prints every fault with its place, and exits with 2', async () => {
    const faults = [
      { file: 'a.yaml', line: 3, column: 5, path: 'components[0].id', message: 'must not be empty' },
      { file: 'a.yaml', line: 9, column: 1, path: '', message: "unknown key 'componets'\x1b[2J" },
      { file: 'a.yaml', path: '', message: 'cannot be read' },
    ];
    const checkConfig = async () => ({ faults, warnings: [], maintenance: [], due: [] });
    expect(await runTestCli(['config', 'check', 'a.yaml'], { checkConfig })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: [
        'a.yaml:3:5: components[0].id: must not be empty',
        "a.yaml:9:1: unknown key 'componets'\ufffd[2J",
        'a.yaml: cannot be read',
        'a.yaml cannot be served: 3 faults',
        '',
      ].join('\n'),
    });
  });

  it('prints warnings with their place, and exits with 0', async () => {
    const warnings = [{ file: 'a.yaml', line: 2, column: 5, path: 'components[0]', message: 'warning: it may hang' }];
    const checkConfig = async () => ({ faults: [], warnings, maintenance: [], due: [] });
    expect(await runTestCli(['config', 'check', 'a.yaml'], { checkConfig })).toEqual({
      exitCode: 0,
      stdout: 'a.yaml is valid\n',
      stderr: 'a.yaml:2:5: components[0]: warning: it may hang\n',
    });
  });

  it('shows the maintenance to come, and when reports are due, when it is asked to', async () => {
    const at = (time: string) => Date.parse(`2026-12-${time}:00Z`);
    const periods = [{ fromMs: at('24T22:00'), untilMs: at('25T06:00') }];
    const checkConfig = async () => ({
      faults: [],
      warnings: [],
      maintenance: [
        { component: 'a', periods },
        { component: 'b', periods: [{ fromMs: 0 }] },
      ],
      due: [{ component: 'c', times: [at('24T01:30'), at('25T01:30')] }],
    });
    const { stdout } = await runTestCli(['config', 'check', '--verbose', 'a.yaml'], { checkConfig });
    expect(stdout.split('\n')).toEqual([
      'a.yaml is valid',
      'a: maintenance from 2026-12-24T22:00:00.000Z until 2026-12-25T06:00:00.000Z',
      'b: maintenance until it is taken out of the file',
      'c: a report is due at 2026-12-24T01:30:00.000Z',
      'c: a report is due at 2026-12-25T01:30:00.000Z',
      '',
    ]);
    expect((await runTestCli(['config', 'check', 'a.yaml'], { checkConfig })).stdout).toBe('a.yaml is valid\n');
  });

  it('exits with 2 without a file', async () => {
    const { exitCode, stderr } = await runTestCli(['config', 'check']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("openk config check: missing required argument 'file'");
  });
});

describe('openk config schema', () => {
  it('prints the JSON Schema of configuration files, and exits with 0', async () => {
    const { exitCode, stdout, stderr } = await runTestCli(['config', 'schema']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: { components: { type: ['array', 'null'] } },
    });
  });
});
