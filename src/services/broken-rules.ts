// The rules of its .proto that a request breaks, in words (protovalidate). @connectrpc/validate does the same with
// `buf.validate.Violations` as detail; the contract promises `google.rpc.BadRequest`.
import type { DescEnum, DescMessage, MessageShape } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import { ruleWords } from '../core/rule-words.ts';
import type { Violation as FieldViolation } from '../errors/catalogue.ts';

export type FindBroken = <Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
) => readonly FieldViolation[];

/**
 * Compiles rules once: one per process. The function throws the validator's own error when a rule itself is broken, which is a defect.
 * @param matches whether a text matches a pattern of ours
 */
export function createFindBroken(matches: (pattern: string, text: string) => boolean): FindBroken {
  const validator = createValidator({ regexMatch: matches });
  return (schema, message) => {
    const result = validator.validate(schema, message);
    if (result.kind === 'error') throw result.error;
    return result.violations?.map(toFieldViolation) ?? [];
  };
}

function toFieldViolation({ field, message, ruleId }: Violation): FieldViolation {
  return {
    field: pathToString(field),
    description: ruleWords({ ruleId, message, enumValues: enumValuesOf(field) }),
    reason: ruleId.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase(),
  };
}

/** Those of the enum that the path leads to. */
function enumValuesOf(path: Violation['field']): DescEnum['values'] | undefined {
  const field = path.findLast((element) => element.kind === 'field');
  return field?.enum?.values;
}
