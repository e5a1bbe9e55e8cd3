// An endpoint of Gatus as a probe of OpenK, by the kind that its URL names.
import { grpc, icmp, ssh, starttls, tcp, tls, websocket } from './connections.ts';
import { dns } from './dns.ts';
import { http } from './http.ts';
import { lost, type Probed, type ProbeOptions } from './probe.ts';
import type { GatusEndpoint } from './read-gatus.ts';

/** The probe, or why there is none. */
export function probeOf(endpoint: GatusEndpoint, options: ProbeOptions): Probed {
  const url = endpoint.url.text;
  if (endpoint.client.tunnel !== undefined) return lost('it goes through an SSH tunnel, which OpenK does not');
  if (endpoint.client.hasIdentityAwareProxy)
    return lost('it logs in at an Identity-Aware Proxy of Google, which OpenK does not');
  if (endpoint.dns !== undefined) return dns(endpoint);
  const scheme = /^([a-z0-9+]+):\/\//.exec(url)?.[1];
  switch (scheme) {
    case 'http':
    case 'https':
      return http(endpoint, options);
    case 'tcp':
      return tcp(endpoint, options, url.slice('tcp://'.length), {});
    case 'tls':
      return tls(endpoint, options, url.slice('tls://'.length));
    case 'starttls':
      return starttls(endpoint, url.slice('starttls://'.length));
    case 'grpc':
    case 'grpcs':
      return grpc(endpoint);
    case 'icmp':
      return icmp(endpoint);
    case 'ssh':
      return ssh(endpoint);
    case 'ws':
    case 'wss':
      return websocket(endpoint, options);
    case 'udp':
    case 'sctp':
      return lost(`OpenK has no probe for ${scheme}`);
    default:
      return lost(
        url === '' ? 'its url is empty here: it is of a variable that is not set' : 'Gatus knows no such url either',
      );
  }
}
