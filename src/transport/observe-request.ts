// The edge as telemetry sees it: each request with its answer that is no call of the pipeline, which reports its calls itself.
import type { ServerHttp2Stream } from 'node:http2';
import type { AnyRequest, AnyResponse } from '../calls/exchange.ts';
import type { CallTelemetry, EdgeVisit } from '../telemetry/calls/observe-calls.ts';
import type { ClientAddressOf } from './client-address.ts';
import { guarded, type OnDefect } from './defects.ts';

export type Visit = CallTelemetry['visit'];

/** Runs `answer` as the visit of this request, which ends when the response closes. */
export function observeRequest(
  {
    visit,
    onDefect,
    addressOf,
  }: { readonly visit: Visit; readonly onDefect: OnDefect; readonly addressOf: ClientAddressOf },
  request: AnyRequest,
  response: AnyResponse,
  answer: () => void,
): void {
  const edge = visit({
    httpMethod: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    scheme: 'encrypted' in request.socket ? 'https' : 'http',
    peer: addressOf(request.socket, request.headers),
  });
  const stream = 'stream' in response ? response.stream : undefined;
  const end = () => endVisit(edge, response.statusCode, stream ?? response);
  response.once(
    'close',
    guarded(end, onDefect, () => {}),
  );
  edge.run(answer);
}

/** What nginx calls a request whose client went away before there was an answer. */
export const CLIENT_CLOSED_REQUEST = 499;

function endVisit(edge: EdgeVisit, statusCode: number, answer: ServerHttp2Stream | AnyResponse): void {
  const httpStatus = answer.headersSent ? statusCode : CLIENT_CLOSED_REQUEST;
  const grpcStatus = 'sentHeaders' in answer ? statusOf(answer) : Number(answerHeader(answer) ?? Number.NaN);
  edge.end({ httpStatus, grpcStatus: Number.isInteger(grpcStatus) ? grpcStatus : undefined });
}

function statusOf({ sentTrailers, sentHeaders }: ServerHttp2Stream): number {
  return Number(sentTrailers?.['grpc-status'] ?? sentHeaders?.['grpc-status'] ?? Number.NaN);
}

function answerHeader(answer: ServerHttp2Stream | AnyResponse) {
  return 'getHeader' in answer ? answer.getHeader('grpc-status') : undefined;
}
