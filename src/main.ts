// The process: arguments in, exit code out. The server and the database are loaded only by the commands that need them, so
// that `openk check` starts fast.
import { createProcessContext } from './cli/process-context.ts';
import { runCli } from './cli/run-cli.ts';
import { readVersion } from './cli/version.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  context: createProcessContext(),
  version: readVersion(),
  serve: async (options) => (await import('./serve.ts')).serve(options),
  checkConfig: async (path, env) => (await import('./serve.ts')).checkConfig(path, env),
  storage: {
    check: async (path) => (await import('./store/file-tools.ts')).checkFile(path),
    compact: async (path) => (await import('./store/file-tools.ts')).compactFile(path),
    backup: async (path, destination) => (await import('./store/file-tools.ts')).backupFile(path, destination),
  },
});
