// Connections of sources of components: made as those of probes, to the same addresses.
import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { Network } from '../discovery/source.ts';
import { AddressDenied } from '../probes/addresses.ts';
import { createClientTls } from '../probes/client-tls.ts';
import type { Dialer } from '../probes/dial.ts';
import { failure } from '../probes/reason.ts';

/** As those of probes. */
const DNS_TRY_MS = 1000;
const DNS_TRIES = 4;

export function createDiscoveryNetwork(dialer: Dialer): Network {
  return {
    dial: async (target, signal) => (await dialer.dial(target, signal)).socket,
    dialTls: async (target, options, signal) => (await dialer.dialTls(target, options, signal)).socket,
    tlsOptions(tls) {
      const context = createClientTls(tls);
      return (host) => context.connectOptions(host);
    },
    explain(error, target) {
      if (error instanceof AddressDenied) return `the address of ${target} is in probes.deny_addresses`;
      return failure(error, target, 0).reason.message;
    },
    async resolveSrv(name, server, signal) {
      const resolver = new Resolver({ timeout: DNS_TRY_MS, tries: DNS_TRIES });
      if (server !== '') resolver.setServers([isIPv6(server) ? `[${server}]` : server]);
      const cancel = () => resolver.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        signal.throwIfAborted();
        return await resolver.resolveSrv(name);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}
