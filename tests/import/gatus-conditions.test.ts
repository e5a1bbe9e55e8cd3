// Conditions of Gatus against what Gatus itself says (the table says of which version): evaluated by our interpreter, and translated into expressions.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  type Condition,
  evaluateCondition,
  type GatusAnswer,
  parseCondition,
} from '../../src/import/gatus/condition.ts';
import { certificateExpression, translateCondition } from '../../src/import/gatus/condition-to-cel.ts';
import { compileExpectations, expressionFault } from '../../src/probes/expectation.ts';

interface RecordedAnswer {
  readonly status: number;
  readonly connected: boolean;
  readonly body: string;
  readonly latency_ms: number;
  readonly ip?: string;
  readonly dns_rcode?: string;
  readonly certificate_expires_in_ms?: number;
  readonly domain_expires_in_ms?: number;
}

const table = JSON.parse(
  readFileSync(new URL('../fixtures/import/gatus-conditions.json', import.meta.url), 'utf8'),
) as {
  readonly answers: Readonly<Record<string, RecordedAnswer>>;
  readonly cases: readonly (readonly [answer: string, condition: string, verdict: boolean | 'refused'])[];
};

const evaluated = table.cases.flatMap(([name, text, verdict]) => {
  const condition = parseCondition(text);
  return condition === undefined || verdict === 'refused' ? [] : [{ name, condition, verdict }];
});

function gatusAnswer(name: string): GatusAnswer {
  const answer = table.answers[name]!;
  return {
    status: answer.status,
    connected: answer.connected,
    body: answer.body,
    latencyMs: answer.latency_ms,
    ip: answer.ip ?? '',
    dnsRcode: answer.dns_rcode ?? '',
    certificateExpiresInMs: answer.certificate_expires_in_ms ?? 0,
    domainExpiresInMs: answer.domain_expires_in_ms ?? 0,
  };
}

/** Whether the answer is as the expression asks for. */
function isMet(expression: string, name: string): boolean {
  const answer = table.answers[name]!;
  const expectations = compileExpectations([expression], {
    showBody: false,
    redact: (text) => text,
    isSecretName: () => false,
  });
  return (
    expectations({
      status: answer.status,
      headers: new Map(),
      body: Buffer.from(answer.body),
      latencyMs: answer.latency_ms,
      ...(answer.certificate_expires_in_ms !== undefined && {
        certificateExpiresInMs: answer.certificate_expires_in_ms,
      }),
    }) === undefined
  );
}

/** Those that are about what an HTTP server answers. */
function translated(): readonly {
  name: string;
  condition: Condition;
  verdict: boolean;
  expression: string;
  named: boolean;
}[] {
  return evaluated.flatMap(({ name, condition, verdict }) => {
    const kind = translateCondition(condition);
    const translation = kind.kind === 'CERTIFICATE' ? certificateExpression(kind) : kind;
    if (translation.kind !== 'EXPRESSION' || !table.answers[name]!.connected) return [];
    const named = translation.differences.length > 0 || translation.oddities.size > 0;
    return [{ name, condition, verdict, expression: translation.expression, named }];
  });
}

describe('conditions of Gatus', () => {
  it('are 368 with the verdicts of Gatus', () => {
    expect(table.cases.length).toBe(368);
  });

  it('are refused where Gatus refuses them', () => {
    const refused = table.cases.filter(([, text]) => parseCondition(text) === undefined);
    expect(refused).toEqual(table.cases.filter(([, , verdict]) => verdict === 'refused'));
    expect(refused).toHaveLength(3);
  });

  it('have the verdicts of Gatus', () => {
    const wrong = evaluated.filter(
      ({ name, condition, verdict }) => evaluateCondition(condition, gatusAnswer(name)) !== verdict,
    );
    expect(wrong.map(({ name, condition }) => [name, condition.text])).toEqual([]);
  });

  it('become expressions that OpenK takes', () => {
    const faults = translated().flatMap(({ expression }) => expressionFault(expression) ?? []);
    expect(faults).toEqual([]);
    expect(translated().length).toBeGreaterThan(250);
  });

  it('become expressions that say the same, or are stricter and say that they may be', () => {
    const different = translated().filter(({ name, expression, verdict }) => isMet(expression, name) !== verdict);
    expect(different.filter(({ named }) => !named).map(({ condition }) => condition.text)).toEqual([]);
    // Nothing is taken for healthy that Gatus does not take for it.
    expect(different.filter(({ verdict }) => !verdict).map(({ condition }) => condition.text)).toEqual([]);
    expect(different.map(({ name, condition }) => `${name}: ${condition.text}`)).toEqual([
      'up: [RESPONSE_TIME] <= 50',
      'up: [RESPONSE_TIME] == 50',
      'up: [BODY].ok < 1',
      'up: [BODY].d > 4999',
      'up: [BODY].d < 6s',
      'up: [BODY].word < 1',
      'up: [BODY].hex == 16',
      'up: [BODY].oct == 8',
      'up: has([BODY].n.x) == true',
      'up: has([BODY].items.x) == true',
      'up: [BODY].n.x == 5',
      'up: len([BODY].data.user) == 24',
      'up: len([BODY].n) == 1',
      'up: len([BODY].items.x) == 3',
      'json_list: has([BODY].any) == true',
      'json_text: [BODY].status == UP',
      'json_text: [BODY].x == UP',
      'json_text: has([BODY].x) == true',
      'json_number: [BODY].x == 42',
      'json_number: [BODY].x > 41',
      'json_null: has([BODY].x) == false',
      'json_null: [BODY].x != y',
      'text: [BODY].status != DOWN',
      'text: has([BODY].status) == false',
      'text: [BODY].n < 5',
      'number_text: [BODY] == 31',
      'number_text: [BODY] > 30',
      'html: [BODY].x != y',
      'empty: [BODY].x != y',
      'empty: [BODY].x < 1',
      'empty: has([BODY].x) == false',
    ]);
  });

  it('say the same of each answer where nothing is named', () => {
    const unnamed = translated().filter(({ named }) => !named);
    expect(unnamed.length).toBeGreaterThan(20);
    for (const { condition, expression } of unnamed) {
      for (const [name, answer] of Object.entries(table.answers)) {
        if (!answer.connected) continue;
        expect([condition.text, name, isMet(expression, name)]).toEqual([
          condition.text,
          name,
          evaluateCondition(condition, gatusAnswer(name)),
        ]);
      }
    }
  });

  it('are constant where no answer changes them', () => {
    for (const { name, condition, verdict } of evaluated) {
      const translation = translateCondition(condition);
      if (translation.kind !== 'CONSTANT' || !table.answers[name]!.connected) continue;
      expect([condition.text, translation.met]).toEqual([condition.text, verdict]);
    }
  });
});
