// The lean lanes: unary calls and server streams of gRPC, gRPC-Web and Connect straight on Node's requests and HTTP/2
// streams, with the same implementations and interceptors as Connect's handlers, and the same answers. Whatever is out of
// the ordinary is not taken, and left untouched to those.
import type { ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { DescMethod } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { type ConnectError, createContextValues, type Interceptor } from '@connectrpc/connect';
import { type Compression, createMethodUrl } from '@connectrpc/connect/protocol';
import { parseTimeout as parseConnectTimeout } from '@connectrpc/connect/protocol-connect';
import { parseTimeout as parseGrpcTimeout } from '@connectrpc/connect/protocol-grpc';
import { Http1Transport, type LaneRequest } from '../transport/http1-exchange.ts';
import { Http2Transport } from '../transport/http2-exchange.ts';
import { answerStream } from './answer-stream.ts';
import { answerUnary } from './answer-unary.ts';
import { Call, type ContextOfClient, type ObserveCall, type OpenSignals, type Route } from './call.ts';
import { createCodec } from './codec.ts';
import type { Transport } from './exchange.ts';
import { type Format, GET_FORMATS, type ProtocolName, STREAM_FORMATS, UNARY_FORMATS } from './formats.ts';
import type { OnUnread } from './message-reader.ts';
import type { RecordedMethod } from './methods.ts';
import { QueryReader } from './query-reader.ts';
import { Receiver } from './receive.ts';
import { createRequestReader } from './request-reader.ts';

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
  readonly takes: (method: string | undefined, headers: IncomingHttpHeaders) => boolean;
  /** Told of each call that a lane takes, and of its very end. */
  readonly calls?: { opened(): void; closed(): void };
  /** Asked once for each method and protocol. */
  readonly observe?: (method: DescMethod, protocol: ProtocolName) => ObserveCall;
  /** What handlers may ask about the caller. Left out: nothing. */
  readonly contextOfClient?: ContextOfClient;
  /** The last word on every error. */
  readonly completeError?: (error: ConnectError) => ConnectError;
  /** Told of what was thrown where nothing should be: it ends the call that it came out of. */
  readonly onDefect: (error: unknown) => void;
  /** What becomes of requests that cannot be read. Left out: errors, in the words of the reader. */
  readonly onUnread?: OnUnread | undefined;
}

/** Each returns false when the call is not for a lane: nothing is touched then. */
export interface Lane {
  takeRequest(request: LaneRequest, response: ServerResponse): boolean;
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

  const findPost = (path: string, headers: IncomingHttpHeaders): Found | undefined => {
    const route = routes.get(path)?.post.get(headers['content-type'] ?? '');
    if (route === undefined) return undefined;
    const encoding = headers[route.format.encodingHeader];
    return encoding === undefined || encoding === 'identity' ? { route } : undefined;
  };

  const findGet = (path: string, headers: IncomingHttpHeaders): Found | undefined => {
    const at = path.indexOf('?');
    const byEncoding = at < 0 ? undefined : routes.get(path.slice(0, at))?.get;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (byEncoding === undefined || hasBody) return undefined;
    const query = new URLSearchParams(path.slice(at + 1));
    const route = byEncoding.get(query.get('encoding') ?? '');
    return route === undefined || query.has('compression') ? undefined : { route, query };
  };

  const find = (method: string | undefined, path: string, headers: IncomingHttpHeaders): Found | undefined => {
    const isPost = method === 'POST';
    if (!isPost && method !== 'GET') return undefined;
    const found = isPost ? findPost(path, headers) : findGet(path, headers);
    return found !== undefined && takes(method, headers) ? found : undefined;
  };

  const run = ({ route, query }: Found, transport: Transport): void => {
    const { format } = route;
    const { headers } = transport;
    const timeout = timeoutOf(format, headers);
    const call = new Call(route, transport, {
      timeoutMs: timeout?.timeoutMs,
      compression: negotiate(compressions, headers[format.acceptEncodingHeader]),
      openSignals,
    });
    const reader =
      query === undefined
        ? createRequestReader(format, readMaxBytes, headers['content-length'], timeout?.error)
        : new QueryReader(query, timeout?.error);
    calls?.opened();
    transport.listen(new Receiver(call, reader, route.spec.kind === 'unary' ? answerUnary : answerStream, onClosed));
  };

  return {
    takeRequest(request, response) {
      const found = find(request.method, request.url ?? '', request.headers);
      if (found === undefined || found.route.format.protocol === 'grpc') return false;
      run(found, new Http1Transport(request, response));
      return true;
    },
    takeStream(stream, headers) {
      const found = find(headers[':method'], headers[':path'] ?? '', headers);
      if (found === undefined) return false;
      run(found, new Http2Transport(stream, headers, found.route.format.protocol === 'grpc'));
      return true;
    },
  };
}

interface Found {
  readonly route: Route;
  /** Of a GET. */
  readonly query?: URLSearchParams;
}

/** A method by how it is called. */
interface MethodRoutes {
  /** By content type. */
  readonly post: ReadonlyMap<string, Route>;
  /** By the encoding that the query names; empty where a GET is not allowed. */
  readonly get: ReadonlyMap<string, Route>;
}

function createRoutes(options: LaneOptions) {
  const { methods, interceptors, readMaxBytes, observe, completeError, onUnread, onDefect } = options;
  const { contextOfClient = createContextValues } = options;
  const routes = new Map<string, MethodRoutes>();
  const limits = { readMaxBytes, writeMaxBytes: WRITE_MAX_BYTES };
  for (const { spec, interceptors: own, options } of methods) {
    if (spec.kind !== 'unary' && spec.kind !== 'server_streaming') continue;
    const codecs = {
      binary: createCodec(spec.method, true, options, limits, onUnread),
      json: createCodec(spec.method, false, options, limits, onUnread),
    };
    const routesOf = (httpMethod: Route['httpMethod'], formats: ReadonlyMap<string, Format>) =>
      new Map(
        Array.from(formats, ([name, format]): [string, Route] => {
          const route: Route = {
            spec,
            httpMethod,
            interceptors: [...(own ?? interceptors)],
            format,
            codec: format.isBinary ? codecs.binary : codecs.json,
            jsonOptions: options.jsonOptions,
            observe: observe?.(spec.method, format.protocol),
            completeError,
            onDefect,
            contextOfClient,
          };
          return [name, route];
        }),
      );
    const isUnary = spec.kind === 'unary';
    const mayGet = isUnary && spec.method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
    routes.set(createMethodUrl('/', spec.method), {
      post: routesOf('POST', isUnary ? UNARY_FORMATS : STREAM_FORMATS),
      get: mayGet ? routesOf('GET', GET_FORMATS) : new Map(),
    });
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
