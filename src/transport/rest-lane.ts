// REST's lean lane: calls of methods straight from the listener, past the door and Fastify. What is refused, and whatever is
// out of the ordinary, is not taken, and left untouched to those.
import type { IncomingHttpHeaders } from 'node:http';
import { correctContentType } from '../protocols/curl-content-type.ts';
import { announcesBody } from '../protocols/rest/read-body.ts';
import type { RestHandler } from '../protocols/rest/rest-handler.ts';
import { discardRest } from './discard-rest.ts';
import type { AnyRequest, AnyResponse } from './listener.ts';

export interface RestLane {
  /** False when the request is not for the lane. */
  takeRequest(request: AnyRequest, response: AnyResponse): boolean;
}

/** @param takes Whether a lane may take a request at all, as in wire/lane.ts. */
export function createRestLane(
  rest: RestHandler,
  takes: (method: string | undefined, headers: IncomingHttpHeaders) => boolean,
): RestLane {
  return {
    takeRequest(request, response) {
      // Whole URLs, and what a URL would take for a host, are for the door.
      if (!PATH.test(request.url ?? '') || !takes(request.method, request.headers)) return false;
      const answer = rest.findCall(request);
      if (answer === undefined) return false;
      correctContentType(request);
      if (announcesBody(request)) discardRest(request, response);
      answer(response);
      return true;
    },
  };
}

const PATH = /^\/[^/\\]/;
