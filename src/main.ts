// The process: arguments in, exit code out. The server is loaded only by the commands that need it, so that
// `openk check` starts fast.
import { createProcessContext } from './cli/process-context.ts';
import { runCli } from './cli/run-cli.ts';
import { readVersion } from './cli/version.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  context: createProcessContext(),
  version: readVersion(),
  serve: async (options) => (await import('./serve.ts')).serve(options),
  checkConfig: async (path, env) => (await import('./serve.ts')).checkConfig(path, env),
});
