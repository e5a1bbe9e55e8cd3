import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GROUP_SIZE } from '../../../src/store/history/buckets.ts';
import {
  addToBlock,
  createObservationBlock,
  joinBlocks,
  readBlock,
} from '../../../src/store/history/observation-block.ts';
import {
  columnsFrom,
  createColumns,
  fromMicros,
  inOrderOfTime,
  NOT_TIMED,
  type ObservationColumns,
  toMicros,
} from '../../../src/store/history/observation-columns.ts';

const START_MS = Date.UTC(2026, 2, 31);

type Row = readonly [slot: number, outcome: number, atMs: number, latencyMicros: number];
const rows = fc.array(
  fc.tuple(
    fc.nat(GROUP_SIZE - 1),
    fc.nat(3),
    // Also outside of the bucket, and backwards.
    fc.integer({ min: -600_000, max: 600_000 }).map((offset) => START_MS + offset),
    fc.oneof(fc.constant(NOT_TIMED), fc.nat(60_000_000), fc.constant(Number.MAX_SAFE_INTEGER)),
  ),
);

function written(all: readonly Row[]): Uint8Array {
  const block = createObservationBlock(START_MS);
  for (const [slot, outcome, atMs, micros] of all) addToBlock(block, slot, outcome, atMs, micros);
  return block.writer.bytes.slice(0, block.writer.length);
}

function read(bytes: Uint8Array): Row[] {
  const found: Row[] = [];
  readBlock(bytes, START_MS, (...row) => found.push(row));
  return found;
}

describe('a block of observations', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(rows, (all) => expect(read(written(all))).toEqual(all)));
  });

  it('goes on with another one of the same bucket', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) =>
        expect(read(joinBlocks(written(a), written(b), START_MS))).toEqual([...a, ...b]),
      ),
    );
  });

  it('that is cut is refused, unless it is cut between two observations', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (all, at) => {
        const bytes = written(all);
        const cut = bytes.slice(0, at % (bytes.length + 1));
        let found: Row[];
        try {
          found = read(cut);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(found).toEqual(all.slice(0, found.length));
      }),
    );
  });
});

describe('observations in columns', () => {
  const inColumns = (all: readonly Row[]): ObservationColumns => {
    const columns = createColumns(all.length);
    for (const [row, [component, outcome, atMs, micros]] of all.entries()) {
      columns.component[row] = component;
      columns.outcome[row] = outcome;
      columns.atMs[row] = atMs;
      columns.latencyMicros[row] = micros;
    }
    return columns;
  };
  const inRows = ({ count, component, outcome, atMs, latencyMicros }: ObservationColumns): Row[] =>
    Array.from({ length: count }, (_, row) => [component[row]!, outcome[row]!, atMs[row]!, latencyMicros[row]!]);

  it('are put in order of time, those of one time as they came', () => {
    const byTime = (all: readonly Row[]) => [...all].sort(([, , a], [, , b]) => a - b);
    fc.assert(fc.property(rows, (all) => expect(inRows(inOrderOfTime(inColumns(all)))).toEqual(byTime(all))));
  });

  it('are taken from a row on', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (all, at) => {
        const first = at % (all.length + 1);
        expect(inRows(columnsFrom(inColumns(all), first))).toEqual(all.slice(first));
      }),
    );
  });

  it.each([
    [undefined, undefined],
    [0, 0],
    [1.2345678, 1.235],
    [-3, 0],
    [Number.MAX_VALUE, Number.MAX_SAFE_INTEGER / 1000],
  ])('have a latency of %p ms as %p', (latencyMs, expected) => {
    expect(fromMicros(toMicros(latencyMs))).toBe(expected);
  });
});
