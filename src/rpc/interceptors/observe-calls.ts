// Tells observers (metrics, traces, logs) of every call exactly once: when it starts, and how it ended. An interceptor sees
// what reaches a handler. The edge sees every request, and reports those that looked like calls and reached none.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { type WireProtocol, wireProtocolOf } from './wire-protocol.ts';

export interface ObservedCall {
  /** `package.Service/Method`; `_OTHER` for a call that reached no method (OpenTelemetry RPC conventions 1.45). */
  readonly method: string;
  /** `package.Service`; `_OTHER` likewise. */
  readonly service: string;
  readonly protocol: WireProtocol;
  readonly isStream: boolean;
  /** Address of the caller, where it is known. */
  readonly peer: string | undefined;
  readonly traceparent: string | undefined;
}

export interface CallEnd {
  /** Name of the gRPC code: `OK`, `NOT_FOUND`. */
  readonly code: string;
  readonly durationMs: number;
  /** Messages that were sent. */
  readonly messages: number;
}

/** Called when a call starts; the result is called once, when it ends. Neither may throw. */
export type CallObserver = (call: ObservedCall) => (end: CallEnd) => void;

/** A request at the edge, whatever answers it. */
export interface EdgeRequest {
  readonly httpMethod: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly peer: string | undefined;
}

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
  /** For who knows each call of a method from its first to its last byte, and needs no interceptor and no visit. */
  observeMethod(method: DescMethod, protocol: HandlerProtocol): (caller: Caller) => EndCall;
}

/** As Connect names them. */
export type HandlerProtocol = 'grpc' | 'grpc-web' | 'connect';

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
  /** Ends a call that its handler left without an end. */
  abandon: (() => void) | undefined;
}

const OTHER = '_OTHER';

const WIRE_PROTOCOLS: Readonly<Record<HandlerProtocol, WireProtocol>> = {
  grpc: 'grpc',
  'grpc-web': 'grpc_web',
  connect: 'connect',
};

/** @param monotonicMs milliseconds from any origin */
export function createCallTelemetry(observers: readonly CallObserver[], monotonicMs: () => number): CallTelemetry {
  const visits = new AsyncLocalStorage<Visit>();

  const begin = (call: ObservedCall) => {
    const startedMs = monotonicMs();
    const ends = observers.map((observe) => observe(call));
    let isOver = false;
    return (code: string, messages: number) => {
      if (isOver) return;
      isOver = true;
      const end = { code, durationMs: monotonicMs() - startedMs, messages };
      for (const tell of ends) tell(end);
    };
  };

  const interceptor: Interceptor = (next) => async (request) => {
    const visit = visits.getStore();
    const service = request.service.typeName;
    const method = `${service}/${request.method.name}`;
    const header = (name: string) => headerOf(visit, name) ?? (visit === undefined ? request.header.get(name) : null);
    const path = visit?.request.path ?? request.url;
    const end = begin({
      method,
      service,
      protocol: wireProtocolOf(header('content-type') ?? '', path, method),
      isStream: request.stream,
      peer: visit?.request.peer,
      traceparent: header('traceparent') ?? undefined,
    });
    if (visit !== undefined) {
      visit.wasCalled = true;
      visit.abandon = () => end('CANCELLED', 0);
    }
    try {
      const response = await next(request);
      if (response.stream) return { ...response, message: countMessages(response.message, end) };
      end('OK', 1);
      return response;
    } catch (error) {
      end(codeName(ConnectError.from(error).code), 0);
      throw error;
    }
  };

  return {
    interceptor,
    visit(request) {
      const visit: Visit = { request, wasCalled: false, abandon: undefined };
      return {
        run: (answer) => visits.run(visit, answer),
        end({ httpStatus, grpcStatus }) {
          if (visit.wasCalled) {
            visit.abandon?.();
            return;
          }
          const refused = refusedCall(request, httpStatus);
          if (refused === undefined) return;
          begin(refused)(refusedCode(httpStatus, grpcStatus), 0);
        },
      };
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

  constructor({ method, service, protocol, isStream }: Omit<ObservedCall, 'peer' | 'traceparent'>, caller: Caller) {
    this.method = method;
    this.service = service;
    this.protocol = protocol;
    this.isStream = isStream;
    this.#caller = caller;
  }

  get peer() {
    return this.#caller.peer;
  }

  get traceparent() {
    const { traceparent } = this.#caller.headers;
    return typeof traceparent === 'string' ? traceparent : undefined;
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
    code = codeName(ConnectError.from(error).code);
    throw error;
  } finally {
    end(code, sent);
  }
}

function headerOf(visit: Visit | undefined, name: string): string | undefined {
  const value = visit?.request.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** The call that a request meant which reached no handler; undefined where it was no call, or was answered otherwise. */
function refusedCall(request: EdgeRequest, httpStatus: number): ObservedCall | undefined {
  const contentType = request.headers['content-type'];
  const protocol = wireProtocolOf(typeof contentType === 'string' ? contentType : '', request.path, undefined);
  const isGrpc = protocol === 'grpc' || protocol === 'grpc_web';
  if (!isGrpc && httpStatus < 400) return undefined;
  // What a health route says of a component is an answer, not a refusal.
  if (/^\/(?:healthz|readyz|livez)(?:[/?]|$)/.test(request.path)) return undefined;
  const { traceparent } = request.headers;
  return {
    method: OTHER,
    service: OTHER,
    protocol,
    isStream: false,
    peer: request.peer,
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
  };
}

/** Connect's mapping (connectrpc.com/docs/protocol, HTTP to error code), and what our own edge answers. */
const CODE_OF_HTTP_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  405: 'UNIMPLEMENTED',
  413: 'RESOURCE_EXHAUSTED',
  415: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function refusedCode(httpStatus: number, grpcStatus: number | undefined): string {
  if (grpcStatus !== undefined) return grpcStatus === 0 ? 'OK' : codeName(grpcStatus);
  return CODE_OF_HTTP_STATUS[httpStatus] ?? 'UNKNOWN';
}

/** As gRPC writes it (grpc.io/docs/guides/status-codes). The numbers are the same in Connect. */
export function codeName(code: number): string {
  if (code === Code.Canceled) return 'CANCELLED';
  const name = Code[code];
  return name === undefined ? 'UNKNOWN' : name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
