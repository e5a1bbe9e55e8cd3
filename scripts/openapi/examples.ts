// Examples for the document, from the openk.yaml of the checkout.
import type { Examples } from './operation.ts';

const health = {
  component: 'openk',
  status: 'HEALTH_STATUS_HEALTHY',
  since: '2026-11-23T09:30:00Z',
  reason: { code: 'RULE', message: '3 of 3 members are HEALTHY' },
  memberCounts: { total: 4, healthy: 3, unknown: 1, ignored: 1 },
  revision: '12',
};
const job = {
  component: 'example-job',
  status: 'HEALTH_STATUS_HEALTHY',
  since: '2026-11-23T09:31:00Z',
  checkedAt: '2026-11-23T09:31:00Z',
  reason: { code: 'REPORTED', message: 'done' },
  latency: '1.5s',
  revision: '13',
};

const RESPONSES: Readonly<Record<string, unknown>> = {
  GetHealth: { health },
  ListComponents: {
    components: [{ id: 'openk', labels: { team: 'platform' }, kind: 'group', health }],
    nextPageToken: '',
  },
  GetComponent: {
    definition: { id: 'openk-port', tcp: { target: '127.0.0.1:8080' }, interval: '5s' },
    health: { ...health, component: 'openk-port', memberCounts: undefined },
    parents: ['openk'],
  },
  WatchHealth: { snapshot: { revision: '12', components: [health] } },
  ReportHealth: { health: job },
  ExplainHealth: {
    health,
    rule: {
      rule: 'quorum: healthy >= 2, degraded >= 1',
      ifUnknownHealthy: 'HEALTH_STATUS_HEALTHY',
      ifUnknownUnhealthy: 'HEALTH_STATUS_HEALTHY',
      members: [
        {
          component: 'openk-port',
          status: 'HEALTH_STATUS_HEALTHY',
          contributes: 'HEALTH_STATUS_HEALTHY',
          impact: 'IMPACT_CRITICAL',
          weight: 1,
        },
      ],
    },
  },
};
const REQUESTS: Readonly<Record<string, unknown>> = {
  ReportHealth: { status: 'HEALTH_STATUS_HEALTHY', message: 'done', duration: '1.5s' },
};
/** By method and field. */
const PARAMETERS: Readonly<Record<string, unknown>> = {
  'ListComponentsRequest.label': ['team=platform'],
  'ReportHealthRequest.component': 'example-job',
};

export const EXAMPLES: Examples = {
  response: ({ name }) => RESPONSES[name],
  request: ({ name }) => REQUESTS[name],
  parameter: ({ name, parent }) => PARAMETERS[`${parent.name}.${name}`] ?? (name === 'component' ? 'openk' : undefined),
};
