// Answers a request whose binding is found: makes the message, calls the method, writes what it says, or what is wrong.
import type { Message, Registry } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { isThenable } from '../../calls/invoke.ts';
import type { MendRequest } from '../../calls/message-reader.ts';
import { refusal } from '../../errors/to-connect.ts';
import { statusJson } from '../../errors/to-http.ts';
import type { AnyRequest } from '../../transport/listener.ts';
import { isGone } from './any-response.ts';
import { bindRequest } from './bind-request.ts';
import type { RestCall } from './call.ts';
import { findMediaFault } from './content-type.ts';
import type { InvokeStream, InvokeUnary, UnaryAnswer } from './invoke.ts';
import type { NearestName } from './nearest-name.ts';
import { announcesBody, ClientGone, readBody } from './read-body.ts';
import { bindLastEventId, LAST_EVENT_ID, type ResumableStream } from './resume.ts';
import type { RestRoute } from './routes.ts';
import { chooseStreamFormat } from './stream-format.ts';
import { writeError, writeHeaders, writeJson } from './write-answer.ts';
import { writeStream, writeStreamHead } from './write-stream.ts';

export interface AnswerOptions {
  /** Writes a defect to the log, and makes an error that says no more of it than an id. */
  readonly toDefect: (error: unknown, method: string) => ConnectError;
  readonly nearestName: NearestName;
  /** Types that `google.protobuf.Any` may hold. */
  readonly registry: Registry;
  readonly resumable: readonly ResumableStream[];
  /** Asked where a body cannot be read. */
  readonly mend?: MendRequest | undefined;
  /** Largest body, in bytes. */
  readonly requestBytes: number;
  /** Told of each body that is larger. */
  readonly onOversized?: (() => void) | undefined;
  /** Once it fires, new calls are refused. */
  readonly draining: AbortSignal;
}

/** A call, and what of its request is not in the message yet. */
export interface Exchange {
  readonly call: RestCall;
  readonly route: RestRoute;
  /** Of the path, escaped. */
  readonly segments: readonly string[];
  /** Without the question mark; empty when there is none. */
  readonly query: string;
}

/** The function never throws. Where nothing needs to wait, a call is answered in the turn of the event loop that began it. */
export function createCallAnswerer(options: AnswerOptions): (exchange: Exchange) => void {
  const { toDefect, nearestName, registry, resumable, mend, requestBytes, onOversized, draining } = options;

  const toError = (error: unknown, { method }: RestCall): ConnectError =>
    error instanceof ConnectError ? error : toDefect(error, `${method.parent.typeName}/${method.name}`);
  const fail = (call: RestCall, failure: unknown): void => {
    const isOut = failure instanceof ClientGone || isGone(call.response);
    const error = isOut ? undefined : toError(failure, call);
    call.observeEnd(error?.code ?? Code.Canceled);
    call.end();
    if (error === undefined) return;
    try {
      writeError(call.response, error, registry);
    } catch {
      // Metadata that HTTP does not take: there is no way to answer.
      call.response.destroy();
    }
  };

  const readRequestBody = async (request: AnyRequest, { binding }: RestRoute): Promise<Buffer> => {
    const mediaFault = binding.body === undefined ? undefined : findMediaFault(request.headers);
    if (mediaFault !== undefined) throw mediaFault;
    const body = await readBody(request, requestBytes);
    if (body !== undefined) return body;
    onOversized?.();
    throw refusal('BODY_TOO_LARGE', { maxBytes: requestBytes });
  };
  const bind = ({ route, segments, query }: Exchange, body: Buffer | undefined): Message =>
    bindRequest(route.binding, { segments, query, body }, { registry, nearestName, mend });

  const succeed = ({ call, route }: Exchange, { message, headers }: UnaryAnswer): void => {
    try {
      const json = route.toJson(message);
      writeJson(call.response, json, headers);
    } catch (error) {
      fail(call, error);
      return;
    }
    call.sentMessages = 1;
    call.observeEnd(undefined);
    call.end();
  };
  const answerUnary = (exchange: Exchange, invoke: InvokeUnary, body: Buffer | undefined): void => {
    const answer = invoke(bind(exchange, body), exchange.call);
    if (!isThenable<UnaryAnswer>(answer)) succeed(exchange, answer);
    else {
      answer.then(
        (value) => succeed(exchange, value),
        (error) => fail(exchange.call, error),
      );
    }
  };

  const answerStream = async (exchange: Exchange, invoke: InvokeStream, body: Buffer | undefined): Promise<void> => {
    const { call, route } = exchange;
    const { request, response } = call;
    const message = bind(exchange, body);
    const resume = resumable.find(({ method }) => method === call.method);
    const lastEventId = request.headers[LAST_EVENT_ID];
    if (resume !== undefined && typeof lastEventId === 'string' && lastEventId !== '') {
      bindLastEventId(resume, message, lastEventId);
    }
    const format = chooseStreamFormat(request.headers.accept);
    if (request.method === 'HEAD') {
      writeStreamHead(response, format.contentType);
    } else {
      const answer = await invoke(message, call);
      const chunks = async function* () {
        for await (const each of answer.messages) {
          call.sentMessages++;
          yield format.message(route.toJson(each), resume?.eventId(each));
        }
      };
      await writeStream(response, {
        contentType: format.contentType,
        chunks: chunks(),
        setHeaders: () => writeHeaders(response, answer.headers()),
        lastWords(failure) {
          const error = toError(failure, call);
          call.observeEnd(error.code);
          return format.error(JSON.stringify(statusJson(error, registry)));
        },
        stop: () => call.end(),
      });
    }
    call.observeEnd(isGone(response) ? Code.Canceled : undefined);
    call.end();
  };

  const proceed = (exchange: Exchange, body: Buffer | undefined): void => {
    const { call, route } = exchange;
    const { procedure } = route;
    try {
      if (procedure.kind === 'unary') answerUnary(exchange, procedure.invoke, body);
      else answerStream(exchange, procedure.invoke, body).catch((error) => fail(call, error));
    } catch (error) {
      fail(call, error);
    }
  };

  return (exchange) => {
    const { call, route } = exchange;
    if (draining.aborted) fail(call, refusal('SHUTTING_DOWN', {}));
    else if (!announcesBody(call.request)) proceed(exchange, undefined);
    else {
      readRequestBody(call.request, route).then(
        (body) => proceed(exchange, body),
        (error) => fail(call, error),
      );
    }
  };
}
