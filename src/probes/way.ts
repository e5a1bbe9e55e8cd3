// The way to a target where it is not that of the system: a family of addresses, a name server, a proxy. It stands alone since
// every kind that connects takes the same options.

import { isIP } from 'node:net';
import { type HttpProbe, IpFamily } from '../../gen/openk/config/v1/config_pb.ts';
import type { ProbeFault } from './faults.ts';
import { type HostPort, parseHostPort, readHostPort } from './host-port.ts';

/** The fields of a kind's message that say it. */
export type WayOptions = Partial<Pick<HttpProbe, 'ipFamily' | 'resolver' | 'proxy'>>;

export interface Way {
  /** The only family that is tried. */
  readonly family?: 4 | 6;
  /** The family that is tried first. Left out: 6. */
  readonly first?: 4;
  /** IP or IP:PORT. */
  readonly resolver?: string;
  readonly proxy?: HttpProxy;
}

export interface HttpProxy extends HostPort {
  /** For people: without credentials. */
  readonly shown: string;
  /** Of the header Proxy-Authorization. */
  readonly authorization?: string;
}

const FAMILIES: Readonly<Record<IpFamily, Way>> = {
  [IpFamily.UNSPECIFIED]: {},
  [IpFamily.IPV4]: { family: 4 },
  [IpFamily.IPV6]: { family: 6 },
  [IpFamily.PREFER_IPV4]: { first: 4 },
};

/** Of options in which `checkWay` finds nothing wrong. */
export function wayOf({ ipFamily = IpFamily.UNSPECIFIED, resolver = '', proxy = '' }: WayOptions): Way {
  const through = proxy === '' ? undefined : readProxy(proxy);
  return {
    // The schema lets no other numbers through.
    ...(FAMILIES[ipFamily] ?? {}),
    ...(resolver !== '' && { resolver }),
    ...(through !== undefined && { proxy: through }),
  };
}

/** @param host of the target; undefined where it is not known */
export function checkWay(options: WayOptions, host: string | undefined): readonly ProbeFault[] {
  const { ipFamily = IpFamily.UNSPECIFIED, resolver = '', proxy = '' } = options;
  const faults: ProbeFault[] = [];
  const { family } = FAMILIES[ipFamily] ?? {};
  const own = isIP(host?.replace(/%.*$/, '') ?? '');
  if (own !== 0 && family !== undefined && own !== family)
    faults.push({ path: ['ip_family'], message: `is not that of the target, which is an IPv${own} address` });
  if (resolver !== '' && !isIP(resolver) && !isIP(readHostPort(resolver)?.host ?? ''))
    faults.push({ path: ['resolver'], message: 'must be IP or IP:PORT' });
  if (proxy !== '' && readProxy(proxy) === undefined)
    faults.push({ path: ['proxy'], message: 'must be http://HOST:PORT, with credentials before the host if need be' });
  return faults;
}

/** The secrets in a way, as they are sent. */
export function waySecrets({ proxy = '' }: WayOptions): readonly string[] {
  const { username = '', password = '' } = URL.parse(proxy) ?? {};
  return [username, password].filter((text) => text !== '');
}

/** Of `IP` or `IP:PORT`. */
export function resolverHost(resolver: string): string {
  return (isIP(resolver) ? resolver : parseHostPort(resolver).host).toLowerCase();
}

function readProxy(text: string): HttpProxy | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'http:' || url.hostname === '') return undefined;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return undefined;
  const authorization = basicCredentials(url);
  if (authorization === undefined) return undefined;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 80),
    shown: url.host,
    ...(authorization !== '' && { authorization }),
  };
}

/** The Authorization of the credentials in a URL (RFC 7617); empty without any, undefined when they cannot be decoded. */
export function basicCredentials(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return '';
  try {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
  } catch {
    return undefined;
  }
}
