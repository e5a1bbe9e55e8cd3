// Clients without any RPC library: Connect with JSON as its specification writes it, over fetch (undici) and over a raw
// socket with hand-written HTTP/1.1 (connectrpc.com/docs/protocol).
import { fromBinary } from '@bufbuild/protobuf';
import { Agent, fetch } from 'undici';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { envelope } from './envelope.ts';
import { openRawSocket } from './raw-socket.ts';
import type { WireCall, WireClient, WireClientKind, WireResult } from './wire-clients.ts';

interface HttpRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal | undefined;
}

interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

type Send = (request: HttpRequest) => Promise<HttpResponse>;

export const fetchKind: WireClientKind = {
  name: 'fetch (Connect JSON)',
  takesContentType: true,
  open(url, ca) {
    const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
    return createWireClient(
      async ({ path, headers, body, signal }) => {
        const init = { method: 'POST', headers, body, dispatcher, ...(signal !== undefined && { signal }) };
        const response = await fetch(new URL(path, url), init);
        const bytes = Buffer.from(await response.arrayBuffer());
        return { status: response.status, headers: new Headers([...response.headers]), body: bytes };
      },
      () => dispatcher.close(),
    );
  },
};

export const rawSocketKind: WireClientKind = {
  name: 'raw socket (Connect JSON)',
  takesContentType: true,
  open: (url, ca) =>
    createWireClient(
      async ({ path, headers, body, signal }) => {
        const client = await openRawSocket(url, ca === undefined ? {} : { ca });
        const abort = () => client.destroy();
        signal?.addEventListener('abort', abort);
        if (signal?.aborted) abort();
        const head = [
          `POST ${path} HTTP/1.1`,
          'host: localhost',
          'connection: close',
          `content-length: ${body.length}`,
          ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        ];
        client.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
        const text = await client.closed();
        signal?.removeEventListener('abort', abort);
        signal?.throwIfAborted();
        return parseHttp1(text);
      },
      async () => {},
    ),
};

/** One whole response of HTTP/1.1, as Latin-1. */
function parseHttp1(text: string): HttpResponse {
  const headEnd = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(':', 1)[0] ?? '', line.replace(/^[^:]*:\s*/, '')]),
  );
  const body = text.slice(headEnd + 4);
  const plain = headers.get('transfer-encoding') === 'chunked' ? joinChunks(body) : body;
  return { status: Number(statusLine.split(' ')[1]), headers, body: Buffer.from(plain, 'latin1') };
}

function joinChunks(body: string): string {
  let joined = '';
  for (let rest = body; rest !== ''; ) {
    const lineEnd = rest.indexOf('\r\n');
    const length = Number.parseInt(rest.slice(0, lineEnd), 16);
    if (length === 0) break;
    joined += rest.slice(lineEnd + 2, lineEnd + 2 + length);
    rest = rest.slice(lineEnd + 2 + length + 2);
  }
  return joined;
}

interface ErrorJson {
  readonly code: string;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

function createWireClient(send: Send, close: () => Promise<void>): WireClient {
  const call = async (
    { path, contentType, body }: { path: string; contentType: string; body: Buffer },
    wireCall: WireCall,
    parse: (response: HttpResponse) => WireResult,
  ): Promise<WireResult> => {
    const headers = {
      'content-type': wireCall.contentType ?? contentType,
      'connect-protocol-version': '1',
      ...(wireCall.timeoutMs !== undefined && { 'connect-timeout-ms': String(wireCall.timeoutMs) }),
      ...wireCall.metadata,
    };
    try {
      return parse(await send({ path, headers, body, signal: wireCall.signal }));
    } catch (error) {
      if (!wireCall.signal?.aborted) throw error;
      return failure(
        { code: 'canceled' },
        [],
        () => undefined,
        () => undefined,
      );
    }
  };
  const unary = (service: string, method: string, message: object, wireCall: WireCall) =>
    call(
      { path: `/${service}/${method}`, contentType: 'application/json', body: Buffer.from(JSON.stringify(message)) },
      wireCall,
      parseUnary,
    );
  return {
    unary: (component, wireCall = {}) => unary(HealthService.typeName, 'GetHealth', { component }, wireCall),
    unknownMethod: () => unary(Health.typeName, 'Check', {}, {}),
    stream: (component, wireCall = {}) =>
      call(
        {
          path: `/${HealthService.typeName}/WatchHealth`,
          contentType: 'application/connect+json',
          body: envelope(Buffer.from(JSON.stringify({ components: [component] }))),
        },
        wireCall,
        parseStream,
      ),
    close,
  };
}

function parseUnary({ status, headers, body }: HttpResponse): WireResult {
  const header = (name: string) => headers.get(name) ?? undefined;
  const trailer = (name: string) => header(`trailer-${name}`);
  const json = JSON.parse(body.toString());
  // A status that is not the protocol's own has a body of another form, in which `code` is a number.
  if (status !== 200)
    return failure(typeof json.code === 'string' ? json : { code: `http_${status}` }, [], header, trailer);
  return { code: 'OK', message: '', reason: undefined, messages: [json.health?.component ?? ''], header, trailer };
}

function parseStream(response: HttpResponse): WireResult {
  if (response.status !== 200) return parseUnary(response);
  const header = (name: string) => response.headers.get(name) ?? undefined;
  const messages: string[] = [];
  for (const { flags, json } of readEnvelopes(response.body)) {
    if ((flags & END_STREAM) === 0) {
      messages.push(json.keepAlive.revision);
      continue;
    }
    const trailer = (name: string) => json.metadata?.[name]?.[0];
    if (json.error !== undefined) return failure(json.error, messages, header, trailer);
    return { code: 'OK', message: '', reason: undefined, messages, header, trailer };
  }
  throw new Error('the stream ended without its last message');
}

const END_STREAM = 2;

function* readEnvelopes(bytes: Buffer) {
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + 5 + bytes.readUInt32BE(offset + 1);
    yield { flags: bytes.readUInt8(offset), json: JSON.parse(bytes.toString('utf8', offset + 5, end)) };
    offset = end;
  }
}

function failure(
  { code, message = '', details = [] }: ErrorJson,
  messages: readonly string[],
  header: WireResult['header'],
  trailer: WireResult['trailer'],
): WireResult {
  const info = details.find(({ type }) => type === ErrorInfoSchema.typeName);
  const reason = info && fromBinary(ErrorInfoSchema, Buffer.from(info.value, 'base64')).reason;
  // `failed_precondition` as `FailedPrecondition`.
  const name = code.replace(/(?:^|_)(.)/g, (_match, letter: string) => letter.toUpperCase());
  return { code: name, message, reason, messages, header, trailer };
}
