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
import type { SloStanding } from '../core/slo/budget.ts';
import { BURN_WINDOWS, budgetShare } from '../core/slo/objective.ts';
import { STATUSES, type Status } from '../core/status.ts';
import { toHrTime } from './hr-time.ts';
import { labelsOf, labelText, withUnit } from './prometheus-names.ts';

export interface ComponentReader {
  /** Ids of all components. The same array until a reload. */
  ids(): readonly string[];
  health(id: string): ShownHealth | undefined;
  definition(id: string): ShownDefinition | undefined;
  /** How it stands by its objective. Undefined: it has none, or that is not known yet. */
  slo(id: string): SloStanding | undefined;
}

export type ShownHealth = Pick<Health, 'status' | 'causedBy' | 'memberCounts' | 'latencyMs'>;
export type ShownDefinition = Pick<ComponentDefinition, 'labels' | 'subject' | 'slo'>;

/** When the certificate that the component showed expires; epoch milliseconds. */
export type CertificateExpiry = (id: string, definition: ShownDefinition) => number | undefined;

/** One component, as it was when it was read. */
interface Subject {
  readonly id: string;
  readonly health: ShownHealth;
  readonly definition: ShownDefinition;
}

/** What is asked only of those that may have it. */
interface Beside {
  readonly slo: (subject: Subject) => SloStanding | undefined;
  readonly certificateExpiresMs: (subject: Subject) => number | undefined;
}

/** One figure of a component. */
interface Sample {
  readonly value: number;
  /** Beside the component. */
  readonly label?: { readonly name: 'status' | 'window'; readonly value: string };
  /** What its line ends with in the text. Most samples are the same few for all components. */
  readonly ending: string;
}

interface Family {
  readonly name: string;
  readonly description: string;
  readonly unit: '' | 's' | '{member}' | '1';
  readonly samples: (subject: Subject, beside: Beside) => readonly Sample[];
  /** Beside the component and its kind. */
  readonly hasLabels?: true;
  /** Each component has some, which follow from its definition, its status and whether it is suppressed: mostly they are as they were. */
  readonly lasts?: true;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'openk.component.status',
    description: 'Whether the component has this status: 1 for the one that it has, 0 for the others.',
    unit: '',
    lasts: true,
    samples: ({ health }) => OF_STATUS[health.status],
  },
  {
    name: 'openk.component.info',
    description: 'Kind and labels of the component. Always 1: to be joined with the other metrics.',
    unit: '',
    hasLabels: true,
    lasts: true,
    samples: () => ONE,
  },
  {
    name: 'openk.component.suppressed',
    description: 'Whether something that the component depends on is UNHEALTHY while it is: 1 or 0.',
    unit: '',
    lasts: true,
    samples: ({ health }) => (health.causedBy.length > 0 ? ONE : ZERO),
  },
  {
    name: 'openk.group.members',
    description: 'Direct members of the group, by their status.',
    unit: '{member}',
    samples: ({ health: { memberCounts } }) =>
      memberCounts === undefined
        ? NO_SAMPLES
        : STATUSES.map((status) => ofStatus(status, memberCounts[COUNT_OF[status]])),
  },
  {
    name: 'openk.component.last_latency',
    description: 'Latency of the last probe run.',
    unit: 's',
    samples: ({ health: { latencyMs } }) => only(inSeconds(latencyMs)),
  },
  {
    name: 'openk.certificate.expiry_timestamp',
    description: 'When the certificate that the component showed last expires, in seconds since 1970.',
    unit: 's',
    samples: (subject, { certificateExpiresMs }) => only(inSeconds(certificateExpiresMs(subject))),
  },
  {
    name: 'openk.slo.objective_ratio',
    description: 'Share of the time that counts in which the component is to be good.',
    unit: '1',
    samples: ({ definition: { slo } }) => only(slo && Number((1 - budgetShare(slo)).toPrecision(12))),
  },
  {
    name: 'openk.slo.error_budget_remaining_ratio',
    description: 'Share of the error budget that is left: 1 is all of it, below 0 is more spent than there was.',
    unit: '1',
    samples: (subject, { slo }) => only(slo(subject)?.budget.leftRatio),
  },
  {
    name: 'openk.slo.burn_rate',
    description: 'How many times as fast as it bears the error budget burns, over a window until now.',
    unit: '1',
    samples(subject, { slo }) {
      const rates = slo(subject)?.rates;
      if (rates === undefined) return NO_SAMPLES;
      return BURN_WINDOWS.flatMap((window) => {
        const value = rates[window];
        return value === undefined ? [] : [sampleOf(value, { name: 'window', value: window })];
      });
    },
  },
];

