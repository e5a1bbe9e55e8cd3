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

const total = {
  from: '2026-11-22T09:30:00Z',
  to: '2026-11-23T09:31:12Z',
  time: { healthy: '86352s', unhealthy: '120s' },
  uptimeRatio: 0.9986122675547655,
  observations: '17294',
  latency: { p50: '0.012s', p95: '0.021s', p99: '0.034s' },
};

const alert = {
  id: 'mi8x2k00-1',
  route: 'payments',
  component: 'payments-api',
  displayName: 'Payments',
  state: 'ALERT_STATE_OPEN',
  status: 'HEALTH_STATUS_UNHEALTHY',
  severity: 'SEVERITY_ERROR',
  reason: { code: 'CONNECTION_REFUSED', message: 'connection refused' },
  since: '2026-11-23T09:30:00Z',
  opened: '2026-11-23T09:32:00Z',
  updated: '2026-11-23T09:32:00Z',
  consequences: ['checkout'],
  consequenceCount: 1,
  labels: { team: 'payments' },
  links: [{ title: 'Runbook', url: 'https://wiki.example.com/payments' }],
  revision: '12',
};
const suspension = {
  id: '0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10',
  selector: 'team=payments',
  start: '2026-11-23T09:30:00Z',
  end: '2026-11-23T11:30:00Z',
  author: 'key:sre',
  reason: 'moving to another database',
  created: '2026-11-23T09:30:00Z',
};
const suspend = { selector: suspension.selector, duration: '7200s', reason: suspension.reason };

const RESPONSES: Readonly<Record<string, unknown>> = {
  GetHealth: { health },
  ListComponents: {
    components: [{ id: 'openk', labels: { team: 'platform' }, kind: 'group', health }],
    nextPageToken: '',
    revision: '12',
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
  ListTransitions: {
    transitions: [
      {
        revision: '12',
        component: 'openk',
        time: '2026-11-23T09:30:00Z',
        from: 'HEALTH_STATUS_UNHEALTHY',
        to: 'HEALTH_STATUS_HEALTHY',
        reason: health.reason,
      },
    ],
    revision: '12',
  },
  GetAvailability: {
    from: total.from,
    to: total.to,
    resolution: '300s',
    availability: { component: 'openk', total },
  },
  ListAlerts: { alerts: [alert], nextPageToken: '' },
  GetAlert: { alert },
  WatchAlerts: { snapshot: { alerts: [alert] } },
  AcknowledgeAlert: {
    alert: {
      ...alert,
      state: 'ALERT_STATE_ACKNOWLEDGED',
      acknowledgement: { author: 'key:sre', time: '2026-11-23T09:33:00Z', note: 'on it' },
    },
  },
  ListDeliveries: {
    deliveries: [
      {
        id: '01JDCM2Y7Z4T8QK3',
        alert: alert.id,
        channel: 'hook',
        type: 'alert.opened',
        state: 'DELIVERY_STATE_ACCEPTED',
        attempts: 1,
        created: alert.opened,
        settled: '2026-11-23T09:32:00.180Z',
      },
    ],
    nextPageToken: '',
  },
  TestChannel: { accepted: true, latency: '0.18s' },
  CreateMaintenance: { maintenance: suspension },
  ListMaintenance: { maintenance: [suspension], nextPageToken: '' },
  EndMaintenance: { maintenance: { ...suspension, endedBy: 'key:sre' } },
  CreateSilence: { silence: suspension },
  ListSilences: { silences: [suspension], nextPageToken: '' },
  Work: {
    snapshot: {
      revision: '7',
      assignments: [
        {
          id: 'n3Jx0cQk-1',
          component: { id: 'payments-api.eu', http: { url: 'https://payments.example.com/healthz' }, timeout: '5s' },
          interval: '30s',
          freshFor: '0s',
        },
      ],
      denyAddresses: ['169.254.0.0/16', 'fe80::/10'],
    },
  },
  Observe: { counted: 1, refused: 0, time: '2026-11-23T09:31:12Z' },
  EndSilence: { silence: { ...suspension, endedBy: 'key:sre' } },
};
const REQUESTS: Readonly<Record<string, unknown>> = {
  Work: { incarnation: 'b7f0c4', place: 'eu', version: '1.0.0', kinds: ['http', 'tcp'] },
  Observe: {
    incarnation: 'b7f0c4',
    sequence: '1',
    clockSkew: '0.012s',
    observations: [
      {
        component: 'payments-api.eu',
        assignment: 'n3Jx0cQk-1',
        time: '2026-11-23T09:31:11Z',
        outcome: 'HEALTH_STATUS_HEALTHY',
        reason: { code: 'OK', message: '200 OK' },
        latency: '0.041s',
      },
    ],
  },
  ReportHealth: { status: 'HEALTH_STATUS_HEALTHY', message: 'done', duration: '1.5s' },
  CreateIncident: { title: 'Checkout is slow', pages: ['public'], text: 'We are looking into it.' },
  AcknowledgeAlert: { note: 'on it' },
  CreateMaintenance: suspend,
  CreateSilence: suspend,
  UpdateIncident: { status: 'INCIDENT_STATUS_MONITORING', text: 'It is as fast as before. We go on watching it.' },
};
/** By method and field. */
const PARAMETERS: Readonly<Record<string, unknown>> = {
  'ListComponentsRequest.label': ['team=platform'],
  'ReportHealthRequest.component': 'example-job',
  'WorkRequest.agent': 'eu-1',
  'ObserveRequest.agent': 'eu-1',
  'GetStatusPageRequest.page': 'public',
  'WatchStatusPageRequest.page': 'public',
  'UpdateIncidentRequest.incident': '0197f3a2-7c44-4e0b-9d4e-5f0c2b1a9d10',
  'GetAlertRequest.alert': alert.id,
  'AcknowledgeAlertRequest.alert': alert.id,
  'TestChannelRequest.channel': 'hook',
  'EndMaintenanceRequest.id': suspension.id,
  'EndSilenceRequest.id': suspension.id,
  'GetHealthRequest.at': '2026-11-22T09:30:00Z',
  'ListTransitionsRequest.from': '2026-11-23T09:00:00Z',
  'ListTransitionsRequest.to': '2027-01-01T00:00:00Z',
  'GetAvailabilityRequest.window': '86400s',
  'GetAvailabilityRequest.step': '3600s',
};

export const EXAMPLES: Examples = {
  response: ({ name }) => RESPONSES[name],
  request: ({ name }) => REQUESTS[name],
  parameter: ({ name, parent }) => PARAMETERS[`${parent.name}.${name}`] ?? (name === 'component' ? 'openk' : undefined),
};
