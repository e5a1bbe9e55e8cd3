// The OpenAPI document for whoever makes clients, tests or pages of it: `/openapi.json` and `/openapi.yaml`.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { stringify } from 'yaml';
import { onFirstUse } from '../../core/on-first-use.ts';
import { readOnlyRoute } from '../page-route.ts';

export const OPENAPI_JSON_PATH = '/openapi.json';
export const OPENAPI_YAML_PATH = '/openapi.yaml';

/** @param loadDocument called once, when somebody first asks for it */
export function registerOpenapiRoutes(app: FastifyInstance, loadDocument: () => Promise<object>): void {
  const json = onFirstUse(async () => Buffer.from(JSON.stringify(await loadDocument())));
  // Strings that YAML 1.1 takes for times or booleans get quotes, since many readers still speak it.
  const yaml = onFirstUse(async () =>
    Buffer.from(stringify(await loadDocument(), { aliasDuplicateObjects: false, version: '1.1' })),
  );

  readOnlyRoute(app, OPENAPI_JSON_PATH, async (_request, reply) => send(reply, 'application/json', await json()));
  // RFC 9512
  readOnlyRoute(app, OPENAPI_YAML_PATH, async (_request, reply) => send(reply, 'application/yaml', await yaml()));
}

/** As bytes: to text Fastify would add a charset, which these media types do not have. */
function send(reply: FastifyReply, contentType: string, bytes: Buffer): FastifyReply {
  return reply.headers({ 'content-type': contentType, 'cache-control': 'no-cache' }).send(bytes);
}