const NO_SAMPLES: readonly Sample[] = [];
const ONE: readonly Sample[] = [sampleOf(1)];
const ZERO: readonly Sample[] = [sampleOf(0)];
/** By the status that a component has. */
const OF_STATUS: Readonly<Record<Status, readonly Sample[]>> = {
  HEALTHY: oneOf('HEALTHY'),
  DEGRADED: oneOf('DEGRADED'),
  UNHEALTHY: oneOf('UNHEALTHY'),
  UNKNOWN: oneOf('UNKNOWN'),
  MAINTENANCE: oneOf('MAINTENANCE'),
};

function oneOf(own: Status): readonly Sample[] {
  return STATUSES.map((status) => ofStatus(status, status === own ? 1 : 0));
}

function only(value: number | undefined): readonly Sample[] {
  return value === undefined ? NO_SAMPLES : [sampleOf(value)];
}

function ofStatus(status: Status, value: number): Sample {
  return sampleOf(value, { name: 'status', value: status });
}

function sampleOf(value: number, label?: NonNullable<Sample['label']>): Sample {
  if (label === undefined) return { value, ending: `} ${value}\n` };
  return { value, label, ending: `,${label.name}="${label.value}"} ${value}\n` };
}

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

/** A part of the text that is the same object as long as it says the same: who has made something of it need not do so again. */
class LastingText {
  readonly #family: Family;
  readonly #subjects: readonly Subject[];

  constructor(family: Family, subjects: readonly Subject[]) {
    this.#family = family;
    this.#subjects = subjects;
  }

