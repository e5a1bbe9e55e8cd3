// Requests whose path belongs to REST and that are no call: they get no further than Fastify, for which REST has one route for
// each first segment (`/v1*`).
import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { sendPlain } from '../protocols/plain-answer.ts';
import { ANY_METHOD } from '../protocols/rest/path-router.ts';
import type { RestCalls } from '../protocols/rest/rest-calls.ts';
import { methodAsSent } from '../protocols/unusual-method.ts';

/** Goes behind CORS. */
export function registerRestRefusals(app: FastifyInstance, rest: RestCalls): void {
  for (const method of rest.httpMethods) {
    const isNew = method !== ANY_METHOD && METHODS.includes(method) && !app.supportedMethods.includes(method);
    if (isNew) app.addHttpMethod(method, { hasBody: true });
  }
  for (const segment of rest.firstSegments) {
    app.route({
      method: app.supportedMethods,
      // What comes behind, a verb too, is for the router of REST.
      url: `/${segment}*`,
      // Before Fastify looks at the body.
      async onRequest(request, reply) {
        const refused = rest.refusalOf({ method: methodAsSent(request.raw), target: request.raw.url ?? '' });
        return refused === undefined ? undefined : sendPlain(reply, refused);
      },
      handler: (_request, reply) => reply.callNotFound(),
    });
  }
}
