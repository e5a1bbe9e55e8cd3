// The probe kind `icmp`: sends an echo request. The code is in icmp-probe.ts, loaded by the first run.
import { isIP } from 'node:net';
import type { IcmpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { readName } from './host-port.ts';
import { onFirstRun } from './on-first-run.ts';
import type { ProbeKind } from './probe.ts';
import { checkWay } from './way.ts';

export const icmpProbe: ProbeKind<IcmpProbe> = {
  kind: 'icmp',
  host: ({ target }) => hostOf(target) ?? target,
  check,
  create(options, context) {
    assertNoFaults('icmp', check(options));
    const host = hostOf(options.target)!;
    return onFirstRun(async () => (await import('./icmp-probe.ts')).createIcmpProbe({ ...options, host }, context));
  },
};

/** Undefined where it is none. */
function hostOf(target: string): string | undefined {
  return isIP(target) ? target.replace(/^[^%]*/, (digits) => digits.toLowerCase()) : readName(target);
}

function check(options: IcmpProbe): readonly ProbeFault[] {
  const host = hostOf(options.target);
  const faults: ProbeFault[] = [];
  if (host === undefined)
    faults.push({ path: ['target'], message: 'must be a host name or an IP address: no port, no brackets, no URL' });
  return [...faults, ...checkWay(options, host)];
}