  toString(): string {
    return linesOf(this.#family, this.#subjects, NOTHING_BESIDE);
  }
}

/** Components that are written together. */
interface Block {
  /** With no more of their health than what lasts. */
  readonly subjects: readonly Subject[];
  readonly texts: ReadonlyMap<Family, LastingText>;
}

/** What the text was made of, for the next one. */
export interface WrittenBlocks {
  blocks: readonly Block[];
}

/**
 * One chunk of text per slice; empty ones while it is read how the components are, which is done once for all metrics. Ids hold no
 * character that the format would escape.
 * @param written of the text before, by the same reader; it becomes what this one is made of
 */
export function* componentsText(
  reader: ComponentReader,
  expiry: CertificateExpiry,
  written: WrittenBlocks = { blocks: [] },
): Generator<string | LastingText> {
  const beside = besideOf(reader, expiry);
  const slices: Subject[][] = [];
  const blocks: Block[] = [];
  const all = reader.ids();
  for (let from = 0; from < all.length; from += SLICE) {
    const slice = subjectsOf(reader, all.slice(from, from + SLICE));
    if (slice.length > 0) blocks.push(blockOf(slice, written.blocks[blocks.length]));
    slices.push(slice);
    yield '';
  }
  written.blocks = blocks;
  for (const family of FAMILIES) {
    const name = shownName(family);
    const head = `# HELP ${name} ${family.description}\n# TYPE ${name} gauge\n`;
    if (family.lasts) {
      if (blocks.length > 0) yield head;
      for (const { texts } of blocks) yield texts.get(family)!;
      continue;
    }
    let isEmpty = true;
    for (const slice of slices) {
      const lines = linesOf(family, slice, beside);
      yield isEmpty && lines !== '' ? head + lines : lines;
      isEmpty &&= lines === '';
    }
  }
}

function linesOf(family: Family, subjects: readonly Subject[], beside: Beside): string {
  const name = shownName(family);
  let text = '';
  for (const subject of subjects) {
    const found = family.samples(subject, beside);
    if (found.length === 0) continue;
    const start = `${name}{component="${subject.id}"${family.hasLabels ? infoOf(subject.definition).text : ''}`;
    for (const { ending } of found) text += start + ending;
  }
  return text;
}

function shownName({ name, unit }: Family): string {
  return withUnit(name, unit).name.replaceAll('.', '_');
}

/** The same as before where nothing that lasts is another. */
function blockOf(slice: readonly Subject[], before: Block | undefined): Block {
  const isSame = ({ id, health, definition }: Subject, at: number) => {
    const known = before!.subjects[at]!;
    return known.id === id && known.definition === definition && known.health === lastingOf(health);
  };
  if (before?.subjects.length === slice.length && slice.every(isSame)) return before;
  const subjects = slice.map(({ id, health, definition }) => ({ id, health: lastingOf(health), definition }));
  const lasting = FAMILIES.filter(({ lasts }) => lasts);
  return { subjects, texts: new Map(lasting.map((family) => [family, new LastingText(family, subjects)])) };
}

/** One object for all that are the same. */
function lastingOf({ status, causedBy }: ShownHealth): ShownHealth {
  return (causedBy.length > 0 ? SUPPRESSED : UNSUPPRESSED)[status];
}

const [SUPPRESSED, UNSUPPRESSED] = [[''], []].map(
  (causedBy) =>
    Object.fromEntries(STATUSES.map((status) => [status, { status, causedBy }])) as unknown as Readonly<
      Record<Status, ShownHealth>
    >,
) as [Readonly<Record<Status, ShownHealth>>, Readonly<Record<Status, ShownHealth>>];
const NOTHING_BESIDE: Beside = { slo: () => undefined, certificateExpiresMs: () => undefined };

/** The same for OTLP. */
export function componentMetrics(reader: ComponentReader, expiry: CertificateExpiry, nowMs: number): GaugeMetricData[] {
  const time = toHrTime(nowMs);
  const subjects = subjectsOf(reader, reader.ids());
  const beside = besideOf(reader, expiry);
  return FAMILIES.map(({ name, description, unit, samples, hasLabels }) => {
    const dataPoints: DataPoint<number>[] = [];
    for (const subject of subjects) {
      const component = subject.id;
      for (const { value, label } of samples(subject, beside)) {
        const attributes = {
          component,
          ...(label && { [label.name]: label.value }),
          ...(hasLabels && infoOf(subject.definition).attributes),
        };
        dataPoints.push({ startTime: time, endTime: time, attributes, value });
      }
    }
    return {
      descriptor: {
        name,
        description,
        unit,
        valueType: unit === 's' || unit === '1' ? ValueType.DOUBLE : ValueType.INT,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints,
    };
  });
}

/** Without those that went away since somebody asked which there are. */
function subjectsOf(reader: ComponentReader, ids: readonly string[]): Subject[] {
  const subjects: Subject[] = [];
  for (const id of ids) {
    const health = reader.health(id);
    const definition = reader.definition(id);
    if (health !== undefined && definition !== undefined) subjects.push({ id, health, definition });
  }
  return subjects;
}

function besideOf(reader: ComponentReader, expiry: CertificateExpiry): Beside {
  return {
    slo: ({ id, definition }) => (definition.slo === undefined ? undefined : reader.slo(id)),
    certificateExpiresMs: ({ id, definition }) => expiry(id, definition),
  };
}

interface Info {
  readonly attributes: Attributes;
  readonly text: string;
}

/** Of labels and kinds, until a reload brings others. Definitions without labels have the same ones. */
const infos = new WeakMap<ShownDefinition['labels'], Map<string, Info>>();

function infoOf({ subject, labels }: ShownDefinition): Info {
  const kind = subject.type === 'probe' ? subject.kind : subject.type;
  const byKind = infos.get(labels) ?? new Map<string, Info>();
  const known = byKind.get(kind);
  if (known !== undefined) return known;
  const attributes = { kind, ...labelsOf(labels) };
  const info = { attributes, text: labelText(attributes) };
  infos.set(labels, byKind.set(kind, info));
  return info;
}
