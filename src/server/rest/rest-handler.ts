// REST as google.api.http defines it (google/api/http.proto), for any services: finds the binding of a request, makes the
// message, calls the method, writes its answer. Knows descriptors, and nothing of what the services are about.
import type { Message, Registry } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { AnyRequest, AnyResponse } from '../listener.ts';
import { isGone } from './any-response.ts';
import { bindRequest } from './bind-request.ts';
import { type CallSignal, createCallSignal } from './call-signal.ts';
import { findMediaFault } from './content-type.ts';
import type { CallOrigin, InvokeStream, InvokeUnary } from './invoke.ts';
import type { NearestName } from './nearest-name.ts';
import type { PathMatch } from './path-router.ts';
import type { Procedure } from './procedures.ts';
import { announcesBody, ClientGone, readBody } from './read-body.ts';
import { toHeaders } from './request-headers.ts';
import { HttpRefusal, InvalidRequest, type RestErrors } from './rest-errors.ts';
import { bindLastEventId, LAST_EVENT_ID, type ResumableStream } from './resume.ts';
import { createRestRoutes, type RestRoute } from './routes.ts';
import { statusJson } from './status.ts';
import { chooseStreamFormat } from './stream-format.ts';
import { splitTarget, type Target } from './target.ts';
import { writeError, writeHeaders, writeJson } from './write-answer.ts';
import { writeStream, writeStreamHead } from './write-stream.ts';

export interface RestOptions {
  readonly procedures: readonly Procedure[];
  readonly errors: RestErrors;
  readonly nearestName: NearestName;
  /** Types that `google.protobuf.Any` may hold. */
  readonly registry: Registry;
  readonly resumable: readonly ResumableStream[];
  /** Largest body, in bytes. */
  readonly requestBytes: number;
  /** Once it fires, new calls are refused. */
  readonly draining: AbortSignal;
  /** Once it fires, calls in flight are aborted with its reason. */
  readonly shutdown: AbortSignal;
}

export interface RestHandler {
  /** Of all bindings, for whoever must know them before the first request; `*` stands for any. */
  readonly httpMethods: ReadonlySet<string>;
  /** First segments of all paths; an empty one for paths that begin with a wildcard. */
  readonly firstSegments: readonly string[];
  /** How to answer the request; undefined when its path belongs to no binding. Never throws. */
  find(request: AnyRequest): ((response: AnyResponse) => void) | undefined;
}

/** One request on its way to its answer. */
interface Exchange {
  readonly request: AnyRequest;
  readonly response: AnyResponse;
  readonly target: Target;
  readonly match: PathMatch<RestRoute>;
  readonly signal: CallSignal;
}

