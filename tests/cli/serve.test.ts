import { describe, expect, it } from '@jest/globals';
import type { ServeOptions } from '../../src/cli/serve.ts';
import { runTestCli, startCli } from './test-cli.ts';

describe('openk serve', () => {
  /** What `openk serve` asks of the composition root. */
  const resolve = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const asked: ServeOptions[] = [];
    const serve = async (options: ServeOptions) => {
      asked.push(options);
      return 0;
    };
    const { exitCode, stderr } = await runTestCli(['serve', ...args], { env, serve });
    const [options] = asked;
    if (options === undefined) return { exitCode, stderr };
    const { configPath, listen, storage, logLevel } = options;
    return { exitCode, configPath, listen, storage, logLevel };
  };
  const none = { exitCode: 0, listen: undefined, storage: undefined, logLevel: undefined };
  const defaults = { ...none, configPath: 'openk.yaml' };

  it('leaves to the file what neither a flag nor the environment says', async () => {
    expect(await resolve([], {})).toEqual(defaults);
  });

  it('takes the environment', async () => {
    const env = {
      OPENK_CONFIG: 'a.yaml',
      OPENK_LISTEN: '[::1]:0',
      OPENK_STORAGE: 'memory:',
      OPENK_LOG_LEVEL: 'DEBUG',
    };
    expect(await resolve([], env)).toEqual({
      exitCode: 0,
      configPath: 'a.yaml',
      listen: '[::1]:0',
      storage: 'memory:',
      logLevel: 'debug',
    });
  });

  it('prefers flags to the environment', async () => {
    const env = { OPENK_CONFIG: 'a.yaml', OPENK_LISTEN: '127.0.0.1:1', OPENK_STORAGE: 'sqlite:a' };
    expect(await resolve(['--config', 'b.yaml', '--listen', '0.0.0.0:2', '--storage', 'memory:'], env)).toEqual({
      ...none,
      configPath: 'b.yaml',
      listen: '0.0.0.0:2',
      storage: 'memory:',
    });
  });

  it('takes an empty variable for one that is not set', async () => {
    const env = { OPENK_CONFIG: '', OPENK_LISTEN: '', OPENK_STORAGE: '', OPENK_LOG_LEVEL: '' };
    expect(await resolve([], env)).toEqual(defaults);
  });

  it.each([
    [{}, false, 'json'],
    [{}, true, 'coloured text'],
    [{ NO_COLOR: '1' }, true, 'text'],
    [{ TERM: 'dumb' }, true, 'text'],
    [{ OPENK_LOG_FORMAT: 'JSON' }, true, 'json'],
    [{ OPENK_LOG_FORMAT: 'text' }, false, 'text'],
  ])('with %j, a terminal: %s, logs as %s', async (env, isTerminal, expected) => {
    const styles: string[] = [];
    await runTestCli(['serve'], {
      env: env as Record<string, string>,
      ...(isTerminal && { tty: { columns: 80, rows: 24 } }),
      serve: async ({ logStyle }) => {
        styles.push(logStyle);
        return 0;
      },
    });
    expect(styles).toEqual([expected]);
  });

  it('ends with the exit code of the server', async () => {
    expect((await runTestCli(['serve'], { serve: async () => 1 })).exitCode).toBe(1);
  });

  it('hands the signals on', async () => {
    const hangups: string[] = [];
    const cli = startCli(['serve'], {
      onHangup: (listener) => {
        listener();
        return () => hangups.push('off');
      },
      serve: async ({ signal, onHangup }) => {
        const off = onHangup(() => hangups.push('hangup'));
        await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
        off();
        hangups.push(signal.reason);
        return 0;
      },
    });
    cli.interrupt();
    expect(await cli.exitCode).toBe(0);
    expect(hangups).toEqual(['hangup', 'off', 'SIGINT']);
  });

  it.each([
    [['--nope'], {}, "openk serve: unknown option '--nope'"],
    [['extra'], {}, 'openk serve: too many arguments'],
    [[], { OPENK_LOG_FORMAT: 'xml' }, 'openk serve: OPENK_LOG_FORMAT is "xml"\nIt is json or text.'],
    [[], { OPENK_LOG_LEVEL: 'loud' }, 'openk serve: OPENK_LOG_LEVEL is "loud"\nIt is one of trace, debug,'],
  ])('exits with 2 for wrong usage: %j %j', async (args, env, message) => {
    const { exitCode, stderr } = await resolve(args, env as Record<string, string>);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
