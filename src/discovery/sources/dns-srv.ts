// SRV records (RFC 2782) as targets. An answer without records says that there are none; a name that does not exist may as well be one that is
// misspelt or was taken out by mistake, so that it keeps what was there.
import type { DnsDiscovery } from '../../../gen/openk/config/v1/config_pb.ts';
import { AskFault } from '../http.ts';
import type { Source, SourceContext, SrvRecord } from '../source.ts';
import { createRefreshedSource } from './refreshed.ts';

const FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ETIMEOUT: 'is not answered for: the name server is silent',
  ECONNREFUSED: 'is not answered for: the name server cannot be reached',
};

export function createDnsSource(
  { name, resolver }: Pick<DnsDiscovery, 'name' | 'resolver'>,
  intervalMs: number,
  context: SourceContext,
): Source {
  const ask = async (signal: AbortSignal) => {
    let records: readonly SrvRecord[];
    try {
      records = await context.network.resolveSrv(name, resolver, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'ENODATA') throw new AskFault(`the name ${name} ${FAULTS[code] ?? `is not answered for (${code})`}`);
      records = [];
    }
    // A single dot means that the service is not there.
    const there = records.filter((record) => record.name !== '' && record.name !== '.');
    const targets = there.map(({ name: host, port, priority, weight }) => ({
      name: `${host.toLowerCase()}:${port}`,
      address: `${host.toLowerCase()}:${port}`,
      labels: {
        __meta_dns_name: name,
        __meta_dns_srv_record_target: host,
        __meta_dns_srv_record_port: String(port),
        __meta_dns_srv_record_priority: String(priority),
        __meta_dns_srv_record_weight: String(weight),
      },
    }));
    // The same host may be there with several weights.
    return { targets: [...new Map(targets.map((target) => [target.name, target])).values()], faults: [] };
  };
  return createRefreshedSource({ intervalMs, ask }, context);
}
