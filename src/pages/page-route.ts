// A route that takes some methods, and refuses others before anybody reads of them.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';
import { methodAsSent } from '../protocols/unusual-method.ts';

export type PageHandler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>;

/** One that is only read. */
export function readOnlyRoute(app: FastifyInstance, url: string, handler: PageHandler): void {
  pageRoute(app, ['GET', 'HEAD'], url, handler);
}

export function pageRoute(app: FastifyInstance, methods: readonly string[], url: string, handler: PageHandler): void {
  app.route({ method: [...methods], url, handler });
  const refuse = async (request: FastifyRequest, reply: FastifyReply) =>
    sendPlain(reply, refusal('METHOD_NOT_ALLOWED', { method: methodAsSent(request.raw), path: url, allowed: methods }));
  app.route({
    method: app.supportedMethods.filter((method) => !methods.includes(method)),
    url,
    // Before Fastify has its say about a body.
    onRequest: refuse,
    handler: refuse,
  });
}
