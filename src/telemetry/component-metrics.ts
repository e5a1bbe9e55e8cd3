// The metrics of each component, read when somebody asks, and past the SDK's instruments: those keep every set of
// attributes, at most 2,000 of them by default, and collect all in one go. 10,000 components are 50,000 sets for
// their statuses alone. For /metrics they are written here in slices, between which calls are answered.
import { type Attributes, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type GaugeMetricData,
} from '@opentelemetry/sdk-metrics';
import type { ComponentDefinition } from '../core/definition.ts';
import type { Health, MemberCounts } from '../core/health.ts';
import { STATUSES, type Status } from '../core/status.ts';
import { toHrTime } from './hr-time.ts';
import { labelsOf, labelText, withUnit } from './prometheus-names.ts';

export interface ComponentReader {
  /** Ids of all components. The same array until a reload. */
  ids(): readonly string[];
  health(id: string): ShownHealth | undefined;
  definition(id: string): ShownDefinition | undefined;
}

export type ShownHealth = Pick<Health, 'status' | 'causedBy' | 'memberCounts' | 'latencyMs'>;
export type ShownDefinition = Pick<ComponentDefinition, 'labels' | 'subject'>;

/** When the certificate that the component showed expires; epoch milliseconds. */
export type CertificateExpiry = (id: string, definition: ShownDefinition) => number | undefined;

/** One component, while it is read. */
interface Subject {
  readonly id: string;
  readonly health: ShownHealth;
  readonly definition: ShownDefinition;
  readonly certificateExpiresMs: number | undefined;
}

interface Family {
  readonly name: string;
  readonly description: string;
  readonly unit: '' | 's' | '{member}';
  /** For each status where it is given one; undefined where there is nothing to show. */
  readonly value: (subject: Subject, status: Status) => number | undefined;
  readonly hasStatus?: true;
  /** Beside the component and its kind. */
  readonly hasLabels?: true;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'openk.component.status',
    description: 'Whether the component has this status: 1 for the one that it has, 0 for the others.',
    unit: '',
    hasStatus: true,
    value: ({ health }, status) => (health.status === status ? 1 : 0),
  },
  {
    name: 'openk.component.info',
    description: 'Kind and labels of the component. Always 1: to be joined with the other metrics.',
    unit: '',
    hasLabels: true,
    value: () => 1,
  },
  {
    name: 'openk.component.suppressed',
    description: 'Whether something that the component depends on is UNHEALTHY while it is: 1 or 0.',
    unit: '',
    value: ({ health }) => (health.causedBy.length > 0 ? 1 : 0),
  },
  {
    name: 'openk.group.members',
    description: 'Direct members of the group, by their status.',
    unit: '{member}',
    hasStatus: true,
    value: ({ health }, status) => health.memberCounts?.[COUNT_OF[status]],
  },
  {
    name: 'openk.component.last_latency',
    description: 'Latency of the last probe run.',
    unit: 's',
    value: ({ health: { latencyMs } }) => inSeconds(latencyMs),
  },
  {
    name: 'openk.certificate.expiry_timestamp',
    description: 'When the certificate that the component showed last expires, in seconds since 1970.',
    unit: 's',
    value: ({ certificateExpiresMs }) => inSeconds(certificateExpiresMs),
  },
];

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

const COUNT_OF: Readonly<Record<Status, keyof MemberCounts>> = {
  HEALTHY: 'healthy',
  DEGRADED: 'degraded',
  UNHEALTHY: 'unhealthy',
  UNKNOWN: 'unknown',
  MAINTENANCE: 'maintenance',
};

/** Components per slice: well below a millisecond. */
const SLICE = 250;

/** One chunk of text per slice. Ids hold no character that the format would escape. */
export function* componentsText(reader: ComponentReader, expiry: CertificateExpiry): Generator<string> {
  const all = reader.ids();
  for (const { name: dotted, unit, description, value, hasStatus, hasLabels } of FAMILIES) {
    const name = withUnit(dotted, unit).name.replaceAll('.', '_');
    const statuses = hasStatus ? STATUSES : ONCE;
    let text = `# HELP ${name} ${description}\n# TYPE ${name} gauge\n`;
    let isEmpty = true;
    for (let from = 0; from < all.length; from += SLICE) {
      for (const id of all.slice(from, from + SLICE)) {
        const subject = subjectOf(reader, expiry, id);
        if (subject === undefined) continue;
        const start = `${name}{component="${id}"${hasLabels ? infoOf(subject.definition).text : ''}`;
        for (const status of statuses) {
          const shown = value(subject, status);
          if (shown === undefined) break;
          text += hasStatus ? `${start},status="${status}"} ${shown}\n` : `${start}} ${shown}\n`;
          isEmpty = false;
        }
      }
      if (isEmpty) continue;
      yield text;
      text = '';
    }
  }
}

/** For what has no status: any. */
const ONCE: readonly Status[] = ['UNKNOWN'];

/** The same for OTLP. */
export function componentMetrics(reader: ComponentReader, expiry: CertificateExpiry, nowMs: number): GaugeMetricData[] {
  const time = toHrTime(nowMs);
  const subjects = reader.ids().flatMap((id) => subjectOf(reader, expiry, id) ?? []);
  return FAMILIES.map(({ name, description, unit, value: read, hasStatus, hasLabels }) => {
    const dataPoints: DataPoint<number>[] = [];
    for (const subject of subjects) {
      const component = subject.id;
      for (const status of hasStatus ? STATUSES : ONCE) {
        const value = read(subject, status);
        if (value === undefined) break;
        const attributes = {
          component,
          ...(hasStatus && { status }),
          ...(hasLabels && infoOf(subject.definition).attributes),
        };
        dataPoints.push({ startTime: time, endTime: time, attributes, value });
      }
    }
    return {
      descriptor: { name, description, unit, valueType: unit === 's' ? ValueType.DOUBLE : ValueType.INT },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints,
    };
  });
}

/** Undefined where it went away since somebody asked which there are. */
function subjectOf(reader: ComponentReader, expiry: CertificateExpiry, id: string): Subject | undefined {
  const health = reader.health(id);
  const definition = reader.definition(id);
  if (health === undefined || definition === undefined) return undefined;
  return { id, health, definition, certificateExpiresMs: expiry(id, definition) };
}

/** Of definitions, until a reload brings others. */
const infos = new WeakMap<ShownDefinition, { readonly attributes: Attributes; readonly text: string }>();

function infoOf(definition: ShownDefinition) {
  const known = infos.get(definition);
  if (known !== undefined) return known;
  const { subject, labels } = definition;
  const attributes = { kind: subject.type === 'probe' ? subject.kind : subject.type, ...labelsOf(labels) };
  const info = { attributes, text: labelText(attributes) };
  infos.set(definition, info);
  return info;
}
