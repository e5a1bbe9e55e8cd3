// What a configuration says beside its components, with every default filled in.
import {
  ServerTls_ClientCertificates as ClientCertificates,
  type ClientTls,
  type Config,
  Storage_OnCorrupt,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { Retention } from '../../core/store.ts';
import { durationToMs } from '../duration.ts';
import { type ListenAddress, parseListen } from './addresses.ts';
import {
  DEFAULT_DENY_ADDRESSES,
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_LISTEN,
  DEFAULT_STORAGE_URL,
  type FilledLimits,
  fillLimits,
  fillRetention,
} from './defaults.ts';

export interface CorsExtras {
  readonly allowedHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** In seconds. Left out: what is usual. */
  readonly maxAgeS?: number;
}

export interface Settings {
  readonly listen: ListenAddress;
  /** Left out: cleartext. Paths are absolute. */
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly clientCaFile?: string;
    readonly isClientCertificateOptional: boolean;
  };
  /** `memory:`, `sqlite:PATH` with the path as it is in the file, or `postgres://…`. Holds a password: not for a log. */
  readonly storageUrl: string;
  /** As configured: a store may keep less. */
  readonly retention: Retention;
  /** What to do with a file that is damaged. */
  readonly onCorruptStorage: 'REFUSE' | 'START_EMPTY';
  readonly corsOrigins: readonly string[];
  /** What pages of those origins may do beyond a plain call. */
  readonly cors: CorsExtras;
  /** Empty: what is usual for where it listens. */
  readonly allowedHosts: readonly string[];
  /** Addresses and networks of proxies that are believed. */
  readonly trustedProxies: readonly string[];
  /** Whether connections from there begin with a header of the PROXY protocol. */
  readonly proxyProtocol: boolean;
  readonly limits: FilledLimits;
  /** Addresses and networks that no probe connects to. */
  readonly denyAddresses: readonly string[];
  readonly drainTimeoutMs: number;
  /** Whether ordinary calls are answered by the pipeline, without Connect's own handlers. */
  readonly pipeline: boolean;
  /** Whether server reflection is answered. */
  readonly reflection: boolean;
  /** What this instance is called, and where it is. */
  readonly instance: {
    readonly id?: string;
    readonly place?: string;
    /** Where others reach it; left out: nobody shares its probes. */
    readonly advertise?: string;
    /** Towards the others. */
    readonly tls?: ClientTls;
  };
  /** Whether agents on other machines may come in cleartext. */
  readonly allowsCleartextAgents: boolean;
}

/** @param deniesAddresses whether it says which addresses no probe connects to, if only that there are none */
export function toSettings(config: Config, deniesAddresses: boolean): Settings {
  return {
    listen: parseListen(config.listen || DEFAULT_LISTEN),
    ...(config.tls && {
      tls: {
        certFile: config.tls.certFile,
        keyFile: config.tls.keyFile,
        ...(config.tls.clientCaFile !== '' && { clientCaFile: config.tls.clientCaFile }),
        isClientCertificateOptional: isClientCertificateOptional(config),
      },
    }),
    storageUrl: config.storage?.url || DEFAULT_STORAGE_URL,
    retention: fillRetention(config.storage?.retention),
    corsOrigins: (config.cors?.allowedOrigins ?? []).map(toOrigin),
    cors: {
      allowedHeaders: config.cors?.allowedHeaders ?? [],
      allowCredentials: config.cors?.allowCredentials ?? false,
      ...(config.cors?.maxAge && { maxAgeS: Math.floor(durationToMs(config.cors.maxAge) / 1000) }),
    },
    allowedHosts: config.server?.allowedHosts ?? [],
    trustedProxies: config.server?.trustedProxies ?? [],
    proxyProtocol: config.server?.proxyProtocol ?? false,
    onCorruptStorage: config.storage?.onCorrupt === Storage_OnCorrupt.START_EMPTY ? 'START_EMPTY' : 'REFUSE',
    limits: fillLimits(config.limits),
    denyAddresses: deniesAddresses ? (config.probes?.denyAddresses ?? []) : DEFAULT_DENY_ADDRESSES,
    drainTimeoutMs: config.drainTimeout ? durationToMs(config.drainTimeout) : DEFAULT_DRAIN_TIMEOUT_MS,
    pipeline: config.server?.pipeline ?? config.server?.leanLanes ?? true,
    reflection: config.server?.reflection ?? true,
    instance: {
      ...(config.instance?.id && { id: config.instance.id }),
      ...(config.instance?.place && { place: config.instance.place }),
      ...(config.instance?.advertise && { advertise: config.instance.advertise.replace(/\/$/, '') }),
      ...(config.instance?.tls && { tls: config.instance.tls }),
    },
    allowsCleartextAgents: config.agents?.allowCleartext ?? false,
  };
}

/** As browsers write it: lower case, punycode, no port that goes without saying (RFC 6454, section 6.2). */
function toOrigin(text: string): string {
  return URL.parse(text)?.origin ?? text;
}

function isClientCertificateOptional({ tls, auth }: Config): boolean {
  const { clientCertificates = ClientCertificates.UNSPECIFIED } = tls ?? {};
  if (clientCertificates !== ClientCertificates.UNSPECIFIED) {
    return clientCertificates === ClientCertificates.OPTIONAL;
  }
  return (auth?.mtls.length ?? 0) > 0;
}
