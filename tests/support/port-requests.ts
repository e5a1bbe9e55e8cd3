// One request of each protocol over each version of HTTP, by Node's own clients, and what was said about it: for what the
// port refuses before anybody knows what was asked.
import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { connect } from 'node:http2';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { fromBinary } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';

export interface PortRequest {
  readonly name: string;
  readonly http: 1 | 2;
  readonly protocol: 'grpc' | 'grpc-web' | 'connect' | 'plain';
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Buffer;
}

export interface Asked {
  readonly httpStatus: number;
  /** Of google.rpc.ErrorInfo. */
  readonly reason: string | undefined;
  readonly words: string;
}

const SERVICE = '/openk.health.v1.HealthService';
const EMPTY_ENVELOPE = Buffer.alloc(5);
const NO_SIDE_EFFECTS = `${SERVICE}/GetHealth?connect=v1&encoding=json&message=%7B%7D`;

type Kind = Omit<PortRequest, 'http'>;
const KINDS: readonly Kind[] = [
  {
    name: 'gRPC-Web',
    protocol: 'grpc-web',
    method: 'POST',
    path: `${SERVICE}/GetHealth`,
    contentType: 'application/grpc-web+proto',
    body: EMPTY_ENVELOPE,
  },
  {
    name: 'a gRPC-Web stream',
    protocol: 'grpc-web',
    method: 'POST',
    path: `${SERVICE}/WatchHealth`,
    contentType: 'application/grpc-web+proto',
    body: EMPTY_ENVELOPE,
  },
  {
    name: 'Connect',
    protocol: 'connect',
    method: 'POST',
    path: `${SERVICE}/GetHealth`,
    contentType: 'application/json',
    body: Buffer.from('{}'),
  },
  {
    name: 'Connect without a content type',
    protocol: 'plain',
    method: 'POST',
    path: `${SERVICE}/GetHealth`,
    body: Buffer.from('{}'),
  },
  {
    name: 'Connect with a body of a form',
    protocol: 'plain',
    method: 'POST',
    path: `${SERVICE}/GetHealth`,
    contentType: 'text/plain',
    body: Buffer.from('{}'),
  },
  { name: 'REST with an empty body', protocol: 'plain', method: 'POST', path: '/v1/components/job:report' },
  {
    name: 'REST with JSON',
    protocol: 'plain',
    method: 'POST',
    path: '/v1/components/job:report',
    contentType: 'application/json',
    body: Buffer.from('{}'),
  },
  { name: 'a page', protocol: 'plain', method: 'POST', path: '/livez' },
  { name: 'what is not there', protocol: 'plain', method: 'DELETE', path: '/nothing/there' },
];
const SAFE_KINDS: readonly Kind[] = [
  { name: 'a page', protocol: 'plain', method: 'GET', path: '/livez' },
  { name: 'the head of a page', protocol: 'plain', method: 'HEAD', path: '/livez' },
  { name: 'REST', protocol: 'plain', method: 'GET', path: '/v1/health' },
  { name: 'Connect by GET', protocol: 'connect', method: 'GET', path: NO_SIDE_EFFECTS },
];
const GRPC: Kind = {
  name: 'gRPC',
  protocol: 'grpc',
  method: 'POST',
  path: `${SERVICE}/GetHealth`,
  contentType: 'application/grpc',
  body: EMPTY_ENVELOPE,
};

function overBoth(kinds: readonly Kind[]): PortRequest[] {
  return kinds.flatMap((kind) =>
    ([1, 2] as const).map((http) => ({ ...kind, http, name: `${kind.name} over HTTP/${http}` })),
  );
}

/** Of methods that may change something. */
export const UNSAFE_REQUESTS: readonly PortRequest[] = [{ ...GRPC, http: 2 }, ...overBoth(KINDS)];
export const SAFE_REQUESTS: readonly PortRequest[] = overBoth(SAFE_KINDS);

export interface Port {
  readonly url: string;
  readonly ca: string | undefined;
}

/** @param host what the request names; default: where it goes */
export async function askPort(
  { url, ca }: Port,
  request: PortRequest,
  more: Readonly<Record<string, string>> = {},
  host = new URL(url).host,
): Promise<Asked> {
  const headers = {
    ...(request.contentType !== undefined && { 'content-type': request.contentType }),
    ...(request.protocol === 'grpc' && { te: 'trailers' }),
    ...more,
  };
  const { status, fields, body } = await (request.http === 1 ? askHttp1 : askHttp2)(
    { url, ca },
    request,
    headers,
    host,
  );
  if (request.protocol === 'grpc' || request.protocol === 'grpc-web') {
    const error = findTrailerError(new Headers(fields));
    const [info] = error?.findDetails(ErrorInfoSchema) ?? [];
    return { httpStatus: status, reason: info?.reason, words: error?.rawMessage ?? '' };
  }
  if (request.method === 'HEAD') return { httpStatus: status, reason: undefined, words: '' };
  return { httpStatus: status, ...readJsonError(body) };
}

function readJsonError(body: string): { reason: string | undefined; words: string } {
  if (!body.startsWith('{')) return { reason: undefined, words: body };
  const { message = '', details = [] } = JSON.parse(body) as { message?: string; details?: Record<string, string>[] };
  const [detail] = details;
  const value = detail?.value;
  const reason = value === undefined ? detail?.reason : fromBinary(ErrorInfoSchema, base64Decode(value)).reason;
  return { reason, words: message };
}

interface Raw {
  readonly status: number;
  /** Headers and trailers. */
  readonly fields: Record<string, string>;
  readonly body: string;
}

async function askHttp1(
  { url, ca }: Port,
  { method, path, body }: PortRequest,
  headers: Record<string, string>,
  host: string,
): Promise<Raw> {
  const { hostname, port } = new URL(url);
  const options = { host: hostname, port, method, path, headers: { ...headers, host }, setHost: false };
  const client =
    ca === undefined
      ? requestHttp({ ...options, agent: new HttpAgent() })
      : requestHttps({ ...options, agent: new HttpsAgent({ ca, servername: 'localhost' }) });
  const [response] = (await once(client.end(body), 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('latin1')) text += chunk;
  return {
    status: response.statusCode ?? 0,
    fields: { ...stringsOf(response.headers), ...stringsOf(response.trailers) },
    body: text,
  };
}

async function askHttp2(
  { url, ca }: Port,
  { method, path, body }: PortRequest,
  headers: Record<string, string>,
  host: string,
): Promise<Raw> {
  const session = connect(url, ca === undefined ? {} : { ca });
  try {
    const stream = session.request(
      { ...headers, ':method': method, ':path': path, ':authority': host },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    let trailers = {};
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    const [answer] = await once(stream, 'response');
    let text = '';
    for await (const chunk of stream.setEncoding('latin1')) text += chunk;
    return { status: Number(answer[':status']), fields: { ...stringsOf(answer), ...stringsOf(trailers) }, body: text };
  } finally {
    session.destroy();
  }
}

function stringsOf(fields: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => typeof value === 'string' && !name.startsWith(':')),
  );
}
