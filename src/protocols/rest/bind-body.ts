// A JSON body into a message, or into one field of it (google/api/http.proto, `body`).
import type { DescMessage, JsonValue, Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { isTooDeep, MAX_JSON_DEPTH } from '../../calls/json-depth.ts';
import { readJson } from '../../calls/json-values.ts';
import type { MendRequest } from '../../calls/message-reader.ts';
import { invalidField } from '../../errors/to-connect.ts';
import type { HttpBinding } from './http-rule.ts';
import { type FaultSearch, findJsonFault, readerMessage } from './json-fault.ts';
import { findShortValueFault, lengthenJson } from './short-forms.ts';

export interface BodyContext extends Pick<FaultSearch, 'registry' | 'nearestName'> {
  /** Asked where a body cannot be read. */
  readonly mend?: MendRequest | undefined;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The request with what the body says.
 * @param bytes Not empty.
 * @throws INVALID_REQUEST
 */
export function bindBody(binding: HttpBinding, bytes: Uint8Array, context: BodyContext): Message {
  if (isTooDeep(bytes)) throw bodyFault(`is nested more than ${MAX_JSON_DEPTH} levels deep`);
  try {
    return readBody(binding, bytes, context);
  } catch (error) {
    const mended = binding.body === '*' ? context.mend?.(binding.method, bytes, false) : undefined;
    if (mended === undefined) throw error;
    // A fault that is left has the same words.
    return readBody(binding, mended, context);
  }
}

function readBody({ method, body }: HttpBinding, bytes: Uint8Array, context: BodyContext): Message {
  if (body === undefined) throw bodyFault('this path takes no body');
  const json = parseJson(bytes);
  const whole = body === '*' ? json : { [body.jsonName]: json };
  try {
    return readJson(method.input, whole, context.registry);
  } catch {
    return readShortForms(method.input, lengthenJson(method.input, whole), context);
  }
}

function readShortForms(desc: DescMessage, json: JsonValue, context: BodyContext): Message {
  try {
    return readJson(desc, json, context.registry);
  } catch (error) {
    const search = { ...context, findValueFault: findShortValueFault };
    const { field, description } = findJsonFault(desc, json, search) ?? {
      field: '',
      description: readerMessage(error),
    };
    throw invalidField(field || 'body', description);
  }
}

function parseJson(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    throw bodyFault('is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bodyFault(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function bodyFault(description: string): ConnectError {
  return invalidField('body', description);
}
