// The pipeline and Connect's own handlers, which answer what it does not take: what is looked at before a request is
// read, and what is tried where it cannot be, is the same in both, compressed or not.
import '../support/one-realm.ts';
import type { IncomingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Code, type ConnectError, ConnectError as ErrorOfConnect } from '@connectrpc/connect';
import { createEndStreamSerialization, errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import { trailerParse } from '@connectrpc/connect/protocol-grpc-web';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { details } from '../rpc/support/errors.ts';
import { envelope } from '../support/envelope.ts';
import { openHttp2 } from '../support/raw-http2.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { unreadableReport } from '../support/unreadable-report.ts';

const SERVICE = '/openk.health.v1.HealthService';
const CONFIG = 'limits: { reports_per_second: 100000, reports_per_second_per_client: 100000 }';

type Codec = 'json' | 'proto';
interface Protocol {
  readonly contentType: (codec: Codec) => string;
  readonly encodingHeader: string;
  readonly isEnveloped: boolean;
  error(body: Buffer, trailers: Headers): ConnectError | undefined;
}

const notAnError = () => new ErrorOfConnect('not an error', Code.Unknown);
/** Behind the message, if there is one. */
const lastFrame = (body: Buffer) => {
  let at = 0;
  while (at + 5 + body.readUInt32BE(at + 1) < body.length) at += 5 + body.readUInt32BE(at + 1);
  return body.subarray(at + 5);
};
const PROTOCOLS: Readonly<Record<'gRPC' | 'gRPC-Web' | 'Connect' | 'Connect stream', Protocol>> = {
  gRPC: {
    contentType: (codec) => `application/grpc+${codec}`,
    encodingHeader: 'grpc-encoding',
    isEnveloped: true,
    error: (_, trailers) => findTrailerError(trailers),
  },
  'gRPC-Web': {
    contentType: (codec) => `application/grpc-web+${codec}`,
    encodingHeader: 'grpc-encoding',
    isEnveloped: true,
    error: (body) => findTrailerError(trailerParse(lastFrame(body))),
  },
  Connect: {
    contentType: (codec) => `application/${codec}`,
    encodingHeader: 'content-encoding',
    isEnveloped: false,
    error: (body) => errorFromJsonBytes(body, undefined, notAnError()),
  },
  'Connect stream': {
    contentType: (codec) => `application/connect+${codec}`,
    encodingHeader: 'connect-content-encoding',
    isEnveloped: true,
    error: (body) => createEndStreamSerialization(undefined).parse(lastFrame(body)).error,
  },
};
const UNARY = ['gRPC', 'gRPC-Web', 'Connect'] as const;
const STREAM = ['gRPC', 'gRPC-Web', 'Connect stream'] as const;

const DEEP = Buffer.from(`{"component":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);

const unreadable = (latin1: string) =>
  Buffer.from(`{"component":"job","status":"HEALTH_STATUS_UNHEALTHY",${latin1}}`, 'latin1');
const REPORTS: readonly (readonly [form: string, codec: Codec, body: Uint8Array, message: string])[] = [
  ['bytes that are no UTF-8', 'proto', unreadableReport(), 'a\ufffd\ufffdb'],
  ['half a surrogate pair', 'json', unreadable('"message":"a\\ud83d!"'), 'a\ufffd!'],
  ['a line break in a string', 'json', unreadable('"message":"a\nb\tc"'), 'a b c'],
  ['a duration beyond all', 'json', unreadable('"message":"m","duration":"99999999999999s"'), 'm'],
];

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(
      `{ server: { pipeline: ${pipeline} }, ${CONFIG}, components: [ { id: job, heartbeat: { period: 1h } } ] }`,
    );
  });
  afterAll(() => openk.close());

  const ask = async (
    method: string,
    { contentType, encodingHeader, isEnveloped, error }: Protocol,
    codec: Codec,
    message: Uint8Array,
    isCompressed: boolean,
  ): Promise<ConnectError | undefined> => {
    const payload = isCompressed ? gzipSync(message) : message;
    const session = await openHttp2(openk.address, undefined);
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': `${SERVICE}/${method}`,
        'content-type': contentType(codec),
        te: 'trailers',
        ...(isCompressed && { [encodingHeader]: 'gzip' }),
      });
      const trailers = new Headers();
      let status: unknown;
      const take = (fields: IncomingHttpHeaders) => {
        status ??= fields[':status'];
        // Also those of an answer whose head is all of it.
        for (const [name, value] of Object.entries(fields))
          if (!name.startsWith(':')) trailers.set(name, String(value));
      };
      stream.on('response', take).on('trailers', take);
      stream.end(isEnveloped ? envelope(payload, isCompressed ? 1 : 0) : payload);
      const body = Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>));
      return !isEnveloped && status === 200 ? undefined : error(body, trailers);
    } finally {
      session.destroy();
    }
  };

  describe.each([
    ['plain', false],
    ['compressed', true],
  ] as const)('%s', (_, isCompressed) => {
    it.each([
      ...UNARY.map((protocol) => [protocol, 'GetHealth', 'GetHealthRequest'] as const),
      ...STREAM.map((protocol) => [protocol, 'WatchHealth', 'WatchHealthRequest'] as const),
    ])('%s refuses JSON of %s that is nested 100,000 levels deep', async (protocol, method, type) => {
      const error = await ask(method, PROTOCOLS[protocol], 'json', DEEP, isCompressed);
      expect(error && details(error)).toMatchObject({
        code: Code.InvalidArgument,
        reason: 'INVALID_REQUEST',
        violations: [{ field: '', description: `no openk.health.v1.${type}: it is nested more than 100 levels deep` }],
      });
    });

    it.each(UNARY.flatMap((protocol) => REPORTS.map(([form, ...report]) => [protocol, form, ...report] as const)))(
      '%s takes a report with %s',
      async (protocol, _form, codec, body, message) => {
        openk.engine.aggregator.report('job', { outcome: 'HEALTHY', message: '' });
        expect(await ask('ReportHealth', PROTOCOLS[protocol], codec, body, isCompressed)).toBeUndefined();
        expect(openk.engine.aggregator.health('job')).toMatchObject({ status: 'UNHEALTHY', reason: { message } });
      },
    );

    it.each(UNARY)('%s names the field of a fault by its way', async (protocol) => {
      const body = Buffer.from('{"component":"job","duration":"5m","message":"a\\ud83d"}');
      const error = await ask('ReportHealth', PROTOCOLS[protocol], 'json', body, isCompressed);
      expect(error && details(error)).toMatchObject({ reason: 'INVALID_REQUEST', violations: [{ field: 'duration' }] });
    });
  });

  it.each(['', '&base64=1', '&compression=gzip&base64=1'])('refuses deep JSON in a query%s', async (form) => {
    const deep = Buffer.from(`{"component":${'['.repeat(5_000)}${']'.repeat(5_000)}}`);
    const message = form.includes('compression') ? gzipSync(deep) : deep;
    const text = form === '' ? message.toString() : message.toString('base64url');
    const answer = await fetch(`${openk.address}${SERVICE}/GetHealth?connect=v1&encoding=json&message=${text}${form}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('it is nested more than 100 levels deep');
  });
});
