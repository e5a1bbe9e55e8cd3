// What the package exports: OpenK as a part of another program, which has its own log and its own signals.

import { loadConfig } from './config/load.ts';
import type { ConfigResult } from './config/read-config.ts';
import type { Environment } from './config/source/environment.ts';
import { roomChecks } from './room-checks.ts';

export { type Openk, type OpenkOptions, startOpenk } from './openk.ts';

/**
 * Reads a configuration file as `openk serve` does. `env` has the values for `${NAME}`.
 * @throws the reason of the signal; a file that cannot be used is a result with faults
 */
export function readConfigFile(path: string, env: Environment = {}, signal?: AbortSignal): Promise<ConfigResult> {
  return loadConfig(path, { env, ...roomChecks() }, signal);
}
