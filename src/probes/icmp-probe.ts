// What a run of the probe kind `icmp` does: looks the name up as all kinds do, and has the address pinged.

import type { IcmpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { abortSignalOf } from '../core/cancellation.ts';
import type { Phases } from '../core/observation.ts';
import type { Probe } from '../core/probe.ts';
import { createNotes } from './notes.ts';
import type { ProbeContext } from './probe.ts';
import { failure, reason } from './reason.ts';
import { wayOf } from './way.ts';

export function createIcmpProbe(
  options: Pick<IcmpProbe, 'target' | 'ipFamily' | 'resolver'> & { readonly host: string },
  { clock, dialer, pinger }: Pick<ProbeContext, 'clock' | 'dialer' | 'pinger'>,
): Probe {
  const { target, host } = options;
  const own = dialer.over(wayOf(options));
  return {
    async run({ signal, timeoutMs, onProgress }) {
      const startedMs = clock.monotonicMs();
      const elapsedMs = () => clock.monotonicMs() - startedMs;
      const notes = createNotes(onProgress);
      try {
        const { addresses, dnsMs } = await own.find(host, signal);
        const phases: Phases = dnsMs === undefined ? {} : { dnsMs };
        const { ping } = await pinger();
        for (const [tried, address] of addresses.entries()) {
          const evidence = address === host ? '' : `asked ${address}`;
          notes.take({ ...(dnsMs !== undefined && { phases }), ...(evidence !== '' && { evidence }) });
          const echo = await ping(address, { signal: abortSignalOf(signal), waitMs: timeoutMs / 2 });
          // This machine has no way to addresses of this family: another one may do.
          if (echo.kind === 'no-way' && tried < addresses.length - 1) continue;
          if (echo.kind === 'answered') {
            const { roundTripMs } = echo;
            notes.take({ phases: { ...phases, firstByteMs: roundTripMs }, ...(evidence !== '' && { evidence }) });
            return notes.addTo({ outcome: 'HEALTHY', reason: reason('OK', 'answered'), latencyMs: roundTripMs });
          }
          const why =
            echo.kind === 'silent'
              ? reason('NO_ECHO', `${target} did not answer the echo request`)
              : reason('HOST_UNREACHABLE', `${target} cannot be reached`, echo.evidence);
          return notes.addTo({ outcome: 'UNHEALTHY', reason: why, latencyMs: elapsedMs() });
        }
        throw new Error('there is no address');
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return notes.addTo(failure(error, target, elapsedMs()));
      }
    },
    // A process does not outlive its run.
    close: async () => {},
  };
}
