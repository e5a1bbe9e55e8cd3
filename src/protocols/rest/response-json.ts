// The message of an answer as JSON: the whole, or the one field that `response_body` names.
import { create, type Message, type Registry, toJson } from '@bufbuild/protobuf';
import { type Envelope, toEnvelope } from '../../calls/envelope.ts';
import { keepEncoded } from '../../calls/keep-encoded.ts';
import { createJsonFromParts } from '../../calls/list-parts.ts';
import type { HttpBinding } from './http-rule.ts';

/** Its parts do not change from call to call, and are made once for a binding. */
export function createResponseEncoder(
  { method, responseField }: Pick<HttpBinding, 'method' | 'responseField'>,
  registry: Registry,
): (message: Message) => Envelope {
  const desc = method.output;
  const options = { registry };
  const encode = (bytes: (message: Message) => Buffer) => keepEncoded((message) => toEnvelope(0, bytes(message)));
  const toBytes = (json: unknown) => Buffer.from(JSON.stringify(json));
  if (responseField === undefined) {
    const fromParts = createJsonFromParts(desc, options);
    return encode((message) => fromParts?.(message) ?? toBytes(toJson(desc, message, options)));
  }
  const { jsonName } = responseField;
  // What JSON leaves out of a message must still be a document by itself.
  const unset = field(toJson(desc, create(desc), { registry, alwaysEmitImplicit: true }), jsonName) ?? null;
  return encode((message) => toBytes(field(toJson(desc, message, options), jsonName) ?? unset));
}

function field(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>)[name] : undefined;
}
