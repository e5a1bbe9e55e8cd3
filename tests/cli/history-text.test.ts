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
