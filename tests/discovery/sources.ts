// What tests of sources share: a source with a clock that the test turns, a real network, and the next time that it says something.
import type { Socket } from 'node:net';
import { createDiscoveryNetwork } from '../../src/compose/discovery-network.ts';
import type { Network, Source, SourceContext, SourceReading } from '../../src/discovery/source.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { blockListOf } from '../../src/probes/networks.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

export interface WatchedSource {
  readonly source: Source;
  readonly clock: FakeClock;
  /** Lets this time pass, and waits until it says something. */
  next(ms?: number): Promise<SourceReading>;
  /** Waits until it says something for which this holds. */
  until(holds: (reading: SourceReading) => boolean, ms?: number): Promise<SourceReading>;
}

export function watchSource(
  create: (context: SourceContext) => Source,
  { network = realNetwork(), env = {} }: { readonly network?: Network; readonly env?: SourceContext['env'] } = {},
): WatchedSource {
  const clock = createFakeClock();
  let said = 0;
  let seen = 0;
  const source = create({
    clock,
    onChange: () => void said++,
    userAgent: 'openk/test',
    random: () => 0.5,
    network,
    env,
  });
  const next = async (ms = 0) => {
    if (said === seen) await clock.advance(ms);
    while (said === seen) await new Promise(setImmediate);
    seen = said;
    return source.read();
  };
  return {
    source,
    clock,
    next,
    async until(holds, ms) {
      for (;;) {
        const reading = await next(ms);
        if (holds(reading)) return reading;
      }
    },
  };
}

export function realNetwork(denied: readonly string[] = []): Network {
  const lookup = createLookup();
  return createDiscoveryNetwork(createDialer({ clock: systemClock, lookup, denied: () => blockListOf(denied) }));
}

export function addressesOf({ targets }: SourceReading): readonly string[] | undefined {
  return targets?.map(({ address }) => address).sort();
}

/** Ends all connections, also those of a stream that never ends by itself. */
export function trackSockets(): { add(socket: Socket): void; readonly open: number; destroy(): void } {
  const sockets = new Set<Socket>();
  return {
    add(socket) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
    get open() {
      return sockets.size;
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
