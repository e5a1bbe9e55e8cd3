// The kind `discovery`: says how a source of components is, or something whose health a source knows. It looks at nothing itself: what is
// known of sources comes in as an argument, and what changes there between two runs is pushed.
import type { DiscoveryProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../core/observation.ts';
import type { ProbeKind } from './probe.ts';

const NO_SOURCES: Observation = {
  outcome: 'UNKNOWN',
  reason: { code: 'DISCOVERY_NONE', message: 'there is no such source' },
  decisive: true,
};

export const discoveryProbe: ProbeKind<DiscoveryProbe> = {
  kind: 'discovery',
  host: () => 'discovery',
  check: () => [],
  create({ source, target }, { discovered, push }) {
    let said = '';
    let end: (() => void) | undefined;
    const look = () => discovered?.look(source, target) ?? NO_SOURCES;
    const wordsOf = ({ outcome, reason }: Observation) => JSON.stringify([outcome, reason]);
    return {
      async run() {
        end ??= discovered?.subscribe(() => {
          const now = look();
          if (wordsOf(now) === said) return;
          said = wordsOf(now);
          push(now);
        });
        const now = look();
        said = wordsOf(now);
        return now;
      },
      async close() {
        end?.();
      },
    };
  },
};
