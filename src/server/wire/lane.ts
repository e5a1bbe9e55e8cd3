// The lean lanes: unary calls and server streams of gRPC, gRPC-Web and Connect straight on Node's requests and HTTP/2
// streams, with the same implementations and interceptors as Connect's handlers, and the same answers. Whatever is out of
// the ordinary is not taken, and left untouched to those.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { DescMethod } from '@bufbuild/protobuf';
import type { ConnectError, Interceptor } from '@connectrpc/connect';
import { type Compression, createMethodUrl } from '@connectrpc/connect/protocol';
import { parseTimeout as parseConnectTimeout } from '@connectrpc/connect/protocol-connect';
import { parseTimeout as parseGrpcTimeout } from '@connectrpc/connect/protocol-grpc';
import { answerStream } from './answer-stream.ts';
import { answerUnary } from './answer-unary.ts';
import { Call, type ObserveCall, type OpenSignals, type Route } from './call.ts';
import { createCodec } from './codec.ts';
import { type Format, type ProtocolName, STREAM_FORMATS, UNARY_FORMATS } from './formats.ts';
import { Http1Transport } from './http1-transport.ts';
import { Http2Transport } from './http2-transport.ts';
import type { RecordedMethod } from './methods.ts';
import { Receiver } from './receive.ts';
import { createRequestReader } from './request-reader.ts';
import type { Transport } from './transport.ts';

export interface LaneOptions {
  readonly methods: readonly RecordedMethod[];
  /** Of methods that have none of their own. */
  readonly interceptors: readonly Interceptor[];
  /** Largest request message, in bytes. */
  readonly readMaxBytes: number;
  /** What answers may be compressed with, the best first. */
  readonly compressions: readonly Compression[];
  /** Aborts the signals of all calls with its reason. */
  readonly shutdown?: AbortSignal;
  /** Whether a lane may take a request at all: what is refused elsewhere, or answered with more, must not get in here. */
  readonly takes: (headers: IncomingHttpHeaders) => boolean;
  /** Told of each call that a lane takes, and of its very end. */
  readonly calls?: { opened(): void; closed(): void };
  /** Asked once for each method and protocol. */
  readonly observe?: (method: DescMethod, protocol: ProtocolName) => ObserveCall;
}

/** Each returns false when the call is not for a lane: nothing is touched then. */
export interface Lane {
  takeRequest(request: IncomingMessage, response: ServerResponse): boolean;
  takeStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean;
}

/** Protobuf's own bound. */
const WRITE_MAX_BYTES = 0xffff_ffff;
const MAX_TIMEOUT_MS = Number.MAX_SAFE_INTEGER;

export function createLane(options: LaneOptions): Lane {
  const { readMaxBytes, compressions, shutdown, takes, calls } = options;
  const onClosed = () => calls?.closed();
  const routes = createRoutes(options);
  const openSignals: OpenSignals = { shutdown, calls: new Set() };
  shutdown?.addEventListener('abort', () => {
    for (const call of openSignals.calls) call.abort(shutdown.reason);
  });

  const findRoute = (method: string | undefined, path: string, headers: IncomingHttpHeaders): Route | undefined => {
    const route = method === 'POST' ? routes.get(path)?.get(headers['content-type'] ?? '') : undefined;
    if (route === undefined) return undefined;
    const encoding = headers[route.format.encodingHeader];
    const isPlain = encoding === undefined || encoding === 'identity';
    return isPlain && takes(headers) ? route : undefined;
  };

  const run = (route: Route, transport: Transport): void => {
    const { format } = route;
    const { headers } = transport;
    const timeout = timeoutOf(format, headers);
    const call = new Call(route, transport, {
      timeoutMs: timeout?.timeoutMs,
      compression: negotiate(compressions, headers[format.acceptEncodingHeader]),
      openSignals,
    });
    const reader = createRequestReader(format, readMaxBytes, headers['content-length'], timeout?.error);
    calls?.opened();
    transport.listen(new Receiver(call, reader, route.spec.kind === 'unary' ? answerUnary : answerStream, onClosed));
  };

  return {
    takeRequest(request, response) {
      const route = findRoute(request.method, request.url ?? '', request.headers);
      if (route === undefined || route.format.protocol === 'grpc') return false;
      run(route, new Http1Transport(request, response));
      return true;
    },
    takeStream(stream, headers) {
      const route = findRoute(headers[':method'], headers[':path'] ?? '', headers);
      if (route === undefined) return false;
      run(route, new Http2Transport(stream, headers, route.format.protocol === 'grpc'));
      return true;
    },
  };
}

/** By path, then by content type. */
function createRoutes({ methods, interceptors, readMaxBytes, observe }: LaneOptions) {
  const routes = new Map<string, ReadonlyMap<string, Route>>();
  const limits = { readMaxBytes, writeMaxBytes: WRITE_MAX_BYTES };
  for (const { spec, interceptors: own, options } of methods) {
    if (spec.kind !== 'unary' && spec.kind !== 'server_streaming') continue;
    const binary = createCodec(spec.method, true, options, limits);
    const json = createCodec(spec.method, false, options, limits);
    const chain = [...(own ?? interceptors)];
    const formats = spec.kind === 'unary' ? UNARY_FORMATS : STREAM_FORMATS;
    const byContentType = new Map<string, Route>();
    for (const [contentType, format] of formats) {
      const codec = format.isBinary ? binary : json;
      byContentType.set(contentType, {
        spec,
        interceptors: chain,
        format,
        codec,
        jsonOptions: options.jsonOptions,
        observe: observe?.(spec.method, format.protocol),
      });
    }
    routes.set(createMethodUrl('/', spec.method), byContentType);
  }
  return routes;
}

interface Timeout {
  readonly timeoutMs?: number;
  readonly error?: ConnectError | undefined;
}

function timeoutOf({ protocol, timeoutHeader }: Format, headers: IncomingHttpHeaders): Timeout | undefined {
  const value = headers[timeoutHeader];
  if (typeof value !== 'string') return undefined;
  return protocol === 'connect' ? parseConnectTimeout(value, MAX_TIMEOUT_MS) : parseGrpcTimeout(value, MAX_TIMEOUT_MS);
}

/** The first that the caller names and we have. A request that is not compressed asks for none by itself. */
function negotiate(compressions: readonly Compression[], accepted: string | string[] | undefined) {
  if (typeof accepted !== 'string' || accepted === 'identity') return undefined;
  for (const name of accepted.split(',')) {
    const found = compressions.find((compression) => compression.name === name.trim());
    if (found !== undefined) return found;
  }
  return undefined;
}
