// The way from an instance to the one that decides.
import { createClient } from '@connectrpc/connect';
import { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import type { ClientTls } from '../../gen/openk/config/v1/config_pb.ts';
import type { AgentConnection } from '../agent/agent.ts';
import { overHttp2, READ_MAX_BYTES, sendToken } from '../cli/http2-link.ts';
import { createClientTls } from '../probes/client-tls.ts';

/** Opens nothing before the first call. */
export function createInstanceDialer(tls: ClientTls | undefined): (server: string, secret: string) => AgentConnection {
  const context = createClientTls(tls);
  return (server, secret) => {
    const { hostname, protocol } = new URL(server);
    const host = hostname.replace(/^\[|\]$/g, '');
    const { transport, drop } = overHttp2(
      { baseUrl: server, readMaxBytes: READ_MAX_BYTES, interceptors: [sendToken(secret)] },
      protocol === 'https:' ? context.connectOptions(host) : {},
    );
    return { client: createClient(AgentService, transport), drop };
  };
}
