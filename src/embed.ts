// What the package exports: OpenK as a part of another program, which has its own log and its own signals.

import { checkChannel } from './alerts/channels/registry.ts';
import { findRoleFault } from './auth/roles.ts';
import { createQuickRuleCheck } from './config/compile/rule-check.ts';
import { loadConfig } from './config/load.ts';
import type { ConfigResult } from './config/read-config.ts';
import type { Environment } from './config/source/environment.ts';
import { checkSource } from './discovery/registry.ts';
import { sampleOf } from './discovery/sample.ts';
import { checkClientTls } from './probes/client-tls.ts';
import { checkProbe, probeHost } from './probes/registry.ts';

export { type Openk, type OpenkOptions, startOpenk } from './openk.ts';

/**
 * Reads a configuration file as `openk serve` does. `env` has the values for `${NAME}`.
 * @throws the reason of the signal; a file that cannot be used is a result with faults
 */
export function readConfigFile(path: string, env: Environment = {}, signal?: AbortSignal): Promise<ConfigResult> {
  return loadConfig(
    path,
    {
      env,
      checkProbe,
      checkChannel,
      checkRole: findRoleFault,
      checkRules: createQuickRuleCheck(),
      checkClientTls,
      probeHost,
      discovery: { check: checkSource, sample: sampleOf },
    },
    signal,
  );
}
