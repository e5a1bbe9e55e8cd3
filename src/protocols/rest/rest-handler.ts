// REST as google.api.http defines it (google/api/http.proto), for any services: finds the binding of a request, and has it
// answered or refused. Knows descriptors, and nothing of what the services are about.

import { type ConnectError, createContextValues } from '@connectrpc/connect';
import type { ContextOfClient } from '../../calls/call.ts';
import type { OpenCalls } from '../../calls/open-calls.ts';
import { refusal } from '../../errors/to-connect.ts';
import type { AnyRequest, AnyResponse } from '../../transport/listener.ts';
import { type AnswerOptions, createCallAnswerer } from './answer-call.ts';
import { type OpenSignals, RestCall } from './call.ts';
import type { PathMatch, PathMiss } from './path-router.ts';
import type { Procedure } from './procedures.ts';
import { createRestRoutes, type RestRoute } from './routes.ts';
import { splitTarget } from './target.ts';
import { writeError } from './write-answer.ts';

export interface RestOptions extends AnswerOptions {
  readonly procedures: readonly Procedure[];
  /** Once it fires, calls in flight are aborted with its reason. */
  readonly shutdown: AbortSignal;
  /** What handlers may ask about the caller. Left out: nothing. */
  readonly contextOfClient?: ContextOfClient;
  /** Told of what an observer of calls throws. */
  readonly onDefect: (error: unknown) => void;
  /** Counts the calls that have no complete answer yet. Left out: somebody else does. */
  readonly openCalls?: Pick<OpenCalls, 'opened' | 'closed'>;
}

export type SendAnswer = (response: AnyResponse) => void;

export interface RestHandler {
  /** Of all bindings, for whoever must know them before the first request; `*` stands for any. */
  readonly httpMethods: ReadonlySet<string>;
  /** First segments of all paths; an empty one for paths that begin with a wildcard. */
  readonly firstSegments: readonly string[];
  /** How to answer the request; undefined when its path belongs to no binding. Never throws. */
  find(request: AnyRequest): SendAnswer | undefined;
  /** The same, but undefined also where the request is refused. */
  findCall(request: AnyRequest): SendAnswer | undefined;
}

/** @throws HttpRuleError */
export function createRestHandler(options: RestOptions): RestHandler {
  const {
    procedures,
    nearestName,
    registry,
    shutdown,
    openCalls,
    onDefect,
    contextOfClient = createContextValues,
  } = options;
  const { router, httpMethods } = createRestRoutes(procedures, registry, nearestName);
  const answerCall = createCallAnswerer(options);
  const openSignals: OpenSignals = { shutdown, calls: new Set() };
  shutdown.addEventListener('abort', () => {
    for (const call of openSignals.calls) call.abort(shutdown.reason);
  });

  const start = (request: AnyRequest, response: AnyResponse, query: string, match: PathMatch<RestRoute>) => {
    const { route, segments } = match;
    const call = new RestCall(route.binding.method, request, response, {
      openSignals,
      observe: route.procedure.observe,
      contextOfClient,
      onDefect,
      onClosed: openCalls?.closed,
    });
    openCalls?.opened();
    answerCall({ call, route, segments, query });
  };
  const findRefusal = (method: string, path: string, result: PathMiss): ConnectError | undefined => {
    if (result.kind === 'method-not-allowed') {
      return refusal('METHOD_NOT_ALLOWED', { method, path, allowed: result.allowed });
    }
    return router.owns(path) ? refusal('PATH_NOT_FOUND', { method, path }) : undefined;
  };

  return {
    httpMethods,
    firstSegments: router.firstSegments(),
    find(request) {
      const { path, query } = splitTarget(request.url ?? '');
      const httpMethod = request.method ?? '';
      const result = router.find(httpMethod, path);
      if (result.kind === 'found') return (response) => start(request, response, query, result);
      const refused = findRefusal(httpMethod, path, result);
      return refused && ((response) => writeError(response, refused, registry));
    },
    findCall(request) {
      const { path, query } = splitTarget(request.url ?? '');
      const result = router.find(request.method ?? '', path);
      return result.kind === 'found' ? (response) => start(request, response, query, result) : undefined;
    },
  };
}
