// The methods that a service mounts, found by handing its `routes` a router that only takes notes. So REST calls the very
// implementations and interceptors that the RPC protocols call.
import type { DescMethod } from '@bufbuild/protobuf';
import {
  type ConnectRouter,
  createMethodImplSpec,
  createServiceImplSpec,
  type Interceptor,
  type MethodImplSpec,
} from '@connectrpc/connect';
import { createStreamInvoker, createUnaryInvoker, type InvokeStream, type InvokeUnary } from './invoke.ts';

export type Procedure =
  | { readonly kind: 'unary'; readonly method: DescMethod; readonly invoke: InvokeUnary }
  | { readonly kind: 'server_streaming'; readonly method: DescMethod; readonly invoke: InvokeStream };

/**
 * The unary and server-streaming methods that `routes` mounts. Methods that take streams of requests are left out.
 * @param interceptors For what is mounted without interceptors of its own, as ConnectRouter does it. The first is the
 *   outermost.
 */
export function collectProcedures(
  routes: (router: ConnectRouter) => void,
  interceptors: readonly Interceptor[],
): readonly Procedure[] {
  const procedures: Procedure[] = [];
  const add = (spec: MethodImplSpec, own: readonly Interceptor[] = interceptors) => {
    const { kind, method } = spec;
    if (kind === 'unary') procedures.push({ kind, method, invoke: createUnaryInvoker(spec, own) });
    if (kind === 'server_streaming') procedures.push({ kind, method, invoke: createStreamInvoker(spec, own) });
  };
  const router: ConnectRouter = {
    handlers: [],
    service(service, implementation, options) {
      const { methods } = createServiceImplSpec(service, implementation);
      for (const spec of Object.values(methods)) add(spec, options?.interceptors);
      return router;
    },
    rpc(method, implementation, options) {
      add(createMethodImplSpec(method, implementation), options?.interceptors);
      return router;
    },
  };
  routes(router);
  return procedures;
}
