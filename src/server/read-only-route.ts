// A route that only tells something: it takes GET and HEAD, and tells other methods so.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { methodNotAllowed, sendPlain } from './plain-answer.ts';

export type ReadHandler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

export function readOnlyRoute(app: FastifyInstance, url: string, handler: ReadHandler): void {
  app.get(url, handler);
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url,
    handler: (request, reply) => sendPlain(reply, methodNotAllowed(url, request.method, ['GET', 'HEAD'])),
  });
}
