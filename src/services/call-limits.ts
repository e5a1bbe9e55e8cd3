// How often callers may call: each address, and each principal whatever addresses it calls from. What asks after OpenK itself
// (/livez, /readyz, `grpc.health.v1` of "") is never counted: a limit must not have it restarted.
import type { ConnectError, ServiceImpl } from '@connectrpc/connect';
import type { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { refusal } from '../errors/to-connect.ts';
import { addressOf, clientKey, findPrincipalName } from './caller.ts';
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts';

/** Counts a call for those of both that are given. @returns why it must not begin; undefined: it may */
export type LimitCalls = (address: string | undefined, principal: string | undefined) => ConnectError | undefined;

export type CallLimit = 'calls_per_second_per_client' | 'calls_per_second_per_principal';

export interface CallLimitsOptions {
  /** Of one address. 0: no limit. */
  readonly perSecondPerClient: number;
  /** Of one principal that has shown a credential. 0: no limit. */
  readonly perSecondPerPrincipal: number;
  readonly monotonicMs: () => number;
  /** Receives the key of the configuration that refused. Must not throw. */
  readonly onRefused?: (limit: CallLimit) => void;
}

/** Clients may be anybody, principals are known. */
const MAX_CLIENTS = 20_000;
const MAX_PRINCIPALS = 10_000;

/** Undefined where nothing is limited. */
export function createCallLimits(options: CallLimitsOptions): LimitCalls | undefined {
  const { perSecondPerClient, perSecondPerPrincipal, monotonicMs, onRefused } = options;
  if (perSecondPerClient === 0 && perSecondPerPrincipal === 0) return undefined;
  const create = (perSecond: number, maxKeys: number) =>
    perSecond === 0 ? undefined : createTokenBuckets({ perSecond, maxKeys, monotonicMs });
  const clients = create(perSecondPerClient, MAX_CLIENTS);
  const principals = create(perSecondPerPrincipal, MAX_PRINCIPALS);
  const take = (buckets: TokenBuckets, key: string, limit: CallLimit, perSecond: number) => {
    const waitMs = buckets.waitMs(key);
    if (waitMs > 0) {
      onRefused?.(limit);
      return refusal('TOO_MANY_CALLS', { limit, perSecond, waitMs });
    }
    buckets.take(key);
    return undefined;
  };

  return (address, principal) => {
    const refused =
      clients && address && take(clients, clientKey(address), 'calls_per_second_per_client', perSecondPerClient);
    if (refused) return refused;
    return principals && principal
      ? take(principals, principal, 'calls_per_second_per_principal', perSecondPerPrincipal)
      : undefined;
  };
}

/** Counts what is asked of components: only the message says of what, so that nothing before can. */
export function limitChecks(
  service: ServiceImpl<typeof Health>,
  limit: LimitCalls | undefined,
): ServiceImpl<typeof Health> {
  if (limit === undefined) return service;
  const count = (name: string, values: Parameters<typeof addressOf>[0]) => {
    const refused = name === '' ? undefined : limit(addressOf(values), findPrincipalName(values));
    if (refused !== undefined) throw refused;
  };
  return {
    ...service,
    check(request, context) {
      count(request.service, context.values);
      return service.check(request, context);
    },
    watch(request, context) {
      count(request.service, context.values);
      return service.watch(request, context);
    },
  };
}