/** @throws HttpRuleError */
export function createRestHandler(options: RestOptions): RestHandler {
  const { procedures, errors, nearestName, registry, resumable, requestBytes, draining, shutdown } = options;
  const { router, httpMethods } = createRestRoutes(procedures, registry, nearestName);

  const toError = (error: unknown, method: string): ConnectError => {
    if (error instanceof InvalidRequest) return errors.invalidRequest(error.faults);
    return error instanceof ConnectError ? error : errors.defect(error, method);
  };
  const refuse = (response: AnyResponse, { httpStatus, error, headers }: HttpRefusal) =>
    writeError(response, error, registry, { httpStatus, headers });
  const refusal = (httpStatus: number, code: Code, fault: Fault) =>
    new HttpRefusal(httpStatus, errors.refused(code, fault.reason, fault.message), fault.headers);

  const readRequestBody = async (request: AnyRequest, { binding }: RestRoute): Promise<Buffer | undefined> => {
    if (!announcesBody(request)) return undefined;
    const mediaFault = binding.body === undefined ? undefined : findMediaFault(request.headers);
    if (mediaFault !== undefined) throw refusal(415, Code.InvalidArgument, mediaFault);
    const body = await readBody(request, requestBytes);
    if (body !== undefined) return body;
    const message = `the body is larger than ${requestBytes} bytes`;
    throw refusal(413, Code.ResourceExhausted, { reason: 'BODY_TOO_LARGE', message });
  };

  const readMessage = async ({ request, target, match }: Exchange): Promise<Message> => {
    const { route, segments } = match;
    const body = await readRequestBody(request, route);
    return bindRequest(route.binding, { segments, query: target.query, body }, { registry, nearestName });
  };

  const answerUnary = async (exchange: Exchange, invoke: InvokeUnary) => {
    const message = await readMessage(exchange);
    const answer = await invoke(message, originOf(exchange));
    writeJson(exchange.response, exchange.match.route.toJson(answer.message), answer.headers);
  };

  const answerStream = async (exchange: Exchange, invoke: InvokeStream) => {
    const { request, response, match, signal } = exchange;
    const { binding, toJson } = match.route;
    const message = await readMessage(exchange);
    const resume = resumable.find(({ method }) => method === binding.method);
    const lastEventId = request.headers[LAST_EVENT_ID];
    if (resume !== undefined && typeof lastEventId === 'string' && lastEventId !== '') {
      bindLastEventId(resume, message, lastEventId);
    }
    const format = chooseStreamFormat(request.headers.accept);
    if (request.method === 'HEAD') return writeStreamHead(response, format.contentType);
    const answer = await invoke(message, originOf(exchange));
    const chunks = async function* () {
      for await (const each of answer.messages) yield format.message(toJson(each), resume?.eventId(each));
    };
    await writeStream(response, {
      contentType: format.contentType,
      chunks: chunks(),
      setHeaders: () => writeHeaders(response, answer.headers()),
      lastWords: (error) => format.error(JSON.stringify(statusJson(toError(error, nameOf(match)), registry))),
      stop: signal.end,
    });
  };

  const answer = async (exchange: Exchange) => {
    const { response, match, signal } = exchange;
    const { procedure } = match.route;
    try {
      if (draining.aborted) throw errors.shuttingDown();
      if (procedure.kind === 'unary') await answerUnary(exchange, procedure.invoke);
      else await answerStream(exchange, procedure.invoke);
    } catch (error) {
      if (error instanceof ClientGone || isGone(response)) return;
      if (error instanceof HttpRefusal) refuse(response, error);
      else writeError(response, toError(error, nameOf(match)), registry);
    } finally {
      signal.end();
    }
  };

  return {
    httpMethods,
    firstSegments: router.firstSegments(),
    find(request) {
      const target = splitTarget(request.url ?? '');
      const httpMethod = request.method ?? '';
      const result = router.find(httpMethod, target.path);
      switch (result.kind) {
        case 'found':
          return (response) => {
            const signal = createCallSignal(response, shutdown);
            void answer({ request, response, target, match: result, signal });
          };
        case 'method-not-allowed': {
          const allow = result.allowed.join(', ');
          const message = `${shorten(target.path)} does not take ${httpMethod}: use ${allow}`;
          const fault = { reason: 'METHOD_NOT_ALLOWED', message, headers: { allow } };
          return (response) => refuse(response, refusal(405, Code.Unimplemented, fault));
        }
        case 'not-found': {
          if (!router.owns(target.path)) return undefined;
          const message = `there is nothing at ${httpMethod} ${shorten(target.path)}`;
          return (response) => refuse(response, refusal(404, Code.NotFound, { reason: 'PATH_NOT_FOUND', message }));
        }
      }
    },
  };
}

interface Fault {
  readonly reason: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function originOf({ request, signal }: Exchange): CallOrigin {
  return {
    protocolName: 'rest',
    httpMethod: request.method ?? '',
    url: `http://${request.headers.host ?? 'localhost'}${request.url}`,
    requestHeader: () => toHeaders(request.headers),
    signal: signal.get,
  };
}

function nameOf({ route }: PathMatch<RestRoute>): string {
  const { parent, name } = route.binding.method;
  return `${parent.typeName}/${name}`;
}

const MAX_ECHO_CHARS = 256;

function shorten(path: string): string {
  return path.length <= MAX_ECHO_CHARS ? path : `${path.slice(0, MAX_ECHO_CHARS)}…`;
}
