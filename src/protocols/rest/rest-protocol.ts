// The answers of calls by REST: one JSON document, or a stream of them, and errors as google.rpc.Status with a status of HTTP.
import type { Registry } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { Body } from '../../calls/envelope.ts';
import type { RawHeaders } from '../../calls/exchange.ts';
import { toRawHeaders } from '../../calls/node-headers.ts';
import type { Call, Protocol, StreamProtocol } from '../../calls/protocol.ts';
import { statusJson } from '../../errors/to-http.ts';
import { BROWSER_STREAM, GZIPPED, VARY } from '../enveloped.ts';
import { plainAnswer } from '../plain-answer.ts';
import { sendPacked, sendWhole, wholeHeaders } from '../whole-answer.ts';
import type { ResumableStream } from './resume.ts';
import type { StreamFormat } from './stream-format.ts';

/** What is said now may be wrong in a second, and a browser shall not guess what it is. */
const COMMON_HEADERS: RawHeaders = ['cache-control', 'no-store', 'x-content-type-options', 'nosniff'];
const JSON_HEADERS: RawHeaders = ['content-type', 'application/json', ...COMMON_HEADERS];

/** How long the head of a stream waits for the first message, so that an error can still be its HTTP status. */
const HEAD_WAIT_MS = 1_000;

const COMMON = {
  name: 'rest',
  hasTrailers: false,
  presetTrailers: undefined,
  /** REST has no header for it. */
  readTimeout: () => undefined,
} as const;

export function restUnary(registry: Registry): Protocol {
  return {
    ...COMMON,
    acceptEncodingHeader: 'accept-encoding',
    gzipsBody: false,
    presetHeaders: () => [...JSON_HEADERS],
    answer(call, { message, error }) {
      if (error !== undefined) {
        sendError(call, error, registry);
        return undefined;
      }
      const headers = wholeHeaders(call);
      if (call.exchange.method !== 'POST') headers.push(...VARY);
      return sendPacked(call, 200, headers, message.payload);
    },
  };
}

export function restStream(
  format: StreamFormat,
  resume: ResumableStream | undefined,
  registry: Registry,
): StreamProtocol {
  const preset = ['content-type', format.contentType, ...COMMON_HEADERS, ...BROWSER_STREAM];
  /** By what is in them: the same for all who are sent the same. */
  const framed = new WeakMap<Body, Body>();
  return {
    ...COMMON,
    // By that messages would be compressed one by one, for which REST has no form.
    acceptEncodingHeader: undefined,
    gzipsBody: true,
    headWaitMs: HEAD_WAIT_MS,
    presetHeaders: ({ takesGzip }) => [...preset, ...(takesGzip ? GZIPPED : [])],
    answer: (call, { error }) => void (error && sendError(call, error, registry)),
    frame(call, message) {
      const { payload } = call.route.encode(message);
      let body = framed.get(payload);
      if (body === undefined) {
        body = format.message(payload.bytes, resume?.eventId(message));
        framed.set(payload, body);
      }
      return body;
    },
    async end(call, error, isStarted) {
      if (error !== undefined && !isStarted) return sendError(call, error, registry);
      if (!isStarted) call.start(200, call.answerHeaders());
      call.endStream(error && format.error(JSON.stringify(statusJson(error, registry))), undefined);
    },
  };
}

function sendError(call: Call, error: ConnectError, registry: Registry): void {
  const { status, headers, body } = plainAnswer(error, registry);
  sendWhole(call, status, toRawHeaders(new Headers(headers), call.exchange.isHttp2), new Body(Buffer.from(body)));
}
