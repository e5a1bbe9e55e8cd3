// Who calls, as far as the connection says: what limits per caller count by. The edge puts it where every protocol carries it,
// and the services read it there.
import { type ContextValues, createContextKey, createContextValues } from '@connectrpc/connect';

const CLIENT_ADDRESS = createContextKey('', { description: 'address of the other end of the connection' });

/** @param address undefined once the connection is gone */
export function contextOfClient(address: string | undefined): ContextValues {
  return createContextValues().set(CLIENT_ADDRESS, address ?? '');
}

/**
 * Equal for calls of one client: an IPv4 address, or the /64 of an IPv6 one, of which every host has a whole network. Empty
 * where there is no connection.
 */
export function clientOf(values: Pick<ContextValues, 'get'>): string {
  const address = values.get(CLIENT_ADDRESS);
  if (!address.includes(':')) return address;
  const embedded = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  return embedded ?? networkOf(address);
}

/** RFC 4291, section 2.2: `::` stands for as many zeros as there is room for. */
function networkOf(address: string): string {
  const [before = '', after] = address.split('%', 1)[0]!.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? [] : new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
