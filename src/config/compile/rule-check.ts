// The rules of config.proto without protovalidate, for as long as every message keeps them for certain. It is loaded for the first that may
// not, and says what is wrong (ADR 85).
import { onFirstUse } from '../../core/on-first-use.ts';
import { createCertain } from '../../rules/certain.ts';
import { KNOWN_RULES } from './known-rules.ts';
import type { ExactRuleCheck, RuleCheck } from './validate.ts';

/** Learns rules when they are first needed. Use one for the life of the process. */
export function createQuickRuleCheck(): RuleCheck {
  const isCertain = createCertain(KNOWN_RULES);
  let exact: ExactRuleCheck | undefined;
  const load = onFirstUse(async () => {
    const { createRuleCheck } = await import('./validate.ts');
    exact = createRuleCheck();
    return exact;
  });
  return (schema, message) => {
    if (isCertain(schema, message)) return [];
    return exact === undefined ? load().then((check) => check(schema, message)) : exact(schema, message);
  };
}
