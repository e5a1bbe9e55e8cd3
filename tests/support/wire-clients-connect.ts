// connect-node as a client: gRPC, gRPC-Web and Connect, over HTTP/1.1 and HTTP/2, with binary and JSON messages.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  type CallOptions,
  Code,
  ConnectError,
  createClient,
  type Interceptor,
  type Transport,
} from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService, type WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { WireCall, WireClient, WireClientKind, WireResult } from './wire-clients.ts';

type HttpVersion = '1.1' | '2';
type CreateTransport = typeof createGrpcTransport | typeof createGrpcWebTransport | typeof createConnectTransport;

const PROTOCOLS: readonly { name: string; create: CreateTransport; versions: readonly HttpVersion[] }[] = [
  // gRPC needs trailers, which HTTP/1.1 clients do not have.
  { name: 'connect-node gRPC', create: createGrpcTransport, versions: ['2'] },
  { name: 'connect-node gRPC-Web', create: createGrpcWebTransport, versions: ['1.1', '2'] },
  { name: 'connect-node Connect', create: createConnectTransport, versions: ['1.1', '2'] },
];

export const connectKinds: readonly WireClientKind[] = PROTOCOLS.flatMap(({ name, create, versions }) =>
  versions.flatMap((httpVersion) =>
    [true, false].map(
      (useBinaryFormat): WireClientKind => ({
        name: `${name} (${useBinaryFormat ? 'proto' : 'JSON'}, HTTP/${httpVersion})`,
        takesContentType: true,
        open(baseUrl, ca) {
          const { options, close } = connection(baseUrl, ca, httpVersion);
          return createWireClient(
            (interceptors) => create({ baseUrl, useBinaryFormat, interceptors, ...options }),
            close,
          );
        },
      }),
    ),
  ),
);

function connection(baseUrl: string, ca: string | undefined, httpVersion: HttpVersion) {
  if (httpVersion === '2') {
    const sessionManager = new Http2SessionManager(baseUrl, undefined, ca === undefined ? {} : { ca });
    return { options: { httpVersion, sessionManager }, close: () => sessionManager.abort() };
  }
  const agent = ca === undefined ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ca });
  return { options: { httpVersion, nodeOptions: { agent } }, close: () => agent.destroy() };
}

function createWireClient(transportWith: (interceptors: Interceptor[]) => Transport, close: () => void): WireClient {
  const transportFor = ({ contentType }: WireCall) =>
    transportWith(contentType === undefined ? [] : [setContentType(contentType)]);
  return {
    unary: (component, call = {}) =>
      collect(call, async (options, add) => {
        const response = await createClient(HealthService, transportFor(call)).getHealth({ component }, options);
        add(response.health?.component ?? '');
      }),
    stream: (component, call = {}) =>
      collect(call, async (options, add) => {
        const responses = createClient(HealthService, transportFor(call)).watchHealth(
          { components: [component] },
          options,
        );
        for await (const { event } of responses) add(revisionOf(event));
      }),
    unknownMethod: () =>
      collect({}, async (options) => {
        await createClient(Health, transportFor({})).check({}, options);
      }),
    close: async () => close(),
  };
}

function setContentType(contentType: string): Interceptor {
  return (next) => (request) => {
    request.header.set('content-type', contentType);
    return next(request);
  };
}

async function collect(
  { metadata, timeoutMs, signal }: WireCall,
  run: (options: CallOptions, add: (message: string) => void) => Promise<void>,
): Promise<WireResult> {
  const messages: string[] = [];
  let header = new Headers();
  let trailer = new Headers();
  const options: CallOptions = {
    ...(metadata !== undefined && { headers: metadata }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(signal !== undefined && { signal }),
    onHeader: (headers) => {
      header = headers;
    },
    onTrailer: (trailers) => {
      trailer = trailers;
    },
  };
  const result = (code: string, message: string, reason?: string): WireResult => ({
    code,
    message,
    reason,
    messages,
    header: (name) => header.get(name) ?? undefined,
    trailer: (name) => trailer.get(name) ?? undefined,
  });
  try {
    await run(options, (message) => messages.push(message));
    return result('OK', '');
  } catch (error) {
    const { code, rawMessage, metadata: received, findDetails } = asConnectError(error);
    header = trailer = received;
    return result(Code[code], rawMessage, findDetails(ErrorInfoSchema)[0]?.reason);
  }
}

function asConnectError(error: unknown) {
  const connectError = ConnectError.from(error);
  return Object.assign(connectError, { findDetails: connectError.findDetails.bind(connectError) });
}

export function revisionOf(event: WatchHealthResponse['event']): string {
  return event.case === undefined ? '' : String(event.value.revision);
}
