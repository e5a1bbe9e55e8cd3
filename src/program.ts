// The process: arguments in, exit code out. The server and the database are loaded only by the commands that need them, so
// that `openk check` starts fast.
import { exitCodeWithoutOutput } from './cli/exit.ts';
import { createProcessContext } from './cli/process-context.ts';
import { createProcessOutput } from './cli/process-output.ts';
import type { ProcessSignals } from './cli/process-signals.ts';
import { runCli } from './cli/run-cli.ts';
import { readVersion } from './cli/version.ts';
import { endProcess } from './end-process.ts';

/** What the first moment of the process has begun. */
export interface Begun {
  readonly signals: ProcessSignals;
  /** Ends what keeps a start small (small-start.ts). */
  readonly runAtFull: () => void;
}

/** Runs one command, and leaves its exit code. `serve` ends the process itself: nothing may hold up its end. */
export async function runProgram(args: readonly string[], { signals, runAtFull }: Begun): Promise<void> {
  let hasServed = false;
  process.exitCode = await runCli(args, {
    context: createProcessContext(signals, createProcessOutput(exitCodeWithoutOutput(args))),
    version: readVersion(),
    async serve(options) {
      hasServed = true;
      return options.signal.aborted ? 0 : (await import('./serve.ts')).serve({ ...options, runAtFull });
    },
    checkConfig: async (path, env) => (await import('./check-config.ts')).checkConfig(path, env),
    checkConfigText: async (text, path, env) => (await import('./check-config.ts')).checkConfigText(text, path, env),
    readAlertPlan: async (path, env) => (await import('./check-config.ts')).readAlertPlan(path, env),
    async runAgent(run) {
      hasServed = true;
      await (await import('./run-agent.ts')).runAgent(run);
    },
    storage: {
      check: async (path) => (await import('./store/tools.ts')).checkStorage(path),
      compact: async (path) => (await import('./store/tools.ts')).compactStorage(path),
      backup: async (path, destination) => (await import('./store/tools.ts')).backupStorage(path, destination),
    },
  });
  if (hasServed) await endProcess(process.exitCode);
}
