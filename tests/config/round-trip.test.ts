// Whatever the schema can say, YAML can say: a message that is written and read back is the same. And whatever a file
// holds, reading it ends with a message or with faults.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { create, type DescField, type DescMessage, equals, type Message, ScalarType, toJson } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse as parseOnce, stringify } from 'yaml';
import { ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { parseYaml } from '../../src/config/source/yaml-document.ts';
import { readMessage } from '../../src/config/source/yaml-to-message.ts';
import { atOnce } from '../../src/core/steps.ts';
import { parse } from './support.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed()),
  fc.constantFrom(
    'null',
    '~',
    'true',
    '0x10',
    '1e3',
    '- a',
    'a: b',
    '\x24{HOME}',
    '$${',
    '#',
    '<<',
    '*a',
    '&a',
    '!t',
    '%',
    '"',
  ),
);
const mapKey = text.filter((key) => key !== '__proto__' && key !== '<<');

const scalars: { readonly [type in ScalarType]?: fc.Arbitrary<unknown> } = {
  [ScalarType.STRING]: text,
  [ScalarType.BYTES]: text.map((sent) => new TextEncoder().encode(sent)),
  [ScalarType.BOOL]: fc.boolean(),
  [ScalarType.UINT32]: fc.nat(2 ** 32 - 1),
  [ScalarType.INT64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  [ScalarType.DOUBLE]: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
};

const duration = fc
  .record({ seconds: fc.bigInt(0n, 315_576_000_000n), nanos: fc.nat(999_999_999) })
  .filter(({ seconds, nanos }) => seconds < 315_576_000_000n || nanos === 0)
  .map((init) => create(DurationSchema, init));
const timestamp = fc
  .record({ seconds: fc.bigInt(-62_135_596_800n, 253_402_300_799n), nanos: fc.nat(999_999_999) })
  .map((init) => create(TimestampSchema, init));

function messageOf(desc: DescMessage): fc.Arbitrary<Message> {
  if (desc.typeName === DurationSchema.typeName) return duration;
  if (desc.typeName === TimestampSchema.typeName) return timestamp;
  const fields = desc.fields.map((field) => fc.option(fieldValue(field), { nil: undefined, freq: 2 }));
  return fc.tuple(...fields).map((values) => {
    const message = reflect(desc);
    // The last one set of a oneof stays.
    for (const [index, field] of desc.fields.entries()) setField(message, field, values[index]);
    return message.message;
  });
}

function fieldValue(field: DescField): fc.Arbitrary<unknown> {
  const element = field.message
    ? messageOf(field.message)
    : field.enum
      ? fc.constantFrom(...field.enum.values.map(({ number }) => number).filter((number) => number !== 0))
      : scalars[field.scalar!]!;
  if (field.fieldKind === 'list') return fc.array(element, { maxLength: 3 });
  if (field.fieldKind === 'map') return fc.array(fc.tuple(mapKey, element), { maxLength: 3 });
  return element;
}

function setField(message: ReflectMessage, field: DescField, value: unknown): void {
  if (value === undefined) return;
  const wrap = (element: unknown) => (field.message ? reflect(field.message, element as Message) : element);
  if (field.fieldKind === 'list') for (const item of value as unknown[]) message.get(field).add(wrap(item));
  else if (field.fieldKind === 'map')
    for (const [key, item] of value as [string, unknown][]) message.get(field).set(key, wrap(item));
  else message.set(field, wrap(value));
}

/** As a user would write it who must not refer to the environment by accident. */
function escapeReferences(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(escapeReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escapeReferences(inner)]));
}

/** Bytes are written as text, where ProtoJSON has base64: those of the one field that has them. */
function withTextForBytes(json: unknown): unknown {
  const { components = [], discovery = [] } = json as { components?: Probed[]; discovery?: { template?: Probed }[] };
  for (const { tcp } of [...components, ...discovery.flatMap(({ template }) => template ?? [])]) {
    if (tcp?.send !== undefined) tcp.send = Buffer.from(tcp.send, 'base64').toString();
  }
  return json;
}

interface Probed {
  readonly tcp?: { send?: string };
}

const writers: Readonly<Record<string, (value: unknown) => string>> = {
  YAML: (value) => stringify(value, { lineWidth: 0 }),
  'folded YAML'(value) {
    const folded = stringify(value, { lineWidth: 20 });
    // Some texts that begin with a line break are folded so that the library itself reads another text.
    return isDeepStrictEqual(parseOnce(folded), value) ? folded : stringify(value);
  },
  JSON: (value) => JSON.stringify(value),
};

describe('a message', () => {
  it.each(Object.entries(writers))('written as %s is read back the same', (_, write) => {
    fc.assert(
      fc.property(messageOf(ConfigSchema), fc.boolean(), (message, useProtoFieldName) => {
        const config = message as ReturnType<typeof create<typeof ConfigSchema>>;
        const json = toJson(ConfigSchema, config, { useProtoFieldName });
        const yaml = atOnce(parseYaml(write(escapeReferences(withTextForBytes(json)))));
        if (!yaml.ok) throw new Error(yaml.message);
        const read = atOnce(readMessage(ConfigSchema, yaml.document, {}));
        expect(read.faults).toEqual([]);
        expect(equals(ConfigSchema, read.message, config)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('any text', () => {
  const folder = join(import.meta.dirname, '../fixtures/config');
  const fixtures = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('\n', '  ', ': ', '- ', '{', ']', '*a', '&a ', '${', '"', '|', '? '),
  );

  it('ends in a configuration or in faults', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expectResult(text);
      }),
      { numRuns: 300 },
    );
  });

  it('that was a configuration before something was cut out and put in ends so too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(20),
        piece,
        (text, at, cut, put) => {
          const start = Math.floor(at * text.length);
          expectResult(text.slice(0, start) + put + text.slice(start + cut));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(['[', '{a: ', '- ', '? ', '&a [*a, '])('ends so when it repeats %j without end', (unit) => {
    expectResult(unit.repeat(20_000));
  });

  function expectResult(text: string): void {
    const result = parse(text);
    if (result.ok) return;
    expect(result.faults.length).toBeGreaterThan(0);
    const lines = text.split('\n');
    for (const { line = 1, column = 1 } of result.faults) {
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column - 1).toBeLessThanOrEqual(lines[line - 1]!.length);
    }
  }
});
