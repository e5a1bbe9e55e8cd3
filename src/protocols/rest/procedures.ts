// The methods that a service mounts, found by handing its `routes` a router that only takes notes. So REST calls the very
// implementations and interceptors that the RPC protocols call.
import type { DescMethod } from '@bufbuild/protobuf';
import { type ConnectRouter, createConnectRouter, type Interceptor } from '@connectrpc/connect';
import type { ObserveCall } from '../../calls/call.ts';
import { type RecordedMethod, recordMethods } from '../../calls/methods.ts';
import { createStreamInvoker, createUnaryInvoker, type InvokeStream, type InvokeUnary } from './invoke.ts';

export type Procedure = {
  readonly method: DescMethod;
  readonly observe?: ObserveCall | undefined;
} & (
  | { readonly kind: 'unary'; readonly invoke: InvokeUnary }
  | { readonly kind: 'server_streaming'; readonly invoke: InvokeStream }
);

/**
 * The unary and server-streaming methods that `routes` mounts. Methods that take streams of requests are left out.
 * @param interceptors For what is mounted without interceptors of its own, as ConnectRouter does it. The first is the
 *   outermost.
 * @param observe Makes for a method what is told of its calls.
 */
export function collectProcedures(
  routes: (router: ConnectRouter) => void,
  interceptors: readonly Interceptor[],
  observe?: (method: DescMethod) => ObserveCall,
): readonly Procedure[] {
  const methods: RecordedMethod[] = [];
  routes(recordMethods(createConnectRouter(), methods));
  return methods.flatMap(({ spec, interceptors: own = interceptors }): Procedure[] => {
    const { kind, method } = spec;
    const each = { method, observe: observe?.(method) };
    if (kind === 'unary') return [{ ...each, kind, invoke: createUnaryInvoker(spec, own) }];
    if (kind === 'server_streaming') return [{ ...each, kind, invoke: createStreamInvoker(spec, own) }];
    return [];
  });
}
