// The rules of protovalidate as keywords of JSON Schema, as far as it has words for them. What it has none for (CEL) stands
// in the comments, and is enforced all the same.
import type { DescEnum } from '@bufbuild/protobuf';
import type { FieldRules } from '../../gen/buf/validate/validate_pb.ts';
import { Ignore } from '../../gen/buf/validate/validate_pb.ts';

export type Schema = { readonly [key: string]: unknown };

/** @param values Of the field, where it is an enum: rules know numbers, JSON has names. */
export function ruleSchema(rules: FieldRules | undefined, values?: DescEnum): Schema {
  if (rules === undefined) return {};
  switch (rules.type.case) {
    case 'string': {
      const { pattern, minLen, maxLen } = rules.type.value;
      const mayBeEmpty = rules.ignore === Ignore.IF_ZERO_VALUE;
      return {
        ...(pattern !== '' && { pattern: mayBeEmpty ? `^$|${pattern}` : pattern }),
        ...(minLen > 0n && { minLength: Number(minLen) }),
        ...(maxLen > 0n && { maxLength: Number(maxLen) }),
      };
    }
    case 'int32':
    case 'uint32':
    case 'double': {
      const { greaterThan, lessThan } = rules.type.value;
      return {
        ...(greaterThan.case === 'gte' && { minimum: greaterThan.value }),
        ...(greaterThan.case === 'gt' && { exclusiveMinimum: greaterThan.value }),
        ...(lessThan.case === 'lte' && { maximum: lessThan.value }),
        ...(lessThan.case === 'lt' && { exclusiveMaximum: lessThan.value }),
      };
    }
    case 'enum': {
      const { in: only, notIn } = rules.type.value;
      if (values === undefined || (only.length === 0 && notIn.length === 0)) return {};
      const isAllowed = (number: number) => (only.length === 0 || only.includes(number)) && !notIn.includes(number);
      return { enum: values.values.filter(({ number }) => isAllowed(number)).map(({ name }) => name) };
    }
    case 'repeated': {
      const { minItems, maxItems, unique } = rules.type.value;
      return {
        ...(minItems > 0n && { minItems: Number(minItems) }),
        ...(maxItems > 0n && { maxItems: Number(maxItems) }),
        ...(unique && { uniqueItems: true }),
      };
    }
    case 'map': {
      const { minPairs, maxPairs } = rules.type.value;
      return {
        ...(minPairs > 0n && { minProperties: Number(minPairs) }),
        ...(maxPairs > 0n && { maxProperties: Number(maxPairs) }),
      };
    }
    default:
      return {};
  }
}
