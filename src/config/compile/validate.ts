// The rules that stand in config.proto (buf.validate), checked by protovalidate, as faults with paths. It stands alone as
// the only place of the configuration that knows protovalidate; its words are those of rule-words.ts.
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { createValidator, type Validator, type Violation } from '@bufbuild/protovalidate';
import { RE2JS } from '@bufbuild/re2';
import { type BrokenRule, ruleWords } from '../../core/rule-words.ts';
import { formatDuration } from '../duration.ts';
import type { Path, PathFault } from '../fault.ts';

export interface RuleFault extends PathFault {
  /** The key of a map is wrong, not its value. */
  readonly atKey: boolean;
}

/** What rules a message breaks. A promise: who knows is loaded first. */
export type RuleCheck = <Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
) => readonly RuleFault[] | Promise<readonly RuleFault[]>;

/** At once. */
export type ExactRuleCheck = <Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
) => readonly RuleFault[];

const regexMatch = (pattern: string, text: string) => re2(pattern).test(text);

const re2 = rememberPatterns();

function rememberPatterns(): (pattern: string) => RE2JS {
  const compiled = new Map<string, RE2JS>();
  return (pattern) => {
    const known = compiled.get(pattern) ?? RE2JS.compile(pattern);
    compiled.set(pattern, known);
    return known;
  };
}

/**
 * Compiles each rule once, when it is first needed. Use one for the life of the process.
 * @throws {Error} from the check when a rule of the schema is itself wrong
 */
export function createRuleCheck(validator: Validator = createValidator({ regexMatch })): ExactRuleCheck {
  return (schema, message) => {
    const result = validator.validate(schema, message);
    if (result.kind === 'error') throw result.error;
    return (result.violations ?? []).map((violation) => ({
      path: toPath(violation),
      message: toMessage(violation),
      atKey: violation.forKey,
    }));
  };
}

function toPath({ field }: Violation): Path {
  return field.flatMap((element) => {
    if (element.kind === 'list_sub') return element.index;
    if (element.kind === 'map_sub') return String(element.key);
    // The name of a oneof is not in the file: what is wrong is the message around it.
    if (element.kind === 'oneof') return [];
    return element.name;
  });
}

function toMessage({ field, ruleId, message }: Violation): string {
  const last = field.at(-1);
  if (last?.kind === 'oneof') return `needs exactly one of ${last.fields.map(({ name }) => name).join(', ')}`;
  const words = ruleWords({ ruleId, message, enumValues: enumValuesOf(field) });
  if (!ruleId.startsWith('duration.')) return words;
  return words.replaceAll(/\b(\d+(?:\.\d+)?)s\b/g, (_, seconds) => formatDuration(Number(seconds) * 1000));
}

/** By the names that they have in the file. */
function enumValuesOf(path: Violation['field']): BrokenRule['enumValues'] {
  const field = path.findLast(({ kind }) => kind === 'field');
  if (field?.kind !== 'field' || field.enum === undefined) return undefined;
  return field.enum.values.map(({ localName, number }) => ({ name: localName, number }));
}
