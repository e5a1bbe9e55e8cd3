// Everything that the one port answers as RPC, with the interceptors around it. The edge mounts the result; tests call it
// in memory (createRouterTransport).
import type { Validator } from '@bufbuild/protovalidate';
import type { ConnectRouter, Interceptor, ServiceImpl } from '@connectrpc/connect';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { createErrorInterceptor, type LogDefect } from './interceptors/errors.ts';
import { createValidationInterceptor } from './interceptors/validate.ts';

export interface RoutesOptions {
  readonly healthService: ServiceImpl<typeof HealthService>;
  readonly grpcHealthService: ServiceImpl<typeof Health>;
  /** One per process. */
  readonly validator: Validator;
  readonly logDefect: LogDefect;
  /** Around all others, the first the outermost: telemetry. They replace what the router has. */
  readonly interceptors?: readonly Interceptor[];
}

export function createRoutes(options: RoutesOptions): (router: ConnectRouter) => void {
  const { healthService, grpcHealthService, validator, logDefect, interceptors: outer = [] } = options;
  const interceptors = [...outer, createErrorInterceptor({ logDefect }), createValidationInterceptor(validator)];
  return (router) => {
    router.service(HealthService, healthService, { interceptors });
    router.service(Health, grpcHealthService, { interceptors });
  };
}
