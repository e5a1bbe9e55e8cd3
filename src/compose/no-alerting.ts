// What the services have of alerts as long as no engine decides any: nothing, and nothing that is said counts.
import type { AlertOperator, AlertReader } from '../core/alert.ts';

export const NO_ALERTS: AlertReader = {
  list: () => [],
  find: () => undefined,
  subscribe: () => () => {},
  suspensions: () => [],
};

export const NO_OPERATOR: AlertOperator = {
  acknowledge: async () => ({ ok: false, why: 'not-found' }),
  suspend: async () => ({ isDurable: false }),
  endSuspension: async () => ({ ok: false, why: 'not-found' }),
};
