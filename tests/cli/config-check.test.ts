import { describe, expect, it } from '@jest/globals';
import { runTestCli } from './test-cli.ts';

describe('openk config check', () => {
  it('exits with 0 for a file without faults, and hands file and environment over', async () => {
    const env = { DB_HOST: 'db' };
    const checkConfig = async (path: string, variables: unknown) => {
      expect(path).toBe('a.yaml');
      expect(variables).toBe(env);
      return [];
    };
    expect(await runTestCli(['config', 'check', 'a.yaml'], { env, checkConfig })).toEqual({
      exitCode: 0,
      stdout: 'a.yaml is valid\n',
      stderr: '',
    });
  });

  it('prints every fault with its place, and exits with 2', async () => {
    const checkConfig = async () => [
      { file: 'a.yaml', line: 3, column: 5, path: 'components[0].id', message: 'must not be empty' },
      { file: 'a.yaml', line: 9, column: 1, path: '', message: "unknown key 'componets'\x1b[2J" },
      { file: 'a.yaml', path: '', message: 'cannot be read' },
    ];
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

  it('exits with 2 without a file', async () => {
    const { exitCode, stderr } = await runTestCli(['config', 'check']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("openk config check: missing required argument 'file'");
  });
});
