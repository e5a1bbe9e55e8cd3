// A route that takes every component, and says at once what it is about.
import type { AlertRoute } from '../../src/core/alert.ts';

export function alertRoute(some: Partial<AlertRoute> = {}): AlertRoute {
  return {
    id: 'all',
    match: { groups: [], severities: [] },
    on: ['UNHEALTHY'],
    forMs: 0,
    resolveAfterMs: 0,
    groupBy: 'COMPONENT',
    to: ['hook'],
    escalations: [],
    isContinued: false,
    flapping: { changes: 0, withinMs: 0 },
    ...some,
  };
}
