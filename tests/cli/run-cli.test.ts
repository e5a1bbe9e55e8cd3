import { describe, expect, it } from '@jest/globals';
import { runTestCli } from './test-cli.ts';

const COMMANDS = ['serve', 'check', 'list', 'explain', 'wait', 'watch', 'history', 'report', 'config'];

describe('openk', () => {
  it.each([['--version'], ['-V']])('prints its version with %s', async (flag) => {
    expect(await runTestCli([flag])).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' });
  });

  it('prints help on stdout when it is asked for', async () => {
    const { exitCode, stdout, stderr } = await runTestCli(['--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it('prints help on stderr, and fails, when there is no command', async () => {
    const { exitCode, stdout, stderr } = await runTestCli([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: openk');
  });

  it.each([...COMMANDS.slice(0, -1), 'config check'])(
    'explains %s with examples and exit codes, no line too wide for a terminal',
    async (command) => {
      const { exitCode, stdout } = await runTestCli(['help', ...command.split(' ')].slice(0, 2));
      const full = command === 'config check' ? (await runTestCli(['config', 'check', '--help'])).stdout : stdout;
      expect(exitCode).toBe(0);
      expect(full).toContain('Exit codes:\n  0 ');
      expect(full).toContain(`Examples:\n  `);
      expect(full).toContain(`openk ${command}`);
      expect(Math.max(...full.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    },
  );

  it.each([
    [['chekc'], "openk: unknown command 'chekc'\n(Did you mean check?)\n`openk --help`"],
    [['--nope'], "openk: unknown option '--nope'"],
    [['config', 'chekc'], "openk config: unknown command 'chekc'"],
  ])('says what is wrong with %j and exits with 2', async (args, message) => {
    const { exitCode, stdout, stderr } = await runTestCli(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  it('tells a defect in a line, with no stack, and exits with 1', async () => {
    const serve = async () => {
      throw new TypeError('x is not a function');
    };
    expect(await runTestCli(['serve'], { serve })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'openk serve: internal error: x is not a function\nPlease report it.\n',
    });
  });
});
