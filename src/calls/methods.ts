// The methods that services mount, with their implementations, which Connect's own router keeps to itself.
import type { DescMethod } from '@bufbuild/protobuf';
import {
  type ConnectRouter,
  createConnectRouter,
  createMethodImplSpec,
  createServiceImplSpec,
  type Interceptor,
  type MethodImplSpec,
} from '@connectrpc/connect';
import type { UniversalHandlerOptions } from '@connectrpc/connect/protocol';

export interface RecordedMethod {
  readonly spec: MethodImplSpec;
  /** In place of the interceptors of the server. */
  readonly interceptors?: readonly Interceptor[];
  readonly options: Partial<UniversalHandlerOptions>;
}

/** Options that the pipeline honours. A method with any other is left to Connect. */
const KNOWN_OPTIONS: ReadonlySet<string> = new Set(['interceptors', 'jsonOptions', 'binaryOptions']);

/** What `routes` mounts. */
export function collectMethods(routes: (router: ConnectRouter) => void): readonly RecordedMethod[] {
  const methods: RecordedMethod[] = [];
  routes(recordMethods(createConnectRouter(), methods));
  return methods;
}

/** The same router, that also puts into `methods` what is registered with it. */
function recordMethods(router: ConnectRouter, methods: RecordedMethod[]): ConnectRouter {
  const record = (spec: MethodImplSpec, options: Partial<UniversalHandlerOptions> = {}) => {
    if (Object.keys(options).every((key) => KNOWN_OPTIONS.has(key))) {
      methods.push({ spec, options, ...(options.interceptors && { interceptors: options.interceptors }) });
    }
  };
  const recording: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      router.service(service, implementation, options);
      for (const spec of Object.values(createServiceImplSpec(service, implementation).methods)) record(spec, options);
      return recording;
    },
    rpc(method, implementation, options) {
      router.rpc(method, implementation, options);
      record(createMethodImplSpec<DescMethod>(method, implementation as never), options);
      return recording;
    },
  };
  return recording;
}
