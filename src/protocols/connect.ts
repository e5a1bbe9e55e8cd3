// Connect: unary calls whose body is the message and whose status is that of HTTP, by POST and by GET, and streams of
// envelopes (connectrpc.com/docs/protocol).
import type { IncomingHttpHeaders } from 'node:http';
import { mergeNonProtocolHeaders } from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  createEndStreamSerialization,
  endStreamFlag,
  errorToJsonBytes,
  parseTimeout,
} from '@connectrpc/connect/protocol-connect';
import { toEnvelope } from '../calls/envelope.ts';
import type { RawHeaders } from '../calls/exchange.ts';
import type { RecordedMethod } from '../calls/methods.ts';
import type { Protocol, StreamProtocol } from '../calls/protocol.ts';
import { BROWSER_STREAM, type End, envelopedProtocol, VARY } from './enveloped.ts';
import { bodyOf, sendPacked, wholeHeaders } from './whole-answer.ts';

export type JsonOptions = RecordedMethod['options']['jsonOptions'];

const MAX_TIMEOUT_MS = Number.MAX_SAFE_INTEGER;
export const CONNECT_STREAM_ENCODING = 'connect-content-encoding';

function readTimeout({ 'connect-timeout-ms': value }: IncomingHttpHeaders) {
  return typeof value === 'string' ? parseTimeout(value, MAX_TIMEOUT_MS) : undefined;
}

const CONNECT_OK: End = { tail: toEnvelope(endStreamFlag, Buffer.from('{}')) };

export function connectStream(codec: 'proto' | 'json', jsonOptions: JsonOptions): StreamProtocol {
  const serialization = createEndStreamSerialization(jsonOptions);
  return envelopedProtocol({
    name: 'connect',
    hasTrailers: false,
    gzipsBody: true,
    contentType: `application/connect+${codec}`,
    encodingHeader: CONNECT_STREAM_ENCODING,
    acceptEncodingHeader: 'connect-accept-encoding',
    presetTrailers: undefined,
    streamHeaders: BROWSER_STREAM,
    readTimeout,
    endOf(call, error) {
      if (error === undefined && !call.hasTrailers) return CONNECT_OK;
      const end = { metadata: call.responseTrailer, ...(error && { error }) };
      return { tail: toEnvelope(endStreamFlag, serialization.serialize(end)) };
    },
  });
}

export function connectUnary(codec: 'proto' | 'json', isGet: boolean, jsonOptions: JsonOptions): Protocol {
  const headers: RawHeaders = ['content-type', `application/${codec}`];
  // Caches may keep the answer of a GET, and must not hand it to who takes another coding.
  if (isGet) headers.push(...VARY);
  return {
    name: 'connect',
    hasTrailers: false,
    acceptEncodingHeader: 'accept-encoding',
    gzipsBody: false,
    presetTrailers: undefined,
    readTimeout,
    presetHeaders: () => [...headers],
    answer(call, { message, error }) {
      if (error === undefined) return sendPacked(call, 200, wholeHeaders(call), message.payload);
      call.responseHeader.set('content-type', 'application/json');
      // What came over the wire from somebody else is no metadata of this call.
      if (!('isWireError' in error && error.isWireError)) mergeNonProtocolHeaders(call.responseHeader, error.metadata);
      const body = bodyOf(errorToJsonBytes(error, jsonOptions));
      return sendPacked(call, codeToHttpStatus(error.code), wholeHeaders(call), body);
    },
  };
}
