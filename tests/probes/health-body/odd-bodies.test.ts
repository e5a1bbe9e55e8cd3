// Bodies by chance: whatever they are, reading ends, and what fails is never healthy.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readJson } from '../../../src/probes/health-body/json.ts';
import { createBodyReader } from '../../../src/probes/health-body/read-health-body.ts';
import { bodyVerdict, statusVerdict } from '../../../src/probes/health-body/verdict.ts';

const readers = 'AUTO SPRING HEALTH_JSON ASPNET TERMINUS MICROPROFILE RESULTS FAILURES FLAT TEXT OPENMETRICS'
  .split(' ')
  .map(createBodyReader);

function verdictOf(status: number, text: string, read = readers[0]!) {
  const by = statusVerdict(status, status >= 200 && status < 300);
  return bodyVerdict(by, status === 503, read({ text, contentType: 'application/json', isFailing: by === 'FAILING' }))
    .verdict;
}

const KEYS =
  'status state health healthy ok up outcome components checks details entries info error errors failures results data name id critical db cache timestamp message __proto__ constructor toString'.split(
    ' ',
  );
const WORDS =
  'UP ok Healthy pass DOWN error Unhealthy fail warn degraded unknown shutting_down borked OK: 0001-01-01T00:00:00Z'.split(
    ' ',
  );

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constantFrom(...WORDS, ''), fc.boolean(), fc.constant(null), fc.integer(), fc.string()),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.constantFrom(...KEYS), tie('json')), { maxLength: 6 }).map((entries) => ({ entries })),
  ),
}));

/** Written by hand: the keys of an object may be there twice. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const { entries } = value as { readonly entries: readonly (readonly [string, unknown])[] };
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${written(item)}`).join(',')}}`;
}

const body = fc.oneof(json.map(written), fc.json(), fc.string(), fc.constantFrom('OK', 'Healthy', 'true', '[+]a ok'));

describe('bodies by chance', () => {
  it('never make a failing status healthy', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(500, 502, 503, 504, 404, 406, 429, 501),
        body,
        fc.constantFrom(...readers),
        (status, text, read) => {
          expect(verdictOf(status, text, read)).not.toBe('HEALTHY');
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('never make a failing total anything but UNHEALTHY, wherever it stands and however often', () => {
    const failing = fc.constantFrom('"DOWN"', '"error"', '"Unhealthy"', '"fail"', '"OUT_OF_SERVICE"', 'false');
    const others = fc.array(fc.tuple(fc.constantFrom(...KEYS), json), { maxLength: 6 });
    fc.assert(
      fc.property(failing, others, fc.nat(6), fc.constantFrom(200, 503), (word, entries, at, status) => {
        const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${written(value)}`);
        members.splice(at, 0, `"status":${word}`);
        expect(verdictOf(status, `{${members.join(',')}}`)).toBe('UNHEALTHY');
      }),
      { numRuns: 3000 },
    );
  });

  it('with a part that fails are never healthy', () => {
    const places = fc.constantFrom('components', 'checks', 'entries', 'details', 'results', 'services', 'info');
    fc.assert(
      fc.property(places, json, fc.boolean(), (key, other, isFirst) => {
        const parts = [`"db":{"status":"DOWN"}`, `"cache":${written(other)}`];
        const text = `{"status":"UP","${key}":{${(isFirst ? parts : parts.toReversed()).join(',')}}}`;
        expect(verdictOf(200, text)).not.toBe('HEALTHY');
      }),
      { numRuns: 2000 },
    );
  });

  it('are read as JSON.parse reads them, but for keys that come twice', () => {
    const plain = (value: ReturnType<typeof readJson>): unknown => {
      if (Array.isArray(value)) return value.map(plain);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        (value as { entries: [string, never][] }).entries.map(([key, item]) => [key, plain(item)]),
      );
    };
    fc.assert(fc.property(fc.json(), (text) => expect(plain(readJson(text))).toEqual(JSON.parse(text))));
    for (const text of ['{"a":1', '[1,]', '{"a" 1}', '01', '"\\x"', '{"a":1}}', '', '{a:1}', '"a\\"']) {
      expect(readJson(text)).toBeUndefined();
    }
  });

  it('may be deep, long and full of keys', () => {
    const deep = (depth: number) => `${'{"components":{"a":'.repeat(depth)}{"status":"DOWN"}${'}}'.repeat(depth)}`;
    expect(verdictOf(200, deep(20))).toBe('UNHEALTHY');
    expect(verdictOf(200, deep(100_000))).toBe('UNKNOWN');
    expect(verdictOf(200, '['.repeat(1_000_000))).toBe('UNKNOWN');
    expect(verdictOf(200, `{"status":"UP","x":[${'0,'.repeat(20_000)}0]}`)).toBe('UNKNOWN');
    expect(verdictOf(200, `{"status":"UP","x":"${'a'.repeat(4_000_000)}"}`)).toBe('HEALTHY');
    // Each level is read once, and a name that comes again and again is not copied each time.
    const within = (depth: number) => `${'{"status":'.repeat(depth)}{"db":{"status":"DOWN"}}${'}'.repeat(depth)}`;
    expect(verdictOf(200, within(60))).toBe('UNHEALTHY');
    const same = Array.from({ length: 2_500 }, (_, at) => `{"name":"a","checks":[{"name":"c${at}","status":"UP"}]}`);
    expect(verdictOf(200, `{"status":"UP","checks":[${same.join(',')}]}`)).toBe('HEALTHY');
    const checks = Array.from({ length: 5_000 }, (_, index) => `{"name":"c${index}","status":"UP"}`);
    expect(verdictOf(200, `{"status":"UP","checks":[${checks.join(',')}]}`)).toBe('HEALTHY');
    expect(verdictOf(200, `{"status":"UP","checks":[${checks.join(',')},{"name":"z","status":"DOWN"}]}`)).toBe(
      'DEGRADED',
    );
  });
});
