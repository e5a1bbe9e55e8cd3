// What is certain without protovalidate is right by protovalidate: every type that a file or a request is made of, near the limits of its rules.
import { create, type DescFile, type DescMessage, getOption, type Message } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type FieldRules,
  field as fieldOption,
  message as messageOption,
  type Rule,
} from '../../gen/buf/validate/validate_pb.ts';
import { file_openk_agent_v1_agent } from '../../gen/openk/agent/v1/agent_pb.ts';
import { file_openk_alerts_v1_alerts } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { file_openk_audit_v1_audit } from '../../gen/openk/audit/v1/audit_pb.ts';
import { ComponentSchema, file_openk_config_v1_config } from '../../gen/openk/config/v1/config_pb.ts';
import { file_openk_health_v1_health } from '../../gen/openk/health/v1/health_pb.ts';
import { file_openk_maintenance_v1_maintenance } from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import { file_openk_status_v1_status } from '../../gen/openk/status/v1/status_pb.ts';
import { KNOWN_RULES, OBJECTIVE } from '../../src/config/compile/known-rules.ts';
import { createRuleCheck } from '../../src/config/compile/validate.ts';
import { createCertain } from '../../src/rules/certain.ts';
import { messageOf, texts } from './messages.ts';

const messagesIn = (file: DescFile) => [...nestedTypes(file)].filter((type) => type.kind === 'message');
const ofFile = messagesIn(file_openk_config_v1_config);
const ofRequests = [
  file_openk_agent_v1_agent,
  file_openk_alerts_v1_alerts,
  file_openk_audit_v1_audit,
  file_openk_health_v1_health,
  file_openk_maintenance_v1_maintenance,
  file_openk_status_v1_status,
].flatMap(messagesIn);
const findBroken = createRuleCheck();
const unicode = (pattern: string) => (text: string) => new RegExp(pattern, 'u').test(text);

it.each([
  { what: 'a file', types: ofFile, known: KNOWN_RULES },
  { what: 'requests', types: ofRequests, known: { patternTest: unicode, expressions: new Map() } },
])('of $what', ({ types, known }) => {
  const isCertain = createCertain(known);
  let certain = 0;
  for (const type of types) {
    fc.assert(
      fc.property(messageOf(type), (message) => {
        if (!isCertain(type, message)) return;
        certain++;
        expect(findBroken(type, message)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  }
  // Else it would say nothing.
  expect(certain).toBeGreaterThan(types.length * 10);
});

interface Ruled {
  readonly desc: DescMessage;
  readonly rule: Rule;
  readonly holding: (value: unknown) => Message;
}

/** Where single values have rules in CEL, by the expression. */
function ruledValues(): ReadonlyMap<string, Ruled> {
  const ruled = new Map<string, Ruled>();
  for (const desc of ofFile) {
    for (const field of desc.fields) {
      if (field.oneof !== undefined) continue;
      const add = (rules: FieldRules | undefined, wrap: (value: unknown) => unknown) => {
        for (const rule of rules?.cel ?? []) {
          const holding = (value: unknown) =>
            Object.assign(create(desc), { [field.localName]: wrap(value) }) as Message;
          ruled.set(rule.expression, { desc, rule, holding });
        }
      };
      const rules = getOption(field, fieldOption);
      const { case: sort, value } = rules.type;
      add(rules, (own) => own);
      if (sort === 'repeated') add(value.items, (item) => [item]);
      if (sort === 'map') add(value.keys, (key) => ({ [String(key)]: '' }));
      if (sort === 'map') add(value.values, (entry) => ({ a: entry }));
    }
  }
  return ruled;
}

const ruled = ruledValues();
const ofMessages = ofFile.flatMap((desc) => getOption(desc, messageOption).cel.map(({ expression }) => expression));

it.each([...KNOWN_RULES.expressions].filter(([expression]) => ruled.has(expression)))(
  'of a value: %s',
  (expression, holds) => {
    const { desc, rule, holding } = ruled.get(expression)!;
    const values = expression === OBJECTIVE ? fc.oneof(fc.double(), fc.constantFrom(99, 99.9, 99.95, 99.99999)) : texts;
    fc.assert(
      fc.property(values, (value) => {
        if (!holds(value as never)) return;
        const broken = findBroken(desc, holding(value)).map(({ message }) => message);
        expect(broken).not.toContain(rule.message);
      }),
      { numRuns: 300 },
    );
  },
);

it('knows expressions that there are', () => {
  const unused = [...KNOWN_RULES.expressions.keys()].filter(
    (known) => !ruled.has(known) && !ofMessages.includes(known),
  );
  expect(unused).toEqual([]);
});

it('takes nothing for certain that it does not know', () => {
  const isCertain = createCertain({ patternTest: () => undefined, expressions: new Map() });
  fc.assert(fc.property(messageOf(ComponentSchema), (component) => !isCertain(ComponentSchema, component as never)));
});
