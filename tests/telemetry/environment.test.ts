// What the standard OTEL_* variables turn on and off.
import { describe, expect, it } from '@jest/globals';
import {
  batchLimits,
  createSampler,
  type Environment,
  findEndpointFaults,
  isDisabled,
  metricInterval,
  otlpUrl,
} from '../../src/telemetry/environment.ts';

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

describe('where a signal goes', () => {
  it.each<[string, Environment, string | undefined]>([
    ['nowhere', {}, undefined],
    ['to the path of the signal', BASE, 'http://collector:4318/v1/traces'],
    [
      'to its own endpoint, as it is',
      { ...BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other/x' },
      'http://other/x',
    ],
    ['to the default endpoint', { OTEL_TRACES_EXPORTER: 'otlp' }, 'http://localhost:4318/v1/traces'],
    [
      'to the endpoint of all where its own is empty',
      { ...BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' },
      'http://collector:4318/v1/traces',
    ],
    [
      'to the default endpoint where it is empty',
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      'http://localhost:4318/v1/traces',
    ],
    ['nowhere when there is no exporter', { ...BASE, OTEL_TRACES_EXPORTER: 'none' }, undefined],
  ])('%s', (_name, env, url) => expect(otlpUrl(env, 'traces')).toBe(url));
});

it.each<[string, Environment, readonly string[]]>([
  ['none that is set', {}, []],
  ['none that is right', { ...BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://other/x' }, []],
  ['none that is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, []],
  ['one without a host', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://' }, ['OTEL_EXPORTER_OTLP_ENDPOINT']],
  ['one that is no URL', { OTEL_EXPORTER_OTLP_ENDPOINT: 'a secret' }, ['OTEL_EXPORTER_OTLP_ENDPOINT']],
  [
    'one of another protocol',
    { ...BASE, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'ftp://x' },
    ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT'],
  ],
  ['none of a signal that is off', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x' }, []],
  ['none of what is off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_SDK_DISABLED: 'true' }, []],
])('of endpoints, %s is a fault', (_name, env, variables) => {
  const faults = findEndpointFaults(env);
  expect(faults.map(({ variable }) => variable)).toEqual(variables);
  expect(JSON.stringify(faults)).not.toContain('a secret');
});

it.each<[string | undefined, boolean]>([
  ['true', true],
  ['TRUE', true],
  ['false', false],
  ['1', false],
  [undefined, false],
])('OTEL_SDK_DISABLED=%s is off: %s', (value, off) => expect(isDisabled({ OTEL_SDK_DISABLED: value })).toBe(off));

it.each([
  [undefined, undefined, 'ParentBased{root=AlwaysOnSampler'],
  ['always_off', undefined, 'AlwaysOffSampler'],
  ['traceidratio', '0.25', 'TraceIdRatioBased{0.25}'],
  ['parentbased_traceidratio', '0.1', 'ParentBased{root=TraceIdRatioBased{0.1}'],
  ['parentbased_traceidratio', 'a tenth', 'ParentBased{root=TraceIdRatioBased{1}'],
])('OTEL_TRACES_SAMPLER=%s, argument %s', (name, argument, sampler) => {
  const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
  expect(createSampler(env).toString().startsWith(sampler)).toBe(true);
});

it('takes intervals and limits that are numbers above 0, and no others', () => {
  expect(metricInterval({})).toEqual({ exportIntervalMillis: 60_000, exportTimeoutMillis: 30_000 });
  expect(metricInterval({ OTEL_METRIC_EXPORT_INTERVAL: '5000', OTEL_METRIC_EXPORT_TIMEOUT: '-1' })).toEqual({
    exportIntervalMillis: 5000,
    exportTimeoutMillis: 5000,
  });
  const limits = { OTEL_BSP_MAX_QUEUE_SIZE: '4096', OTEL_BSP_SCHEDULE_DELAY: 'soon', OTEL_BLRP_EXPORT_TIMEOUT: '9' };
  expect(batchLimits(limits, 'BSP')).toEqual({ maxQueueSize: 4096 });
  expect(batchLimits(limits, 'BLRP')).toEqual({ exportTimeoutMillis: 9 });
});
