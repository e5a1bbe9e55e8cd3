// Which hosts a request may name. A page of somebody else reaches a port of the loopback by a name of its own that resolves
// there (DNS rebinding); its browser then takes the port for the page's own, and only the name gives it away.

/** Whether an authority (`host` or `host:port`, and a valid one) may be asked. */
export type HostCheck = (authority: string) => boolean;

const LOOPBACK: readonly string[] = ['localhost', '*.localhost', '::1'];

/**
 * @param configured `server.allowed_hosts`: names and addresses, `*.NAME`, or `*`
 * @param listenHost what the port listens on; where that is the loopback and nothing is configured, only that is asked
 */
export function allowedHosts(configured: readonly string[], listenHost: string): readonly string[] {
  if (configured.length > 0) return configured;
  return isLoopback(listenHost) ? [...LOOPBACK, '127.0.0.0/8', listenHost] : ['*'];
}

export function createHostCheck(hosts: readonly string[]): HostCheck {
  const names = new Set<string | undefined>();
  const suffixes: string[] = [];
  let anyLoopback4 = false;
  for (const host of hosts) {
    if (host === '*') return () => true;
    if (host === '127.0.0.0/8') anyLoopback4 = true;
    else if (host.startsWith('*.')) suffixes.push(host.slice(1).toLowerCase());
    else names.add(hostNameOf(host));
  }
  return (authority) => {
    const name = URL.parse(`http://${authority}`)?.hostname.replace(/\.$/, '');
    if (name === undefined || name === '') return false;
    return names.has(name) || suffixes.some((end) => name.endsWith(end)) || (anyLoopback4 && LOOPBACK_4.test(name));
  };
}

/** As a URL writes it: the many ways to write an IPv4 address are one there. */
const LOOPBACK_4 = /^127\.\d+\.\d+\.\d+$/;

/** Whether a name or address without a port can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const name = hostNameOf(host);
  return name === 'localhost' || name === '[::1]' || (name !== undefined && LOOPBACK_4.test(name));
}

/** Of a name or address without a port, IPv6 with brackets or without. */
function hostNameOf(host: string): string | undefined {
  const written = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return URL.parse(`http://${written}`)?.hostname.replace(/\.$/, '');
}
