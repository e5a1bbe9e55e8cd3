// The way to a server: its URL, the protocol and TLS as the flags say, and a client that a command closes when it is done.
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Client, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { type Command, Option } from 'commander';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import { AlertService } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { MaintenanceService } from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import { StatusPageService } from '../../gen/openk/status/v1/status_pb.ts';
import { isLoopback } from '../transport/allowed-hosts.ts';
import { type CliContext, variable } from './context.ts';
import { readCredential } from './credential.ts';
import { CliError, EXIT } from './exit.ts';
import { type Link, overHttp2, READ_MAX_BYTES, sendToken, type TransportOptions } from './http2-link.ts';

export const PROTOCOLS = ['grpc', 'grpcweb', 'connect'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

const DEFAULT_SERVER = 'http://127.0.0.1:8080';

export interface ConnectionFlags {
  readonly server?: string;
  readonly protocol: Protocol;
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly tokenFile?: string;
  readonly cert?: string;
  readonly key?: string;
}

export type HealthClient = Client<typeof HealthService>;

export interface Connection {
  /** URL of the server, for messages. */
  readonly server: string;
  readonly protocol: Protocol;
  /** Where the token comes from that is sent; undefined: none is. */
  readonly tokenSource: string | undefined;
  readonly client: HealthClient;
  readonly statusPages: Client<typeof StatusPageService>;
  readonly alerts: Client<typeof AlertService>;
  readonly maintenance: Client<typeof MaintenanceService>;
  readonly agents: Client<typeof AgentService>;
  /** About OpenK itself. */
  readonly grpcHealth: Client<typeof Health>;
  /** Closes every socket and ends every call. A later call opens a new socket, and resolves the host name anew. */
  drop(): void;
}

/** Adds the flags that every command has that asks a server. */
export function addConnectionFlags(command: Command): Command {
  return command
    .option('--server <url>', `server to ask (environment: OPENK_SERVER; default: ${DEFAULT_SERVER})`)
    .addOption(
      new Option('--protocol <name>', 'grpc speaks HTTP/2; grpcweb and connect speak HTTP/1.1')
        .choices(PROTOCOLS)
        .default('grpc' satisfies Protocol),
    )
    .option('--ca <file>', 'PEM file with the authorities to trust instead of the public ones, for https://')
    .option('--cert <file>', 'PEM file with a client certificate to show, for https://')
    .option('--key <file>', 'PEM file with its key')
    .addOption(new Option('--insecure', 'trust any certificate; for tests only').conflicts('ca'))
    .option(
      '--token-file <file>',
      'file with an API key or a token to send (environment: OPENK_TOKEN, the token itself)',
    );
}

/**
 * Opens nothing before the first call.
 * @throws {CliError} with exit code 3 for a URL, a file or a token that cannot be used.
 */
export function createConnection(
  flags: ConnectionFlags,
  { env, stderr }: Pick<CliContext, 'env' | 'stderr'>,
): Connection {
  const { url, origin } = parseServer(flags.server ?? variable(env, 'OPENK_SERVER') ?? DEFAULT_SERVER);
  const tls = tlsOptions(flags, url);
  const credential = readCredential(flags.tokenFile, env);
  if (credential !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    // Sent all the same, as curl does: between here and there may be a mesh that encrypts.
    stderr.write(
      `openk: warning: the token goes to ${url.origin} in cleartext; use https:// unless the network encrypts\n`,
    );
  }
  const common = {
    baseUrl: url.href,
    readMaxBytes: READ_MAX_BYTES,
    interceptors: credential === undefined ? [] : [sendToken(credential.token)],
  };
  const { transport, drop } =
    flags.protocol === 'grpc' ? overHttp2(common, tls) : overHttp1(flags.protocol, common, url, tls);
  return {
    server: origin,
    protocol: flags.protocol,
    tokenSource: credential?.source,
    client: createClient(HealthService, transport),
    statusPages: createClient(StatusPageService, transport),
    alerts: createClient(AlertService, transport),
    maintenance: createClient(MaintenanceService, transport),
    agents: createClient(AgentService, transport),
    grpcHealth: createClient(Health, transport),
    drop,
  };
}

interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized?: boolean;
}

function overHttp1(protocol: 'grpcweb' | 'connect', options: TransportOptions, url: URL, tls: TlsOptions): Link {
  const agent = url.protocol === 'https:' ? new HttpsAgent(tls) : new HttpAgent();
  const createTransport = protocol === 'connect' ? createConnectTransport : createGrpcWebTransport;
  return {
    transport: createTransport({ ...options, httpVersion: '1.1', nodeOptions: { agent } }),
    drop: () => agent.destroy(),
  };
}

function parseServer(text: string): { url: URL; origin: string } {
  const url = URL.parse(text);
  // Not the text itself in the message: it may hold a password.
  if (url === null || !/^https?:$/.test(url.protocol) || url.host === '') {
    throw new CliError(
      EXIT.couldNotAsk,
      'the server (--server or OPENK_SERVER) is not an http:// or https:// URL',
      `Write it like ${DEFAULT_SERVER}.`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new CliError(
      EXIT.couldNotAsk,
      'the server URL (--server or OPENK_SERVER) has a user name, a password, a query or a fragment',
      `Leave them out: ${url.protocol}//${url.host}${url.pathname}`,
    );
  }
  return { url, origin: url.pathname === '/' ? url.origin : url.href };
}

function tlsOptions(flags: ConnectionFlags, url: URL): TlsOptions {
  if ((flags.cert === undefined) !== (flags.key === undefined)) {
    throw new CliError(EXIT.couldNotAsk, '--cert and --key belong together', 'Give both, or neither.');
  }
  const files = (['ca', 'cert', 'key'] as const).flatMap((flag) => {
    const path = flags[flag];
    return path === undefined ? [] : [[flag, readPem(flag, path, url)] as const];
  });
  return { ...Object.fromEntries(files), ...(flags.insecure === true && { rejectUnauthorized: false }) };
}

function readPem(flag: string, path: string, url: URL): Buffer {
  if (url.protocol !== 'https:') {
    throw new CliError(
      EXIT.couldNotAsk,
      `--${flag} is for https://, and the server is ${url.origin}`,
      `Leave --${flag} out.`,
    );
  }
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError(
      EXIT.couldNotAsk,
      `--${flag}: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`,
      'Name a readable PEM file.',
    );
  }
}
