// The methods that services mount, with their implementations, which Connect's own router keeps to itself.
import type { DescMethod } from '@bufbuild/protobuf';
import {
  type ConnectRouter,
  createMethodImplSpec,
  createServiceImplSpec,
  type Interceptor,
  type MethodImplSpec,
} from '@connectrpc/connect';
import type { UniversalHandlerOptions } from '@connectrpc/connect/protocol';
import type { ObserveMethod } from './protocol.ts';

export interface RecordedMethod {
  readonly spec: MethodImplSpec;
  /** Its interceptors stand in place of the server's. */
  readonly options: Partial<UniversalHandlerOptions>;
}

/** What every protocol is given. */
export interface CallsOptions {
  readonly methods: readonly RecordedMethod[];
  /** Of methods that have none of their own. */
  readonly interceptors: readonly Interceptor[];
  /** Largest request message, or body, in bytes. */
  readonly requestBytes: number;
  readonly observe?: ObserveMethod | undefined;
}

/** Options that the pipeline honours. A method with any other is left to Connect. */
const KNOWN_OPTIONS: ReadonlySet<string> = new Set(['interceptors', 'jsonOptions', 'binaryOptions']);

/** What `routes` mounts. */
export function collectMethods(routes: (router: ConnectRouter) => void): readonly RecordedMethod[] {
  const methods: RecordedMethod[] = [];
  const record = (spec: MethodImplSpec, options: Partial<UniversalHandlerOptions> = {}) => {
    if (Object.keys(options).every((key) => KNOWN_OPTIONS.has(key))) methods.push({ spec, options });
  };
  const recording: ConnectRouter = {
    handlers: [],
    service(service, implementation, options) {
      for (const spec of Object.values(createServiceImplSpec(service, implementation).methods)) record(spec, options);
      return recording;
    },
    rpc(method, implementation, options) {
      record(createMethodImplSpec<DescMethod>(method, implementation as never), options);
      return recording;
    },
  };
  routes(recording);
  return methods;
}
