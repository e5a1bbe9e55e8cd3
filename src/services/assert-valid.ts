// A request against the rules in its .proto. One that keeps them for certain needs no protovalidate, which is loaded for the first that may not
// (ADR 85).
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { onFirstUse } from '../core/on-first-use.ts';
import type { Violation } from '../errors/catalogue.ts';
import { refusal } from '../errors/to-connect.ts';
import { createCertain } from '../rules/certain.ts';
import type { FindBroken } from './broken-rules.ts';

export interface RequestValidator {
  /** What is broken. A promise: who knows is loaded first. */
  findBroken<Desc extends DescMessage>(
    schema: Desc,
    message: MessageShape<Desc>,
  ): readonly Violation[] | Promise<readonly Violation[]>;
}

/**
 * Learns rules once: one per process. Their patterns are those of our own .proto files, so they need none of the
 * guarantees of RE2, which takes 3 us for each; Node's own take a twentieth of that.
 */
export function createRequestValidator(): RequestValidator {
  const compiled = new Map<string, RegExp>();
  const patternTest = (pattern: string) => {
    const regExp = compiled.get(pattern) ?? new RegExp(pattern, 'u');
    compiled.set(pattern, regExp);
    return (text: string) => regExp.test(text);
  };
  const isCertain = createCertain({ patternTest, expressions: new Map() });
  let findBroken: FindBroken | undefined;
  const load = onFirstUse(async () => {
    const { createFindBroken } = await import('./broken-rules.ts');
    findBroken = createFindBroken((pattern, text) => patternTest(pattern)(text));
    return findBroken;
  });
  return {
    findBroken(schema, message) {
      if (isCertain(schema, message)) return [];
      return findBroken === undefined ? load().then((find) => find(schema, message)) : findBroken(schema, message);
    },
  };
}

/**
 * A frozen request that was valid once is taken at its word: the port gives the same object for the same short request.
 * The function throws INVALID_REQUEST, or the promise that it returns rejects with it; or with the error of a rule that is itself broken.
 */
export function createRequestCheck<Desc extends DescMessage>(validator: RequestValidator, schema: Desc) {
  const known = new WeakSet<MessageShape<Desc>>();
  const judge = (message: MessageShape<Desc>, violations: readonly Violation[]) => {
    if (violations.length > 0) throw refusal('INVALID_REQUEST', { violations });
    if (Object.isFrozen(message)) known.add(message);
  };
  return (message: MessageShape<Desc>): Promise<void> | undefined => {
    if (known.has(message)) return undefined;
    const violations = validator.findBroken(schema, message);
    if (violations instanceof Promise) return violations.then((found) => judge(message, found));
    judge(message, violations);
    return undefined;
  };
}
