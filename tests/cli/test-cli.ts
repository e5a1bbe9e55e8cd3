// Runs the command line as a function, with output that a test reads, and time and signals that it controls.
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Output } from '../../src/cli/context.ts';
import type { CliDependencies } from '../../src/cli/dependencies.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';

export interface TestOutput extends Writable {
  readonly text: string;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  /** Settles once the text contains `part` (again after `from` characters). */
  contains(part: string, from?: number): Promise<void>;
}

export interface TestCli {
  readonly stdout: TestOutput & Output;
  readonly stderr: TestOutput & Output;
  readonly exitCode: Promise<number>;
  interrupt(): void;
}

export interface TestCliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly randomBytes?: (count: number) => Uint8Array;
  readonly tty?: { readonly columns: number; readonly rows: number };
  readonly serve?: CliDependencies['serve'];
  readonly checkConfig?: CliDependencies['checkConfig'];
  readonly checkConfigText?: CliDependencies['checkConfigText'];
  readonly readAlertPlan?: CliDependencies['readAlertPlan'];
  readonly storage?: CliDependencies['storage'];
  readonly runAgent?: CliDependencies['runAgent'];
  readonly onHangup?: CliDependencies['context']['onHangup'];
  /** In place of an output that takes everything at once. */
  readonly stdout?: TestOutput;
}

/** Starts `openk` with `args`. The clock stands still unless the test gives one. */
export function startCli(args: readonly string[], options: TestCliOptions = {}): TestCli {
  const stdout = Object.assign(options.stdout ?? createTestOutput(), options.tty && { isTTY: true, ...options.tty });
  const stderr = Object.assign(createTestOutput(), options.tty && { isTTY: true, ...options.tty });
  const stop = new AbortController();
  const unexpected = async () => {
    throw new Error('not expected in this test');
  };
  const exitCode = runCli(args, {
    context: {
      stdout,
      stderr,
      env: options.env ?? {},
      clock: options.clock ?? createFakeClock(),
      random: () => 0.5,
      randomBytes: options.randomBytes ?? randomBytes,
      signal: stop.signal,
      onHangup: options.onHangup ?? (() => () => {}),
      onSecondStop: () => () => {},
    },
    version: '1.2.3',
    serve: options.serve ?? unexpected,
    checkConfig: options.checkConfig ?? unexpected,
    checkConfigText: options.checkConfigText ?? unexpected,
    readAlertPlan: options.readAlertPlan ?? unexpected,
    runAgent: options.runAgent ?? unexpected,
    storage: options.storage ?? { check: unexpected, compact: unexpected, backup: unexpected },
  });
  return { stdout, stderr, exitCode, interrupt: () => stop.abort('SIGINT') };
}

/** Runs `openk` with `args` to its end. */
export async function runTestCli(
  args: readonly string[],
  options: TestCliOptions = {},
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const cli = startCli(args, options);
  const exitCode = await cli.exitCode;
  return { exitCode, stdout: cli.stdout.text, stderr: cli.stderr.text };
}

export function createTestOutput(options: { readonly highWaterMark?: number } = {}): TestOutput {
  let text = '';
  const waiting = new Set<() => void>();
  const output = new Writable({
    ...options,
    decodeStrings: false,
    write(chunk, _encoding, done) {
      text += String(chunk);
      for (const ask of [...waiting]) ask();
      done();
    },
  });
  return Object.defineProperties(output, {
    text: { get: () => text },
    contains: {
      value: (part: string, from = 0) =>
        new Promise<void>((resolve) => {
          const ask = () => {
            if (!text.includes(part, from)) return;
            waiting.delete(ask);
            resolve();
          };
          waiting.add(ask);
          ask();
        }),
    },
  }) as TestOutput;
}
