// Answers that are one JSON document: the message of a unary call, or the error of any.
import type { Registry } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ConnectError } from '@connectrpc/connect';
import { RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { httpStatusOf, statusJson } from '../../errors/to-http.ts';
import type { AnyResponse } from '../../transport/listener.ts';
import { isGone, writeHead } from './any-response.ts';
import type { AnswerHeaders } from './call.ts';

export const JSON_TYPE = 'application/json';

/** What is said now may be wrong in a second, and a browser shall not guess what it is. */
export const COMMON_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function writeJson(response: AnyResponse, json: string, headers: AnswerHeaders): void {
  if (isGone(response)) return;
  writeHeaders(response, headers);
  endWith(response, 200, json);
}

export function writeHeaders(response: AnyResponse, { header, trailer }: AnswerHeaders): void {
  header?.forEach((value, name) => void response.setHeader(name, value));
  // As Connect sends the trailers of unary calls.
  trailer?.forEach((value, name) => void response.setHeader(`trailer-${name}`, value));
}

export function writeError(response: AnyResponse, error: ConnectError, registry: Registry): void {
  if (isGone(response)) return;
  const retryAfterS = retryAfterSeconds(error);
  if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS));
  error.metadata.forEach((value, name) => void response.setHeader(name, value));
  endWith(response, httpStatusOf(error), JSON.stringify(statusJson(error, registry)));
}

/** Whole seconds, as RFC 9110 has them, in which the wait that `RetryInfo` names is over. */
function retryAfterSeconds(error: ConnectError): number | undefined {
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay && Math.max(1, Math.ceil(durationMs(delay) / 1000));
}

function endWith(response: AnyResponse, httpStatus: number, json: string): void {
  const head = { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(json), ...COMMON_HEADERS };
  writeHead(response, httpStatus, head);
  if (response.req.method === 'HEAD') response.end();
  else response.end(json);
}
