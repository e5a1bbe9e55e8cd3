// A service that does what the caller asks of it, over the real descriptors: the name of the component says what the
// call shall do. For tests of what lies between a client and a handler.
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import {
  type GetHealthResponse,
  GetHealthResponseSchema,
  HealthService,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';

/** What went on in one call that hangs. */
export interface HangingCall {
  readonly started: Promise<void>;
  hasStarted(): boolean;
  /** The reason of the handler's signal, once that fired. */
  readonly aborted: Promise<unknown>;
  /** Lets it answer. */
  release(): void;
}

export interface WireService {
  readonly routes: (router: ConnectRouter) => void;
  /** Name of a component whose call hangs until its signal fires, it is released, or the server drains. */
  hang(): { readonly component: string; readonly call: HangingCall };
}

/** A component that is answered at once, with its own name. */
export const ECHO = 'echo';
/** Fails with FAILED_PRECONDITION and an ErrorInfo. */
export const FAILING = 'failing';
/** Throws something that no caller may see. */
export const DEFECTIVE = 'defective';
export const SECRET = 'secret of the inside';
export const ERROR_REASON = 'SCRIPTED';

/** Request header that comes back as response header and trailer. */
export const METADATA_REQUEST = 'x-test-request';
export const METADATA_HEADER = 'x-test-header';
export const METADATA_TRAILER = 'x-test-trailer';

interface Hang {
  readonly start: () => void;
  readonly abort: (reason: unknown) => void;
  readonly released: Promise<void>;
}

export function createWireService(draining?: AbortSignal): WireService {
  const hangs = new Map<string, Hang>();

  const run = async (component: string, context: HandlerContext): Promise<void> => {
    const asked = context.requestHeader.get(METADATA_REQUEST);
    if (asked !== null) {
      context.responseHeader.set(METADATA_HEADER, asked);
      context.responseTrailer.set(METADATA_TRAILER, asked);
    }
    if (component === FAILING) throw scriptedError();
    if (component === DEFECTIVE) throw new Error(SECRET);
  };
  const waitFor = async (component: string, context: HandlerContext, endsWhenDraining: boolean): Promise<void> => {
    const hang = hangs.get(component);
    if (hang === undefined) return;
    const signals = endsWhenDraining && draining !== undefined ? [context.signal, draining] : [context.signal];
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const removers = signals.map((signal) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      return () => signal.removeEventListener('abort', onAbort);
    });
    const onEnd = () => hang.abort(context.signal.reason);
    // On a busy machine the deadline passes before this.
    if (context.signal.aborted) onEnd();
    else context.signal.addEventListener('abort', onEnd, { once: true });
    hang.start();
    try {
      await Promise.race([hang.released, ended]);
    } finally {
      for (const remove of removers) remove();
    }
  };

  return {
    routes: (router) =>
      router.service(HealthService, {
        async getHealth({ component }, context): Promise<GetHealthResponse> {
          await run(component, context);
          await waitFor(component, context, false);
          // An empty request gets an empty message: no bytes at all.
          return create(GetHealthResponseSchema, component === '' ? {} : { health: { component } });
        },
        // Three messages; the last one comes when a hanging call is released.
        async *watchHealth({ components: [component = ECHO] }, context) {
          await run(component, context);
          yield keepAlive(1n);
          yield keepAlive(2n);
          await waitFor(component, context, true);
          yield keepAlive(3n);
        },
      }),
    hang() {
      const component = `hang-${hangs.size}`;
      const started = Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<unknown>();
      const released = Promise.withResolvers<void>();
      let isStarted = false;
      const start = () => {
        isStarted = true;
        started.resolve();
      };
      const call: HangingCall = {
        started: started.promise,
        hasStarted: () => isStarted,
        aborted: aborted.promise,
        release: released.resolve,
      };
      hangs.set(component, { start, abort: aborted.resolve, released: released.promise });
      return { component, call };
    },
  };
}

function keepAlive(revision: bigint): WatchHealthResponse {
  return create(WatchHealthResponseSchema, { event: { case: 'keepAlive', value: { revision } } });
}

function scriptedError(): ConnectError {
  const error = new ConnectError('scripted failure: 50 % & more, äöü', Code.FailedPrecondition);
  const value = { reason: ERROR_REASON, domain: 'openk.dev', metadata: { component: FAILING } };
  error.details.push({ desc: ErrorInfoSchema, value });
  return error;
}
