// How all components are, read at one time for all their metrics.
import type { ComponentDefinition } from '../core/definition.ts';
import type { Health } from '../core/health.ts';
import type { SloStanding } from '../core/slo/budget.ts';
import { STATUSES } from '../core/status.ts';
import type { Info, Rest, Subject } from './component-families.ts';
import { labelsOf, labelText } from './prometheus-names.ts';

export interface ComponentReader {
  /** Ids of all components, sorted. The same array until a reload. */
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

/** Once more than there are statuses: with it a component is suppressed. */
const SUPPRESSED = STATUSES.length;
const GONE = 255;
const NO_REST: Rest = {};

/**
 * How components are, in columns: there may be very many, and what is read is kept until the last of it is written. What lasts is kept until
 * all is written anew.
 */
export class Lasting {
  readonly ids: readonly string[];
  /** By component: the number of its status, and whether it is suppressed; or that it went away since somebody asked which there are. */
  readonly states: Uint8Array;
  readonly infos: (Info | undefined)[];

  /** @param before of the same reader */
  constructor(ids: readonly string[], before?: Lasting) {
    this.ids = ids;
    this.states = new Uint8Array(ids.length);
    // Definitions are the same until there is another list.
    this.infos = before?.ids === ids ? before.infos : new Array(ids.length);
  }
}

const NO_LATENCIES = new Float64Array();

/** Goes from component to component, since an object of each would be made for every figure. */
export class Cursor implements Subject {
  at = 0;
  readonly lasting: Lasting;
  readonly #latenciesMs: Float64Array;
  readonly #rest = new Map<number, Rest>();

  /** @param latenciesMs what is read goes into; left out: nothing is read but what lasts */
  constructor(lasting: Lasting, latenciesMs = NO_LATENCIES) {
    this.lasting = lasting;
    this.#latenciesMs = latenciesMs;
  }

  /** Reads how the component is at which it stands. */
  read(reader: ComponentReader, expiry: CertificateExpiry): void {
    const { ids, states, infos } = this.lasting;
    const id = ids[this.at]!;
    const health = reader.health(id);
    const definition = reader.definition(id);
    if (health === undefined || definition === undefined) {
      states[this.at] = GONE;
      return;
    }
    states[this.at] = STATUSES.indexOf(health.status) + (health.causedBy.length > 0 ? SUPPRESSED : 0);
    infos[this.at] ??= infoOf(definition);
    this.#latenciesMs[this.at] = health.latencyMs ?? Number.NaN;
    const certificateExpiresMs = expiry(id, definition);
    const { memberCounts } = health;
    const { slo } = definition;
    if (certificateExpiresMs === undefined && memberCounts === undefined && slo === undefined) return;
    this.#rest.set(this.at, { certificateExpiresMs, memberCounts, slo, standing: slo && reader.slo(id) });
  }

  get isGone() {
    return this.lasting.states[this.at] === GONE;
  }
  get id() {
    return this.lasting.ids[this.at]!;
  }
  get status() {
    return STATUSES[this.lasting.states[this.at]! % SUPPRESSED]!;
  }
  get isSuppressed() {
    return this.lasting.states[this.at]! >= SUPPRESSED;
  }
  get info() {
    return this.lasting.infos[this.at]!;
  }
  get latencyMs() {
    const latencyMs = this.#latenciesMs[this.at];
    return Number.isNaN(latencyMs) ? undefined : latencyMs;
  }
  get rest() {
    return this.#rest.get(this.at) ?? NO_REST;
  }
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
