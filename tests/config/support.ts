// What the tests of the configuration share: the real rules, the real checks of the probes, and texts in and out.

import { findRoleFault } from '../../src/auth/roles.ts';
import type { ProbeCheck } from '../../src/config/compile/check-components.ts';
import { createRuleCheck } from '../../src/config/compile/validate.ts';
import { formatFault } from '../../src/config/fault.ts';
import { type ConfigResult, type LoadedConfig, readConfig } from '../../src/config/read-config.ts';
import type { Environment } from '../../src/config/source/environment.ts';
import { atOnce } from '../../src/core/steps.ts';
import { checkSource } from '../../src/discovery/registry.ts';
import { sampleOf } from '../../src/discovery/sample.ts';
import { checkClientTls } from '../../src/probes/client-tls.ts';
import { checkProbe } from '../../src/probes/registry.ts';

export const checks = {
  checkProbe,
  checkRole: findRoleFault,
  checkRules: createRuleCheck(),
  checkClientTls,
  discovery: { check: checkSource, sample: sampleOf },
};

export function parse(
  text: string,
  env: Environment = {},
  fileName = 'openk.yaml',
  probeCheck: ProbeCheck = checkProbe,
): ConfigResult {
  return atOnce(readConfig(text, fileName, { ...checks, checkProbe: probeCheck, env }));
}

/** The configuration of a text that has no faults. */
export function parseValid(text: string, env?: Environment, fileName?: string): LoadedConfig {
  const result = parse(text, env, fileName);
  if (!result.ok) throw new Error(result.faults.map(formatFault).join('\n'));
  return result.config;
}

/** The faults of a text, a line each. */
export function faultsOf(text: string, env?: Environment): readonly string[] {
  const result = parse(text, env);
  return result.ok ? [] : result.faults.map(formatFault);
}
