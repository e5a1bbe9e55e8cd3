// The addresses of a host, in the order in which they are to be tried: of the family that is wanted, without those that are denied, the
// preferred family first. For kinds whose connections are not the dialler's.
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import { type Address, type Lookup, LookupFailed } from './lookup.ts';
import { resolverHost, type Way } from './way.ts';

/** All addresses of the target are denied by the configuration. */
export class AddressDenied extends Error {
  override readonly name = 'AddressDenied';
  readonly code = 'ADDRESS_DENIED';
  readonly evidence: string;
  constructor(address: string) {
    super('connections to this address are denied by the configuration');
    this.evidence = address;
  }
}

/** RFC 8305, section 3: how long the addresses of one family wait for those of the other. */
export const RESOLUTION_DELAY_MS = 50;

export interface FindOptions {
  readonly clock: Clock;
  readonly lookup: Lookup;
  readonly way: Way;
  /** Whether no probe may connect to it. */
  readonly denies: (address: string) => boolean;
}

export interface Found {
  /** At least one. With their zones where they have them. */
  readonly addresses: readonly string[];
  /** Left out: there was nothing to look up. */
  readonly dnsMs?: number;
}

/** @throws LookupFailed, AddressDenied, the signal's reason */
export function findAddresses(
  host: string,
  { clock, lookup, way, denies }: FindOptions,
  signal: Cancellation,
): Promise<Found> {
  const { family: only, first = 6, resolver } = way;
  signal.throwIfAborted();
  const choose = (addresses: readonly Address[]): readonly string[] => {
    const wanted = only === undefined ? addresses : addresses.filter(({ family }) => family === only);
    if (wanted.length === 0) throw new LookupFailed(only === 4 ? 'LOOKUP_NO_IPV4' : 'LOOKUP_NO_IPV6');
    const allowed = wanted.filter(({ address }) => !denies(address));
    if (allowed.length === 0) throw new AddressDenied(wanted[0]!.address);
    return interleaved(allowed, first).map(({ address }) => address);
  };
  return new Promise((resolve, reject) => {
    const known = lookup.known(host);
    if (known !== undefined) return resolve({ addresses: choose(known) });
    // The resolver opens its sockets by itself.
    if (resolver !== undefined && denies(resolverHost(resolver))) throw new AddressDenied(resolverHost(resolver));
    const startedMs = clock.monotonicMs();
    const addresses: Address[] = [];
    let clearTimer: (() => void) | undefined;
    const end = () => {
      signal.removeEventListener('abort', onAbort);
      clearTimer?.();
      stop();
    };
    const settle = () => {
      end();
      try {
        resolve({ addresses: choose(addresses), dnsMs: clock.monotonicMs() - startedMs });
      } catch (error) {
        reject(error);
      }
    };
    const fail = (error: unknown) => {
      end();
      reject(error);
    };
    const onAbort = () => fail(signal.reason);
    signal.addEventListener('abort', onAbort);
    const stop = lookup.ask(host, {
      onAddresses(more, isComplete) {
        addresses.push(...more);
        // Those of a family that is not wanted are no answer; those of the other one may be the only ones that there is a way to.
        if (isComplete || more.some(({ family }) => family === only)) settle();
        else if (only === undefined) clearTimer ??= clock.after(RESOLUTION_DELAY_MS, settle);
      },
      onFailure: fail,
    });
  });
}

/** RFC 8305, section 4: the families in turns; within one as the name server gave them. */
export function interleaved(addresses: readonly Address[], firstFamily: 4 | 6): Address[] {
  const first = addresses.filter(({ family }) => family === firstFamily);
  const second = addresses.filter(({ family }) => family !== firstFamily);
  const turns = Math.max(first.length, second.length);
  return Array.from({ length: turns }, (_, turn) => [first[turn], second[turn]])
    .flat()
    .filter((address) => address !== undefined);
}
