// Notifies observers (metrics, traces, logs) of every call exactly once: when it starts, and how it ended. An interceptor sees
// what reaches a handler. The edge sees every request, and reports those that meant a call and reached none.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DescMethod } from '@bufbuild/protobuf';
import { type Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { codeName } from '../../errors/code-name.ts';
import { completeError } from '../../errors/from-connect.ts';
import type { CallObserver, EdgeRequest, ObservedCall } from './observed-call.ts';
import { codeOfHttpStatus, headerOf, refusedCall } from './refused-call.ts';
import type { RequestObserver } from './request-metrics.ts';
import { type WireProtocol, wireProtocolOf } from './wire-protocol.ts';

export interface EdgeVisit {
  /** Runs what answers the request. */
  run<T>(answer: () => T): T;
  /** The request is over. */
  end(answer: { readonly httpStatus: number; readonly grpcStatus: number | undefined }): void;
}

export interface CallTelemetry {
  /** Outermost of all. */
  readonly interceptor: Interceptor;
  visit(request: EdgeRequest): EdgeVisit;
  /** What can be called. A call that is refused has the name of its method only where there is one. */
  know(methods: Iterable<DescMethod>): void;
  /** Records the code of the request's answer, where its status of HTTP does not and no interceptor may have seen the call. */
  refused(code: Code): void;
  /** For who knows each call of a method from its first to its last byte, and needs no interceptor and no visit. */
  observeMethod(method: DescMethod, protocol: HandlerProtocol): (caller: Caller) => EndCall;
}

/** As Connect names them. */
export type HandlerProtocol = 'grpc' | 'grpc-web' | 'connect' | 'rest';

export interface Caller {
  readonly headers: EdgeRequest['headers'];
  /** Asked only where somebody wants to know. */
  readonly peer: string | undefined;
}

/** @param code undefined when all went well */
export type EndCall = (code: Code | undefined, messages: number) => void;

interface Visit {
  readonly request: EdgeRequest;
  wasCalled: boolean;
  refusedWith: Code | undefined;
  /** Ends the call, unless its handler has. */
  endCall: ((code: string, messages: number) => void) | undefined;
}

const WIRE_PROTOCOLS: Readonly<Record<HandlerProtocol, WireProtocol>> = {
  grpc: 'grpc',
  'grpc-web': 'grpc_web',
  connect: 'connect',
  rest: 'rest',
};

export interface CallTelemetryOptions {
  readonly observers: readonly CallObserver[];
  /** Of requests that are no calls. */
  readonly onRequest: RequestObserver;
  /** Milliseconds from any origin. */
  readonly monotonicMs: () => number;
}

export function createCallTelemetry({ observers, onRequest, monotonicMs }: CallTelemetryOptions): CallTelemetry {
  const known = new Set<string>();
  const visits = new AsyncLocalStorage<Visit>();

  const begin = (call: ObservedCall) => {
    const startedMs = monotonicMs();
    const ends = observers.map((observe) => observe(call));
    let isOver = false;
    return (code: string, messages: number) => {
      if (isOver) return;
      isOver = true;
      const end = { code, durationMs: monotonicMs() - startedMs, messages };
      for (const observe of ends) observe(end);
    };
  };

  const interceptor: Interceptor = (next) => async (request) => {
    const visit = visits.getStore();
    const service = request.service.typeName;
    const method = `${service}/${request.method.name}`;
    const header = (name: string) =>
      visit === undefined ? (request.header.get(name) ?? undefined) : headerOf(visit.request, name);
    const path = visit?.request.path ?? request.url;
    const end = begin({
      method,
      service,
      protocol: wireProtocolOf(header('content-type') ?? '', path, method),
      isStream: request.stream,
      peer: visit?.request.peer,
      header,
    });
    if (visit !== undefined) {
      visit.wasCalled = true;
      // No function of its own: what a context of asynchronous calls holds on to outlives each young collection.
      visit.endCall = end;
    }
    try {
      const response = await next(request);
      if (response.stream) return { ...response, message: countMessages(response.message, end) };
      end('OK', 1);
      return response;
    } catch (error) {
      end(codeOf(error), 0);
      throw error;
    }
  };

  return {
    interceptor,
    visit(request) {
      const startedMs = monotonicMs();
      const visit: Visit = { request, wasCalled: false, refusedWith: undefined, endCall: undefined };
      return {
        run: (answer) => visits.run(visit, answer),
        end({ httpStatus, grpcStatus }) {
          if (visit.wasCalled) {
            visit.endCall?.('CANCELLED', 0);
            return;
          }
          const call = refusedCall(request, known);
          if (call === undefined) return onRequest(request, httpStatus, monotonicMs() - startedMs);
          const code = visit.refusedWith ?? (grpcStatus || undefined);
          begin(call)(code === undefined ? codeOfHttpStatus(call, httpStatus) : codeName(code), 0);
        },
      };
    },
    know(methods) {
      for (const { parent, name } of methods) known.add(`${parent.typeName}/${name}`);
    },
    refused(code) {
      const visit = visits.getStore();
      if (visit !== undefined) visit.refusedWith = code;
    },
    observeMethod(method, protocol) {
      const service = method.parent.typeName;
      const call = {
        method: `${service}/${method.name}`,
        service,
        protocol: WIRE_PROTOCOLS[protocol],
        isStream: method.methodKind !== 'unary',
      };
      return (caller) => {
        const end = begin(new CallerOf(call, caller));
        return (code, messages) => end(code === undefined ? 'OK' : codeName(code), messages);
      };
    },
  };
}

/** The address of a caller is a question to the kernel, and few ask it. */
class CallerOf implements ObservedCall {
  readonly method: string;
  readonly service: string;
  readonly protocol: WireProtocol;
  readonly isStream: boolean;
  readonly #caller: Caller;

  constructor({ method, service, protocol, isStream }: Omit<ObservedCall, 'peer' | 'header'>, caller: Caller) {
    this.method = method;
    this.service = service;
    this.protocol = protocol;
    this.isStream = isStream;
    this.#caller = caller;
  }

  get peer() {
    return this.#caller.peer;
  }

  header(name: string) {
    return headerOf(this.#caller, name);
  }
}

async function* countMessages<T>(
  messages: AsyncIterable<T>,
  end: (code: string, messages: number) => void,
): AsyncGenerator<T> {
  let sent = 0;
  // A reader that stops is a caller that went away.
  let code = 'CANCELLED';
  try {
    for await (const message of messages) {
      sent++;
      yield message;
    }
    code = 'OK';
  } catch (error) {
    code = codeOf(error);
    throw error;
  } finally {
    end(code, sent);
  }
}

/** As the caller sees it. */
function codeOf(error: unknown): string {
  return codeName(completeError(ConnectError.from(error)).code);
}
