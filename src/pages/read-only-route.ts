// A route that is only read: it takes GET and HEAD, and refuses other methods.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';

export type ReadHandler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>;

export function readOnlyRoute(app: FastifyInstance, url: string, handler: ReadHandler): void {
  app.get(url, handler);
  const refuse = async (request: FastifyRequest, reply: FastifyReply) =>
    sendPlain(reply, refusal('METHOD_NOT_ALLOWED', { method: request.method, path: url, allowed: ['GET', 'HEAD'] }));
  app.route({
    method: app.supportedMethods.filter((method) => method !== 'GET' && method !== 'HEAD'),
    url,
    // Before Fastify has its say about a body.
    onRequest: refuse,
    handler: refuse,
  });
}
