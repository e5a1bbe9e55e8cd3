// REST behind Fastify: one route for each first segment (`/v1*`), so that CORS and whatever else Fastify does for every
// request hold here too.
import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { correctContentType } from '../curl-content-type.ts';
import { ANY_METHOD } from './path-router.ts';
import type { RestHandler } from './rest-handler.ts';

/** Goes behind CORS. */
export function registerRestRoutes(app: FastifyInstance, rest: RestHandler): void {
  for (const method of rest.httpMethods) {
    const isNew = method !== ANY_METHOD && METHODS.includes(method) && !app.supportedMethods.includes(method);
    if (isNew) app.addHttpMethod(method, { hasBody: true });
  }
  for (const segment of rest.firstSegments) {
    app.route({
      method: app.supportedMethods,
      // What comes behind, a verb too, is for the router of REST.
      url: `/${segment}*`,
      // Before Fastify looks at the body, which REST reads by itself.
      onRequest(request, reply, done) {
        const answer = rest.find(request.raw);
        if (answer === undefined) return done();
        correctContentType(request.raw);
        reply.hijack();
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value);
        }
        answer(reply.raw);
      },
      handler: (_request, reply) => reply.callNotFound(),
    });
  }
}
