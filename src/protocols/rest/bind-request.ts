// A request as the message of its method: the body first, then the query, then the path, which beats both.
import { create, type Message } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { refusal } from '../../errors/to-connect.ts';
import { type BodyContext, bindBody } from './bind-body.ts';
import { bindQuery } from './bind-query.ts';
import type { HttpBinding } from './http-rule.ts';
import { variableText } from './path-template.ts';
import { ValueError } from './scalar-value.ts';
import { ownerOf } from './set-field.ts';

export interface RequestParts {
  /** Of the path, escaped. */
  readonly segments: readonly string[];
  /** Without the question mark; may be empty. */
  readonly query: string;
  /** Undefined or empty: there is none. */
  readonly body: Uint8Array | undefined;
}

/** @throws INVALID_REQUEST with everything that is wrong. */
export function bindRequest(
  binding: HttpBinding,
  { segments, query, body }: RequestParts,
  context: BodyContext,
): Message {
  const desc = binding.method.input;
  const message = body === undefined || body.length === 0 ? create(desc) : bindBody(binding, body, context);
  const { variables } = binding;
  if (query === '' && variables.length === 0) return message;
  const target = reflect(desc, message);
  const faults = query === '' ? [] : [...bindQuery(target, query, binding, context.nearestName)];
  for (const variable of variables) {
    const text = variableText(segments, variable);
    const field = variable.path.at(-1)!;
    const fault = { field: variable.fieldPath };
    if (text === undefined) {
      faults.push({ ...fault, description: 'its escapes in the path are broken, or not UTF-8' });
      continue;
    }
    try {
      ownerOf(target, variable.path).set(field, variable.parse(text));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      faults.push({ ...fault, description: error.message });
    }
  }
  if (faults.length > 0) throw refusal('INVALID_REQUEST', { violations: faults });
  return message;
}
