// Connections of alert channels: made as those of probes, to other addresses.
import type { BlockList } from 'node:net';
import type { Connections } from '../alerts/channels/connections.ts';
import type { Clock } from '../core/clock.ts';
import { AddressDenied } from '../probes/addresses.ts';
import { createClientTls } from '../probes/client-tls.ts';
import { createDialer } from '../probes/dial.ts';
import type { Lookup } from '../probes/lookup.ts';
import { failure } from '../probes/reason.ts';

export interface ChannelConnectionsOptions {
  readonly clock: Clock;
  readonly lookup: Lookup;
  /** `alerts.deny_addresses`; asked at each attempt. */
  readonly denied: () => BlockList;
}

export function createChannelConnections(options: ChannelConnectionsOptions): Connections {
  const dialer = createDialer(options);
  const tlsOptions: Connections['tlsOptions'] = (host, caFile) =>
    createClientTls(caFile === undefined ? {} : { caFile }).connectOptions(host);
  return {
    tlsOptions,
    dial: async (target, signal) => (await dialer.dial(target, signal)).socket,
    async dialTls(target, signal) {
      const tls = { ...tlsOptions(target.host), ALPNProtocols: ['http/1.1'] };
      return (await dialer.dialTls(target, tls, signal)).socket;
    },
    explain(error, target) {
      if (error instanceof AddressDenied) return `the address of ${target} is in alerts.deny_addresses`;
      return failure(error, target, 0).reason.message;
    },
  };
}
