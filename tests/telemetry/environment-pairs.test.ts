import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { readEnvironment } from '../../src/telemetry/environment.ts';
import { createRedaction, findPairFaults } from '../../src/telemetry/environment-pairs.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

const ON = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };
const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

const faults = (env: Record<string, string>) =>
  findPairFaults(readEnvironment({ ...ON, ...env })).map(({ variable, message }) => `${variable}: ${message}`);

describe('pairs that the SDK leaves out', () => {
  const percent = 'it has a % that is no percent-encoding, write %25';
  it.each([
    ['', []],
    ['a=b', []],
    [' a = b , c=d%20e,', []],
    ['authorization=Basic dTpw==', []],
    ['authorization=Bearer 100%', [`'authorization' is left out: ${percent}`]],
    ['a=1,x-key=50%zz,b=2', [`'x-key' is left out: ${percent}`]],
    ['a%=1', [`entry 1 is left out: ${percent}`]],
    ['s3cr3t', ['entry 1 has no =']],
    ['a=1,Bearer s3cr3t', ['entry 2 has no =']],
    ['=s3cr3t', ['entry 1 has no name']],
    [' =s3cr3t', ['entry 1 has no name']],
    ['a=', ["'a' is left out: it has no value"]],
    ['a= ;b', ["'a' is left out: it has no value"]],
    ['a=b;c', ["'a' is cut at its ;, write %3B"]],
    ['a b=c', ['entry 1 is no header that can be sent: nothing is sent while it is there']],
    ['a=b%0Ac', ["'a' is no header that can be sent: nothing is sent while it is there"]],
    ['a=%E2%82%AC', ["'a' is no header that can be sent: nothing is sent while it is there"]],
  ])('%s', (text, messages) => {
    expect(faults({ [HEADERS]: text })).toEqual(messages.map((message) => `${HEADERS}: ${message}`));
    // The SDK itself: so many are left.
    const pairs = text.split(',').filter((pair) => pair.trim() !== '');
    const lost = messages.filter((message) => /left out|has no/.test(message)).length;
    expect(Object.keys(parseKeyPairsIntoRecord(text))).toHaveLength(pairs.length - lost);
  });

  it('are looked for in the variables of the signals that are sent', () => {
    const own = { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a', OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'b' };
    expect(faults({ ...own, OTEL_LOGS_EXPORTER: 'none' })).toEqual([
      'OTEL_EXPORTER_OTLP_TRACES_HEADERS: entry 1 has no =',
    ]);
    expect(findPairFaults(readEnvironment({ [HEADERS]: 'a' }))).toEqual([]);
  });
});

describe('attributes of the resource', () => {
  it.each([
    ['service.namespace=shop,team=a%2Cb', []],
    ['team=', []],
    ['team', ['entry 1 has no =, so no attribute counts']],
    ['=x', ['entry 1 has no name, so no attribute counts']],
    ['a=b=c', ["'a' has more than one =, write %3D, so no attribute counts"]],
    ['share=50%', ["'share' has no value: it has a % that is no percent-encoding, write %25, so no attribute counts"]],
    [`long=${'x'.repeat(256)}`, ["'long' is longer than 255 characters, so no attribute counts"]],
  ])('%s', (text, messages) => {
    expect(faults({ OTEL_RESOURCE_ATTRIBUTES: text })).toEqual(
      messages.map((message) => `OTEL_RESOURCE_ATTRIBUTES: ${message}`),
    );
  });
});

it.each([
  ['authorization=Bearer s3cr3t', 'Invalid character in s3cr3t'],
  ['a=x%20s3cr3t', 'illegal value "x s3cr3t"'],
  ['a=1,b=s3cr3t', 'b is s3cr3t, s3cr3t'],
])('of %s nothing is told', (headers, text) => {
  const redact = createRedaction(readEnvironment({ ...ON, [HEADERS]: headers }));
  expect(redact(text)).not.toContain('s3cr3t');
});

it('of an endpoint neither user nor query is told', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://someone:s3cr3t@localhost:4318?key=t0k3n' };
  const text = 'no answer from http://someone:s3cr3t@localhost:4318/v1/traces?key=t0k3n';
  expect(createRedaction(readEnvironment(env))(text)).toBe(
    'no answer from http://***:***@localhost:4318/v1/traces?***',
  );
});

it('are warned of at the start, by name and without their values', async () => {
  const warnings: unknown[] = [];
  const logger = {
    isLevelEnabled: () => true,
    debug() {},
    info() {},
    warn: (fields: object, message: string) => void warnings.push([fields, message]),
  };
  // Traces alone: none are made, so that none are sent.
  const env = { OTEL_TRACES_EXPORTER: 'otlp', [HEADERS]: 'authorization=s3cr3t%' };
  const telemetry = await createTelemetry({
    version: '1',
    env,
    logger,
    monotonicMs: () => 0,
    nowMs: () => 0,
    fillRandom: randomFillSync,
  });
  await telemetry.close();
  const message = `${HEADERS}: 'authorization' is left out: it has a % that is no percent-encoding, write %25`;
  expect(warnings[0]).toEqual([{ variable: HEADERS }, message]);
});
