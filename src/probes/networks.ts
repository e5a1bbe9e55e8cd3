// Networks of the configuration, as Node checks whether an address is in one of them.
import { BlockList, isIPv6 } from 'node:net';

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
