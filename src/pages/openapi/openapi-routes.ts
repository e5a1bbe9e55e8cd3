// The OpenAPI document for whoever makes clients, tests or pages of it: `/openapi.json` and `/openapi.yaml`.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { stringify } from 'yaml';
import { onFirstUse } from '../on-first-use.ts';
import { readOnlyRoute } from '../read-only-route.ts';

export const OPENAPI_JSON_PATH = '/openapi.json';
export const OPENAPI_YAML_PATH = '/openapi.yaml';

export function registerOpenapiRoutes(app: FastifyInstance, document: object): void {
  const json = onFirstUse(() => Buffer.from(JSON.stringify(document)));
  // Strings that YAML 1.1 takes for times or booleans get quotes, since many readers still speak it.
  const yaml = onFirstUse(() => Buffer.from(stringify(document, { aliasDuplicateObjects: false, version: '1.1' })));

  readOnlyRoute(app, OPENAPI_JSON_PATH, (_request, reply) => send(reply, 'application/json', json()));
  // RFC 9512
  readOnlyRoute(app, OPENAPI_YAML_PATH, (_request, reply) => send(reply, 'application/yaml', yaml()));
}

/** As bytes: to text Fastify would add a charset, which these media types do not have. */
function send(reply: FastifyReply, contentType: string, bytes: Buffer): FastifyReply {
  return reply.headers({ 'content-type': contentType, 'cache-control': 'no-cache' }).send(bytes);
}
