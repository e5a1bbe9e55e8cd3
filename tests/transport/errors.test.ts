// Every error has its `ErrorInfo`, also where Connect makes it before anything of ours runs: by the pipeline and by Connect's
// own handlers, in the form of each protocol.
import { once } from 'node:events';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import { createEndStreamSerialization, errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import { trailerParse } from '@connectrpc/connect/protocol-grpc-web';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { details } from '../rpc/support/errors.ts';
import { envelope } from '../support/envelope.ts';
import { openHttp2 } from '../support/raw-http2.ts';
import { startServer, type TestServer } from './harness.ts';

const SERVICE = '/openk.health.v1.HealthService';
const PREFIX_BYTES = 5;

interface Form {
  readonly path: string;
  readonly contentType: string;
  readonly encodingHeader: string;
  readonly acceptHeader: string;
  readonly isEnveloped: boolean;
  error(body: Buffer, trailers: Headers): ConnectError | undefined;
}

const endFrame = (body: Buffer) => body.subarray(PREFIX_BYTES);
const grpc = {
  encodingHeader: 'grpc-encoding',
  acceptHeader: 'grpc-accept-encoding',
  isEnveloped: true,
  error: (_: Buffer, trailers: Headers) => findTrailerError(trailers),
};
const grpcWeb = { ...grpc, error: (body: Buffer) => findTrailerError(trailerParse(endFrame(body))) };
const plain = {
  encodingHeader: 'content-encoding',
  acceptHeader: 'accept-encoding',
  isEnveloped: false,
  error: (body: Buffer) => errorFromJsonBytes(body, undefined, new ConnectError('not an error')),
};
const connectStream = {
  encodingHeader: 'connect-content-encoding',
  acceptHeader: 'connect-accept-encoding',
  isEnveloped: true,
  error: (body: Buffer) => createEndStreamSerialization(undefined).parse(endFrame(body)).error,
};
const unary = { path: `${SERVICE}/GetHealth` };
const stream = { path: `${SERVICE}/WatchHealth` };
const FORMS: readonly Form[] = [
  { ...unary, ...grpc, contentType: 'application/grpc+proto' },
  { ...stream, ...grpc, contentType: 'application/grpc+json' },
  { ...unary, ...grpcWeb, contentType: 'application/grpc-web+json' },
  { ...stream, ...grpcWeb, contentType: 'application/grpc-web+proto' },
  { ...unary, ...plain, contentType: 'application/json' },
  { ...unary, ...plain, contentType: 'application/proto' },
  { ...stream, ...connectStream, contentType: 'application/connect+json' },
  { ...stream, ...connectStream, contentType: 'application/connect+proto' },
];

const NOT_PROTOBUF = Buffer.from([1, 2]);
const NOT_JSON = Buffer.from('{"component":');
const isJson = ({ contentType }: Form) => contentType.endsWith('json');
const fieldOf = ({ path }: Form) => (path === unary.path ? 'component' : 'components');

const FAULTS = [
  {
    name: 'no message',
    encoding: 'identity',
    message: (form: Form) => (isJson(form) ? NOT_JSON : NOT_PROTOBUF),
    told: () => ({ code: Code.InvalidArgument, reason: 'INVALID_REQUEST', fields: [''] }),
  },
  {
    name: 'a field of another type',
    encoding: 'identity',
    message: (form: Form) => (isJson(form) ? Buffer.from(`{"${fieldOf(form)}": 1}`) : NOT_PROTOBUF),
    told: (form: Form) => ({
      code: Code.InvalidArgument,
      reason: 'INVALID_REQUEST',
      fields: [isJson(form) ? fieldOf(form) : ''],
    }),
  },
  {
    name: 'no message, compressed',
    encoding: 'gzip',
    message: (form: Form) => gzipSync(isJson(form) ? NOT_JSON : NOT_PROTOBUF),
    told: () => ({ code: Code.InvalidArgument, reason: 'INVALID_REQUEST', fields: [''] }),
  },
  ...['identity', 'gzip'].map((encoding) => ({
    name: `an error that echoes half a surrogate pair, ${encoding}`,
    encoding,
    message(form: Form) {
      const bytes = isJson(form) ? Buffer.from('😀') : NOT_PROTOBUF;
      return encoding === 'gzip' ? gzipSync(bytes) : bytes;
    },
    told: () => ({ code: Code.InvalidArgument, reason: 'INVALID_REQUEST', fields: [''] }),
  })),
  {
    name: 'a compression that there is not',
    encoding: 'lz4',
    message: () => NOT_JSON,
    told: () => ({ code: Code.Unimplemented, reason: 'UNIMPLEMENTED' }),
  },
  {
    name: 'an error so long that it would be compressed',
    encoding: 'z'.repeat(2000),
    message: () => NOT_JSON,
    told: () => ({ code: Code.Unimplemented, reason: 'UNIMPLEMENTED' }),
  },
  {
    name: 'what cannot be decompressed',
    encoding: 'gzip',
    message: () => NOT_JSON,
    told: () => ({ code: Code.InvalidArgument, reason: 'INVALID_REQUEST', fields: [''] }),
  },
];

async function errorOf(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body: Uint8Array | undefined,
  read: Form['error'],
): Promise<unknown> {
  const call = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) call.end(body);
  // Where there is no message, gRPC's are in the headers.
  const trailers = new Headers();
  const add = (received: IncomingHttpHeaders) => {
    for (const [name, value] of Object.entries(received)) if (!name.startsWith(':')) trailers.set(name, String(value));
  };
  call.on('response', add).on('trailers', add);
  await once(call, 'response');
  const answer = Buffer.concat(await Array.fromAsync(call as AsyncIterable<Buffer>));
  const error = read(answer, trailers);
  if (error === undefined) throw new Error('no error in the answer');
  const { code, reason, domain, fields } = details(error);
  return { code, reason, domain, ...(fields && { fields }) };
}

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let test: TestServer;
  let session: ClientHttp2Session;
  beforeAll(async () => {
    test = await startServer('cleartext', { pipeline, interceptors: [] });
    session = await openHttp2(test.url, undefined);
  });
  afterAll(async () => {
    session.destroy();
    await test.server.close();
  });

  describe.each(FORMS)('$contentType, $path', (form) => {
    it.each(FAULTS)('$name', async ({ encoding, message, told }) => {
      const bytes = message(form);
      const body = form.isEnveloped ? envelope(bytes, encoding === 'identity' ? 0 : 1) : bytes;
      const headers = {
        ':method': 'POST',
        ':path': form.path,
        'content-type': form.contentType,
        [form.encodingHeader]: encoding,
        [form.acceptHeader]: 'gzip',
      };
      expect(await errorOf(session, headers, body, form.error)).toEqual({ domain: 'openk.dev', ...told(form) });
    });
  });

  const HTTP_FAULTS: readonly {
    readonly asked: string;
    readonly contentType?: string;
    readonly isConnect?: boolean;
    readonly told: readonly [httpStatus: number, code: Code, reason: string];
    readonly allow?: string;
  }[] = [
    { asked: `GET ${SERVICE}/ReportHealth`, told: [405, Code.Unimplemented, 'METHOD_NOT_ALLOWED'], allow: 'POST' },
    {
      asked: `GET ${SERVICE}/ReportHealth?encoding=json&message={}`,
      isConnect: true,
      told: [405, Code.Unimplemented, 'METHOD_NOT_ALLOWED'],
      allow: 'POST',
    },
    {
      asked: `GET ${SERVICE}/WatchHealth?encoding=json&message={}`,
      isConnect: true,
      told: [405, Code.Unimplemented, 'METHOD_NOT_ALLOWED'],
      allow: 'POST',
    },
    { asked: `GET ${SERVICE}/WatchHealth`, told: [405, Code.Unimplemented, 'METHOD_NOT_ALLOWED'], allow: 'POST' },
    { asked: `PUT ${SERVICE}/GetHealth`, told: [405, Code.Unimplemented, 'METHOD_NOT_ALLOWED'], allow: 'POST, GET' },
    { asked: `GET ${SERVICE}/GetHealth`, told: [415, Code.InvalidArgument, 'UNSUPPORTED_MESSAGE_ENCODING'] },
    {
      asked: `GET ${SERVICE}/GetHealth?encoding=xml&message={}`,
      isConnect: true,
      told: [415, Code.InvalidArgument, 'UNSUPPORTED_MESSAGE_ENCODING'],
    },
    {
      asked: `GET ${SERVICE}/GetHealth?encoding=json&message={}&compression=lz4`,
      isConnect: true,
      told: [501, Code.Unimplemented, 'UNIMPLEMENTED'],
    },
    {
      asked: `POST ${SERVICE}/WatchHealth`,
      contentType: 'application/json',
      isConnect: true,
      told: [415, Code.InvalidArgument, 'UNSUPPORTED_CONTENT_TYPE'],
    },
    ...['application/grpc-web-text', 'text/csv', ''].map((contentType) => ({
      asked: `POST ${SERVICE}/GetHealth`,
      contentType,
      told: [415, Code.InvalidArgument, 'UNSUPPORTED_CONTENT_TYPE'] as const,
    })),
    { asked: 'GET /nothing', told: [404, Code.NotFound, 'PATH_NOT_FOUND'] },
    { asked: 'PUT /livez', told: [405, Code.Unimplemented, 'METHOD_NOT_ALLOWED'], allow: 'GET, HEAD' },
    { asked: `GET /healthz/${'x'.repeat(600)}`, told: [414, Code.InvalidArgument, 'PATH_TOO_LONG'] },
    { asked: 'GET /%zz', told: [400, Code.InvalidArgument, 'BAD_REQUEST'] },
    { asked: 'POST /nothing', contentType: 'csv', told: [415, Code.InvalidArgument, 'UNSUPPORTED_CONTENT_TYPE'] },
  ];

  it.each(HTTP_FAULTS)('$asked as "$contentType": $told', async ({ asked, contentType, isConnect, told, allow }) => {
    const [method = '', path = ''] = asked.split(' ');
    const response = await fetch(`${test.url}${path}`, {
      method,
      headers: contentType ? { 'content-type': contentType } : {},
      ...(contentType && { body: '{}' }),
    });
    const body = await response.text();
    const [httpStatus, code, reason] = told;
    expect([response.status, response.headers.get('allow') ?? undefined]).toEqual([httpStatus, allow]);
    if (isConnect) {
      const error = errorFromJsonBytes(Buffer.from(body), undefined, new ConnectError('not an error'));
      expect(details(error)).toMatchObject({ code, reason, domain: 'openk.dev' });
    } else {
      expect(JSON.parse(body)).toMatchObject({ code, details: [{ reason, domain: 'openk.dev' }] });
    }
    expect(JSON.parse(body).message).toMatch(/^.{10,}$/);
  });

  it('base64 that is none is a fault of the caller', async () => {
    const path = `${unary.path}?connect=v1&encoding=proto&base64=1&message=%25`;
    const answered = await errorOf(session, { ':method': 'GET', ':path': path }, undefined, plain.error);
    expect(answered).toEqual({ domain: 'openk.dev', code: Code.InvalidArgument, reason: 'INVALID_ARGUMENT' });
  });
});
