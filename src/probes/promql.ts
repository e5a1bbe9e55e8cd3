// The probe kind `promql`: an instant query, and what its values mean. The code is in promql-probe.ts, loaded by the first run.
import type { PromqlProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { findExpressionFault } from '../cel/expression-fault.ts';
import { checkOAuth2 } from './bearer.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { onFirstRun } from './on-first-run.ts';
import type { ProbeKind } from './probe.ts';
import { SERIES_VARIABLES } from './promql-variables.ts';
import { checkSource, notInTime, sourceHost } from './source.ts';

export const promqlProbe: ProbeKind<PromqlProbe> = {
  kind: 'promql',
  host: ({ server }) => sourceHost(server),
  check,
  create(options, context) {
    assertNoFaults('promql', check(options));
    return onFirstRun(
      async () => (await import('./promql-probe.ts')).createPromqlProbe(options, context),
      notInTime(options.server),
    );
  },
};

function check(options: PromqlProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  for (const field of ['healthy', 'degraded'] as const) {
    const message = options[field] === '' ? undefined : findExpressionFault(options[field], SERIES_VARIABLES);
    if (message !== undefined) faults.push({ path: [field], message });
  }
  return [...faults, ...checkSource(options, 'server', options.server), ...checkOAuth2(options.oauth2, ['oauth2'])];
}
