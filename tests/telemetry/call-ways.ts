// Every way in to one method, as the bytes that its clients send, over Node's own HTTP clients: no RPC library in between
// that would refuse what the server shall refuse, or run a deadline of its own.
import { once } from 'node:events';
import { request as http1Request, type IncomingMessage } from 'node:http';
import { connect, type OutgoingHttpHeaders } from 'node:http2';
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { GetHealthRequestSchema, WatchHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { envelope } from '../support/envelope.ts';

const SERVICE = 'openk.health.v1.HealthService';

export interface WayRequest {
  readonly httpMethod: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** More of the body is to come, and never does. */
  readonly isHalf?: true;
}

/** One wire protocol over one HTTP version, for a unary call or a stream. */
export interface Way {
  readonly name: string;
  readonly httpVersion: 1 | 2;
  /** As telemetry names it. */
  readonly protocol: 'grpc' | 'grpc_web' | 'connect' | 'rest';
  /** As telemetry names it. */
  readonly method: string;
  call(component: string): WayRequest;
  /** Header and value of a deadline after so many milliseconds; undefined where the protocol has none. */
  readonly deadline?: (timeoutMs: number) => Readonly<Record<string, string>>;
  /** Of a POST in that protocol that no method takes. */
  readonly wrongContentType?: string;
}

const unary = { method: `${SERVICE}/GetHealth` };
const stream = { method: `${SERVICE}/WatchHealth` };
const grpcDeadline = (timeoutMs: number) => ({ 'grpc-timeout': `${timeoutMs}m` });
const connectDeadline = (timeoutMs: number) => ({ 'connect-timeout-ms': `${timeoutMs}` });
const grpcHeaders = { 'content-type': 'application/grpc', te: 'trailers' };

const grpc = {
  protocol: 'grpc',
  httpVersion: 2,
  deadline: grpcDeadline,
  wrongContentType: 'application/grpc+xml',
} as const;
const grpcWeb = { protocol: 'grpc_web', deadline: grpcDeadline, wrongContentType: 'application/grpc-web+xml' } as const;
const connectPost = { protocol: 'connect', deadline: connectDeadline, wrongContentType: 'text/plain' } as const;
const connectGet = { protocol: 'connect', deadline: connectDeadline } as const;
const rest = { protocol: 'rest' } as const;

const getHealth = (component: string) => binary(GetHealthRequestSchema, { component });
const watchHealth = (component: string) => binary(WatchHealthRequestSchema, { components: [component] });
const post = (path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): WayRequest => ({
  httpMethod: 'POST',
  path: `/${path}`,
  headers,
  body,
});
const get = (path: string): WayRequest => ({ httpMethod: 'GET', path, headers: {} });
const queryOf = (component: string) =>
  `connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify({ component }))}`;

const callGrpcWeb = (component: string) =>
  post(unary.method, { 'content-type': 'application/grpc-web+proto' }, envelope(getHealth(component)));
const streamGrpcWeb = (component: string) =>
  post(stream.method, { 'content-type': 'application/grpc-web+proto' }, envelope(watchHealth(component)));
const callConnect = (component: string) =>
  post(unary.method, { 'content-type': 'application/json' }, Buffer.from(JSON.stringify({ component })));
const streamConnect = (component: string) =>
  post(
    stream.method,
    { 'content-type': 'application/connect+json' },
    envelope(Buffer.from(JSON.stringify({ components: [component] }))),
  );
const getConnect = (component: string) => get(`/${unary.method}?${queryOf(component)}`);
const callRest = (component: string) => get(`/v1/components/${component}/health`);
const streamRest = (component: string) => get(`/v1/health:watch?components=${component}`);

export const WAYS: readonly Way[] = [
  {
    name: 'gRPC',
    ...grpc,
    ...unary,
    call: (component) => post(unary.method, grpcHeaders, envelope(getHealth(component))),
  },
  {
    name: 'gRPC, stream',
    ...grpc,
    ...stream,
    call: (component) => post(stream.method, grpcHeaders, envelope(watchHealth(component))),
  },
  { name: 'gRPC-Web, HTTP/1.1', ...grpcWeb, ...unary, httpVersion: 1, call: callGrpcWeb },
  { name: 'gRPC-Web, HTTP/2', ...grpcWeb, ...unary, httpVersion: 2, call: callGrpcWeb },
  { name: 'gRPC-Web, stream', ...grpcWeb, ...stream, httpVersion: 1, call: streamGrpcWeb },
  { name: 'Connect, HTTP/1.1', ...connectPost, ...unary, httpVersion: 1, call: callConnect },
  { name: 'Connect, HTTP/2', ...connectPost, ...unary, httpVersion: 2, call: callConnect },
  { name: 'Connect, stream', ...connectPost, ...stream, httpVersion: 1, call: streamConnect },
  { name: 'Connect GET, HTTP/1.1', ...connectGet, ...unary, httpVersion: 1, call: getConnect },
  { name: 'Connect GET, HTTP/2', ...connectGet, ...unary, httpVersion: 2, call: getConnect },
  { name: 'REST, HTTP/1.1', ...rest, ...unary, httpVersion: 1, call: callRest },
  { name: 'REST, HTTP/2', ...rest, ...unary, httpVersion: 2, call: callRest },
  { name: 'REST, stream', ...rest, ...stream, httpVersion: 1, call: streamRest },
];

export function binary<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return toBinary(schema, create(schema, init));
}

/** Settles with the HTTP status when the answer is complete, or, without one, when `signal` has ended the request. */
export function send(
  url: string,
  httpVersion: 1 | 2,
  request: WayRequest,
  signal?: AbortSignal,
): Promise<number | undefined> {
  return httpVersion === 1 ? sendHttp1(url, request, signal) : sendHttp2(url, request, signal);
}

async function sendHttp1(url: string, request: WayRequest, signal?: AbortSignal): Promise<number | undefined> {
  const { httpMethod, path, headers, body, isHalf } = request;
  const { hostname, port } = new URL(url);
  const length = body === undefined ? {} : { 'content-length': String(isHalf ? body.length + 1 : body.length) };
  const sent = http1Request({
    hostname,
    port,
    path,
    method: httpMethod,
    agent: false,
    headers: { ...headers, ...length },
    ...(signal && { signal }),
  });
  try {
    if (isHalf) sent.write(body);
    else sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    for await (const _ of answer);
    return answer.statusCode;
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  } finally {
    sent.destroy();
  }
}

async function sendHttp2(url: string, request: WayRequest, signal?: AbortSignal): Promise<number | undefined> {
  const { httpMethod, path, headers, body, isHalf } = request;
  const session = connect(url);
  session.on('error', () => {});
  try {
    const { host, ...others } = headers;
    const fields: OutgoingHttpHeaders = { ':method': httpMethod, ':path': path, ...others };
    if (host !== undefined) fields[':authority'] = host;
    const stream = session.request(fields, { endStream: body === undefined, ...(signal && { signal }) });
    if (isHalf) stream.write(body);
    else if (body !== undefined) stream.end(body);
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
    for await (const _ of stream);
    return Number(answer[':status']);
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  } finally {
    session.close();
  }
}
