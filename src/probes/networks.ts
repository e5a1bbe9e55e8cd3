// Networks of the configuration, as Node checks whether an address is in one of them.
import { BlockList, isIPv6 } from 'node:net';
import { remembered } from '../core/remembered.ts';

const MAX_REMEMBERED = 2048;

/** @param networks IP addresses, or networks such as `169.254.0.0/16` */
export function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.replace(/%[^/]*/, '').split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

const answersOf = new WeakMap<BlockList, (address: string) => boolean>();

/**
 * Whether an address is in a list that is complete. Remembered, since Node makes an object for each address that it is asked about.
 *
 * @param address with its zone, where it has one
 */
export function isListed(list: BlockList, address: string): boolean {
  let answer = answersOf.get(list);
  if (answer === undefined) {
    answer = remembered((asked) => {
      // BlockList knows no zones, and takes IPv4 in the form of IPv6 for what it is.
      const plain = asked.replace(/%.*$/, '');
      return list.check(plain, plain.includes(':') ? 'ipv6' : 'ipv4');
    }, MAX_REMEMBERED);
    answersOf.set(list, answer);
  }
  return answer(address);
}
