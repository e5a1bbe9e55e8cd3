// What channels are made with in tests: the connections of the product, over a lookup that knows only what a test says.
import { Resolver } from 'node:dns/promises';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { ChannelContext } from '../../../src/alerts/channels/channel-kind.ts';
import { type ChannelKindName, createChannel } from '../../../src/alerts/channels/registry.ts';
import { createChannelConnections } from '../../../src/compose/channel-connections.ts';
import type { Channel, SendResult } from '../../../src/core/alert.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import { createLookup, type Lookup } from '../../../src/probes/lookup.ts';
import { blockListOf } from '../../../src/probes/networks.ts';
import { createTemporaryFiles } from '../../support/temporary-files.ts';
import { type DnsUpstream, startDns } from '../../support/upstreams/dns.ts';

export interface RigOptions {
  readonly clock?: Clock;
  /** Addresses that nobody connects to. */
  readonly denied?: readonly string[];
}

export interface ChannelRig {
  context(using?: RigOptions): ChannelContext;
  channel(kind: ChannelKindName, options: unknown, using?: RigOptions): Channel;
  /** Everything that was answered so far, as text. */
  readonly said: readonly string[];
  /** Sends, and keeps what came of it. */
  kept(result: Promise<SendResult>): Promise<SendResult>;
}

export const TIMEOUT_MS = 10_000;
export const never = new AbortController().signal;

/** For one file of tests, at its top; everything is closed after each test. */
export function createChannelRig(): ChannelRig {
  const files = createTemporaryFiles();
  const channels: Channel[] = [];
  const said: string[] = [];
  let names: DnsUpstream;
  let lookup: Lookup;
  beforeAll(async () => {
    // Knows no name.
    names = await startDns({});
    lookup = createLookup({
      createResolver() {
        const resolver = new Resolver({ timeout: 1000, tries: 1 });
        resolver.setServers([names.address]);
        return resolver;
      },
      hostsFile: files.write('hosts', ''),
      resolvConf: files.write('resolv.conf', ''),
    });
  });
  afterEach(async () => {
    await Promise.all(channels.splice(0).map((channel) => channel.close()));
  });
  afterAll(async () => {
    lookup.close();
    await names.close();
    files.remove();
  });
  const context = ({ clock = systemClock, denied = [] }: RigOptions = {}): ChannelContext => {
    const list = blockListOf(denied);
    const connections = createChannelConnections({ clock: systemClock, lookup, denied: () => list });
    return { clock, userAgent: 'openk/test', connections };
  };
  return {
    said,
    context,
    channel(kind, options, using = {}) {
      const definition = { id: 'chan', kind, timeoutMs: TIMEOUT_MS, options, fingerprint: 'f' };
      const channel = createChannel(definition, context(using));
      channels.push(channel);
      return channel;
    },
    async kept(result) {
      const settled = await result;
      said.push(JSON.stringify(settled));
      return settled;
    },
  };
}
