// Requests against the rules in their .proto (protovalidate), before any handler sees them. @connectrpc/validate does the
// same with `buf.validate.Violations` as detail; the contract promises `google.rpc.BadRequest`.
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import type { Validator, Violation } from '@bufbuild/protovalidate';
import type { Interceptor } from '@connectrpc/connect';
import { createError, type Violation as FieldViolation } from '../errors.ts';

/** Refuses requests that break a rule with INVALID_REQUEST. The validator compiles rules once: share one per process. */
export function createValidationInterceptor(validator: Validator): Interceptor {
  return (next) => async (request) => {
    const schema = request.method.input;
    if (request.stream) return next(withMessage(request, validateEach(validator, schema, request.message)));
    assertValid(validator, schema, request.message);
    return next(request);
  };
}

/** A copy that reads nothing of the request: parts that it makes when they are first asked for stay unmade. */
function withMessage<Request extends object>(request: Request, message: unknown): Request {
  const parts = { ...Object.getOwnPropertyDescriptors(request), message: { value: message, enumerable: true } };
  return Object.create(Object.getPrototypeOf(request), parts);
}

async function* validateEach<Desc extends DescMessage>(
  validator: Validator,
  schema: Desc,
  messages: AsyncIterable<MessageShape<Desc>>,
): AsyncGenerator<MessageShape<Desc>> {
  for await (const message of messages) {
    assertValid(validator, schema, message);
    yield message;
  }
}

/** @throws INVALID_REQUEST; the validator's own error when a rule itself is broken, which is a defect. */
function assertValid<Desc extends DescMessage>(validator: Validator, schema: Desc, message: MessageShape<Desc>): void {
  const result = validator.validate(schema, message);
  if (result.kind === 'error') throw result.error;
  if (result.kind === 'invalid') {
    throw createError('INVALID_REQUEST', { violations: result.violations.map(toFieldViolation) });
  }
}

function toFieldViolation({ field, message, ruleId }: Violation): FieldViolation {
  return {
    field: pathToString(field),
    description: message,
    reason: ruleId.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase(),
  };
}
