import { create } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { GetAvailabilityResponseSchema, ListTransitionsResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { historyText } from '../../src/cli/history-text.ts';

const EVIL = '\x1b[2J\u202eevil\r\n\x07';

it('lets nothing from the server control the terminal', () => {
  const availability = { component: EVIL, total: { uptimeRatio: 1 }, buckets: [{}] };
  const text = historyText(
    {
      availability: create(GetAvailabilityResponseSchema, { availability, members: [availability] }),
      changes: create(ListTransitionsResponseSchema, {
        transitions: [{ component: EVIL, reason: { code: EVIL, message: EVIL }, causedBy: [EVIL] }],
      }),
    },
    false,
  );
  expect(text.split('evil').length - 1).toBe(6);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
});

it('takes an answer that says next to nothing, or what cannot be', () => {
  const changes = create(ListTransitionsResponseSchema, {
    transitions: [{ component: 'web', time: { seconds: 1n << 62n } }],
  });
  const text = historyText({ availability: create(GetAvailabilityResponseSchema), changes }, false);
  expect(text).toContain('an impossible time UNKNOWN → UNKNOWN');
});

it.each([
  [
    { budgetLeftRatio: 0.634, burnRates: [{ window: { seconds: 3600n }, rate: 1.25 }] },
    '63.4 % of its budget of 43m12s left, burns 1.3 times over 1h',
  ],
  [{ budgetLeftRatio: 1, burnRates: [{ window: { seconds: 300n }, rate: 0 }] }, '100 % of its budget of 43m12s left'],
  [{ budgetLeftRatio: -0.5, burnRates: [] }, 'nothing of its budget of 43m12s left, 1h4m48s spent'],
  [{ burnRates: [] }, 'no budget known'],
])('says how a component stands by its objective: %j', (slo, text) => {
  const budget = { window: { seconds: 2_592_000n }, budget: { seconds: 2592n }, spent: { seconds: 3888n } };
  const availability = { component: 'web', total: {}, slo: { objective: 99.9, ...budget, ...slo } };
  const answer = create(GetAvailabilityResponseSchema, { availability });
  const shown = historyText({ availability: answer, changes: create(ListTransitionsResponseSchema) }, false);
  expect(shown).toContain(`  objective 99.9 % over 30d: ${text}\n`);
});
