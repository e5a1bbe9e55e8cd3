// The shapes of Statuspage's public API, version 2, as its documentation shows them, in JSON Schema of our own words.
import type { StatuspageFile } from '../../src/status/render/statuspage-json.ts';

const text = { type: 'string', minLength: 1 };
const time = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' };
const timeOrNull = { anyOf: [time, { type: 'null' }] };
const textOrNull = { type: ['string', 'null'] };
const object = (properties: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
  additionalProperties: false,
});
const list = (items: object) => ({ type: 'array', items });

const page = object({ id: text, name: text, url: { type: 'string' }, time_zone: text, updated_at: time });
const component = object(
  {
    id: text,
    name: text,
    status: {
      enum: ['operational', 'degraded_performance', 'partial_outage', 'major_outage', 'under_maintenance'],
    },
    created_at: time,
    updated_at: time,
    position: { type: 'integer', minimum: 1 },
    description: textOrNull,
    showcase: { type: 'boolean' },
    start_date: textOrNull,
    group_id: textOrNull,
    page_id: text,
    group: { type: 'boolean' },
    only_show_if_degraded: { type: 'boolean' },
  },
  { components: list(text) },
);
const update = (statuses: readonly string[]) =>
  object({
    id: text,
    status: { enum: statuses },
    body: { type: 'string' },
    incident_id: text,
    created_at: time,
    updated_at: time,
    display_at: time,
    affected_components: { type: ['array', 'null'] },
  });
const incidentFields = (statuses: readonly string[], impacts: readonly string[]) => ({
  id: text,
  name: text,
  status: { enum: statuses },
  created_at: time,
  updated_at: time,
  monitoring_at: timeOrNull,
  resolved_at: timeOrNull,
  impact: { enum: impacts },
  shortlink: { type: 'string' },
  started_at: time,
  page_id: text,
  incident_updates: list(update(statuses)),
  components: list(component),
});
const incident = object(
  incidentFields(
    ['investigating', 'identified', 'monitoring', 'resolved', 'postmortem'],
    ['none', 'minor', 'major', 'critical'],
  ),
);
const maintenance = object({
  ...incidentFields(['scheduled', 'in_progress', 'verifying', 'completed'], ['maintenance', 'none']),
  scheduled_for: time,
  scheduled_until: timeOrNull,
});
const status = object({
  indicator: { enum: ['none', 'minor', 'major', 'critical', 'maintenance'] },
  description: text,
});
const components = list(component);
const incidents = list(incident);
const scheduled_maintenances = list(maintenance);

export const STATUSPAGE_SCHEMAS: Readonly<Record<StatuspageFile, object>> = {
  summary: object({ page, components, incidents, scheduled_maintenances, status }),
  status: object({ page, status }),
  components: object({ page, components }),
  incidents: object({ page, incidents }),
  'incidents/unresolved': object({ page, incidents }),
  'scheduled-maintenances': object({ page, scheduled_maintenances }),
};
