// What the rooms find wrong in a configuration with what is theirs.
import { checkChannel } from './alerts/channels/registry.ts';
import { findRoleFault } from './auth/roles.ts';
import { createQuickRuleCheck } from './config/compile/rule-check.ts';
import type { ConfigOptions } from './config/read-config.ts';
import { onFirstUse } from './core/on-first-use.ts';
import { checkSource } from './discovery/registry.ts';
import { sampleOf } from './discovery/sample.ts';
import { checkClientTls } from './probes/client-tls.ts';
import { checkProbe, probeHost } from './probes/registry.ts';

/** The same each time: to learn the rules may take longer than a file, and `openk import --serve` checks one and serves it. */
export const roomChecks = onFirstUse(
  () =>
    ({
      checkProbe,
      checkChannel,
      checkRole: findRoleFault,
      checkRules: createQuickRuleCheck(),
      checkClientTls,
      probeHost,
      discovery: { check: checkSource, sample: sampleOf },
    }) satisfies Omit<ConfigOptions, 'env'>,
);
