// Networks that nothing of OpenK connects to: those of the configuration, and while this instance probes for another one, also those of that one.
import type { BlockList } from 'node:net';
import type { LoadedConfig } from '../config/read-config.ts';
import { blockListOf } from '../probes/networks.ts';

export interface DeniedNetworks {
  toProbes(): BlockList;
  toChannels(): BlockList;
  configure(config: Pick<LoadedConfig, 'denyAddresses' | 'alerts'>): void;
  /** @param addresses of the instance that it probes for; empty: it decides itself */
  takeFromDecider(addresses: readonly string[]): void;
}

export function createDeniedNetworks(config: Parameters<DeniedNetworks['configure']>[0]): DeniedNetworks {
  let own: readonly string[] = [];
  let ofDecider: readonly string[] = [];
  let toProbes: BlockList;
  let toChannels: BlockList;
  const configure = ({ denyAddresses, alerts }: typeof config) => {
    own = denyAddresses;
    toProbes = blockListOf([...own, ...ofDecider]);
    toChannels = blockListOf(alerts.denyAddresses);
  };
  configure(config);
  return {
    toProbes: () => toProbes,
    toChannels: () => toChannels,
    configure,
    takeFromDecider(addresses) {
      ofDecider = addresses;
      toProbes = blockListOf([...own, ...ofDecider]);
    },
  };
}
