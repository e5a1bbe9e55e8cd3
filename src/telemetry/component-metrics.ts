// The metrics of each component, read when somebody asks, and past the SDK's instruments: those keep every set of
// attributes, at most 2,000 of them by default, and collect all in one go. 10,000 components are 50,000 sets for
// their statuses alone. For /metrics they are written here in slices, between which calls are answered.
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type GaugeMetricData,
} from '@opentelemetry/sdk-metrics';
import { placeIn } from '../core/sorted.ts';
import { type CertificateExpiry, type ComponentReader, Cursor, Lasting } from './component-columns.ts';
import { FAMILIES, type Family, NO_SAMPLES } from './component-families.ts';
import { toHrTime } from './hr-time.ts';
import { withUnit } from './prometheus-names.ts';

/** Components per slice, up to twice as many: below a millisecond. */
const SLICE = 250;

/** Places of components, of which the second is behind the last. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Components that are written together. */
class Block {
  readonly texts: ReadonlyMap<Family, LastingText>;
  #lasting: Lasting;
  #range: Range;

  constructor(lasting: Lasting, range: Range) {
    this.#lasting = lasting;
    this.#range = range;
    this.texts = new Map(
      FAMILIES.filter(({ lasts }) => lasts).map((family) => [family, new LastingText(family, this)]),
    );
  }

  get firstId(): string {
    return this.#lasting.ids[this.#range.from]!;
  }

  get range(): Range {
    return this.#range;
  }

  /** Takes them over where these say the same, so that nothing else of before is kept. */
  takesOver(now: Lasting, range: Range): boolean {
    const { from, to } = this.#range;
    if (range.to - range.from !== to - from) return false;
    const before = this.#lasting;
    for (let at = from, there = range.from; at < to; at++, there++) {
      if (now.ids[there] !== before.ids[at] || now.states[there] !== before.states[at]) return false;
      if (now.infos[there]?.text !== before.infos[at]?.text) return false;
    }
    this.#lasting = now;
    this.#range = range;
    return true;
  }

  get cursor(): Cursor {
    return new Cursor(this.#lasting);
  }
}

/** A part of the text that is the same object as long as it says the same: who has made something of it need not do so again. */
class LastingText {
  readonly #family: Family;
  readonly #block: Block;

  constructor(family: Family, block: Block) {
    this.#family = family;
    this.#block = block;
  }

  toString(): string {
    return linesOf(this.#family, this.#block.cursor, this.#block.range);
  }
}

/** What the text was made of, for the next one. */
export interface WrittenBlocks {
  lasting?: Lasting;
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
  const ids = reader.ids();
  const lasting = new Lasting(ids, written.lasting);
  const cursor = new Cursor(lasting, new Float64Array(ids.length));
  const before = new Map(written.blocks.map((block) => [block.firstId, block]));
  const blocks: Block[] = [];
  const ranges = [...rangesOf(ids, [...before.keys()])];
  for (const range of ranges) {
    for (cursor.at = range.from; cursor.at < range.to; cursor.at++) cursor.read(reader, expiry);
    const known = before.get(ids[range.from]!);
    blocks.push(known?.takesOver(lasting, range) ? known : new Block(lasting, range));
    yield '';
  }
  written.lasting = lasting;
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
    for (const range of ranges) {
      const lines = linesOf(family, cursor, range);
      yield isEmpty && lines !== '' ? head + lines : lines;
      isEmpty &&= lines === '';
    }
  }
}

/** Those that begin where blocks of before do, so that what comes and goes is in one of them. @param ids sorted, as are those of `starts` */
function* rangesOf(ids: readonly string[], starts: readonly string[]): Generator<Range> {
  const most = starts.length === 0 ? SLICE : 2 * SLICE;
  let from = 0;
  for (const start of [...starts.slice(1).map((id) => placeIn(ids, id)), ids.length]) {
    // Few are written with the next ones.
    if (start - from < SLICE / 2 && start < ids.length) continue;
    for (; start - from > most; from += SLICE) yield { from, to: from + SLICE };
    if (start > from) yield { from, to: start };
    from = Math.max(from, start);
  }
}

function linesOf(family: Family, cursor: Cursor, { from, to }: Range): string {
  const name = shownName(family);
  let text = '';
  for (cursor.at = from; cursor.at < to; cursor.at++) {
    const found = cursor.isGone ? NO_SAMPLES : family.samples(cursor);
    if (found.length === 0) continue;
    const start = `${name}{component="${cursor.id}"${family.hasLabels ? cursor.info.text : ''}`;
    for (const { ending } of found) text += start + ending;
  }
  return text;
}

function shownName({ name, unit }: Family): string {
  return withUnit(name, unit).name.replaceAll('.', '_');
}

/** The same for OTLP. */
export function componentMetrics(reader: ComponentReader, expiry: CertificateExpiry, nowMs: number): GaugeMetricData[] {
  const time = toHrTime(nowMs);
  const lasting = new Lasting(reader.ids());
  const count = lasting.ids.length;
  const cursor = new Cursor(lasting, new Float64Array(count));
  for (cursor.at = 0; cursor.at < count; cursor.at++) cursor.read(reader, expiry);
  return FAMILIES.map(({ name, description, unit, samples, hasLabels }) => {
    const dataPoints: DataPoint<number>[] = [];
    for (cursor.at = 0; cursor.at < count; cursor.at++) {
      for (const { value, label } of cursor.isGone ? NO_SAMPLES : samples(cursor)) {
        const attributes = {
          component: cursor.id,
          ...(label && { [label.name]: label.value }),
          ...(hasLabels && cursor.info.attributes),
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
