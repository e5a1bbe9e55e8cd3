// The probe kind `consul`: how the instances of a service are. The code is in consul-probe.ts, loaded by the first run.
import type { ConsulProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { onFirstRun } from './on-first-run.ts';
import type { ProbeKind } from './probe.ts';
import { checkSource, notInTime, sourceHost } from './source.ts';

export const consulProbe: ProbeKind<ConsulProbe> = {
  kind: 'consul',
  host: ({ server }) => sourceHost(server),
  check,
  create(options, context) {
    assertNoFaults('consul', check(options));
    return onFirstRun(
      async () => (await import('./consul-probe.ts')).createConsulProbe(options, context),
      notInTime(options.server),
    );
  },
};

function check(options: ConsulProbe): readonly ProbeFault[] {
  const faults = checkSource(options, 'server', options.server);
  if (!/[^\x21-\x7e]/.test(options.token)) return faults;
  return [...faults, { path: ['token'], message: 'must be printable ASCII without blanks' }];
}
