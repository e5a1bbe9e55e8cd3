// What the standard OTEL_* variables turn on and off, and what the SDK is given of them.
import { describe, expect, it } from '@jest/globals';
import {
  type Environment,
  findEndpointFaults,
  isDisabled,
  metricInterval,
  readEnvironment,
  recordLimits,
  withVariables,
} from '../../src/telemetry/environment.ts';

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

describe('traces are sent', () => {
  it.each<[string, Environment, string | undefined]>([
    ['nowhere', {}, undefined],
    ['with an endpoint of all', BASE, 'http/protobuf'],
    ['with an endpoint of their own', { [TRACES]: 'http://other/x' }, 'http/protobuf'],
    ['with an exporter alone', { OTEL_TRACES_EXPORTER: 'otlp' }, 'http/protobuf'],
    ['not where all is empty', { OTEL_TRACES_EXPORTER: ' ', OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
    ['not without an exporter', { ...BASE, OTEL_TRACES_EXPORTER: 'none' }, undefined],
    ['not with none among others', { ...BASE, OTEL_TRACES_EXPORTER: 'otlp,none' }, undefined],
    ['not by an exporter that is unknown', { ...BASE, OTEL_TRACES_EXPORTER: 'zipkin' }, undefined],
    ['by gRPC', { ...BASE, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'grpc'],
    ['by gRPC in capitals', { ...BASE, OTEL_EXPORTER_OTLP_PROTOCOL: ' GRPC ' }, 'grpc'],
    [
      'by a protocol of their own',
      { ...BASE, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
      'http/json',
    ],
    ['by the default where a protocol is unknown', { ...BASE, OTEL_EXPORTER_OTLP_PROTOCOL: 'ftp' }, 'http/protobuf'],
  ])('%s', (_name, env, protocol) => expect(readEnvironment(env).sent.get('traces')).toBe(protocol));
});

describe('the SDK is told to send traces to', () => {
  it.each<[string, Environment, string | undefined]>([
    ['the path of the signal', BASE, 'http://collector:4318/v1/traces'],
    ['that path below another', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c/otlp' }, 'http://c/otlp/v1/traces'],
    [
      'that path before the query',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1?key=a/b&x=' },
      'http://c:1/v1/traces?key=a/b&x=',
    ],
    ['its own endpoint, as it is', { ...BASE, [TRACES]: 'http://other/x?y' }, 'http://other/x?y'],
    ['the endpoint of all where its own is empty', { ...BASE, [TRACES]: '' }, 'http://collector:4318/v1/traces'],
    ['the default', { OTEL_TRACES_EXPORTER: 'otlp' }, undefined],
    [
      'an endpoint of gRPC, which has no path',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'http://c:4317',
    ],
  ])('%s', (_name, env, url) => expect(readEnvironment(env).variables[TRACES]).toBe(url));
});

it.each<[string, Environment, readonly string[]]>([
  ['none that is set', {}, []],
  ['none that is right', { ...BASE, [TRACES]: 'https://other/x' }, []],
  ['none that is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, []],
  ['one without a host', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://' }, ['OTEL_EXPORTER_OTLP_ENDPOINT']],
  ['one that is no URL', { OTEL_EXPORTER_OTLP_ENDPOINT: 'a secret' }, ['OTEL_EXPORTER_OTLP_ENDPOINT']],
  [
    'one of another protocol',
    { ...BASE, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'ftp://x' },
    ['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT'],
  ],
  ['host:port over HTTP', { OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317' }, ['OTEL_EXPORTER_OTLP_ENDPOINT']],
  ['no host:port over gRPC', { OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, []],
  ['none of a signal that is off', { OTEL_TRACES_EXPORTER: 'none', [TRACES]: 'x' }, []],
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

/** One variable, what the SDK is given of it, and whether it is warned of. */
describe.each<[string, string, string | undefined, 'warns' | 'is silent']>([
  ['OTEL_TRACES_SAMPLER', '', undefined, 'is silent'],
  ['OTEL_TRACES_SAMPLER', 'ALWAYS_OFF', 'always_off', 'is silent'],
  ['OTEL_TRACES_SAMPLER', 'ParentBased_TraceIdRatio', 'parentbased_traceidratio', 'is silent'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote', undefined, 'warns'],
  ['OTEL_PROPAGATORS', 'TraceContext, baggage,', 'tracecontext,baggage', 'is silent'],
  ['OTEL_PROPAGATORS', 'xray,b3', 'b3', 'warns'],
  ['OTEL_PROPAGATORS', 'ottrace', undefined, 'warns'],
  ['OTEL_METRICS_EXPORTER', 'prometheus', 'none', 'is silent'],
  ['OTEL_LOGS_EXPORTER', 'console', 'none', 'warns'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'GZIP', 'gzip', 'is silent'],
  ['OTEL_EXPORTER_OTLP_LOGS_COMPRESSION', 'zstd', undefined, 'warns'],
  ['OTEL_EXPORTER_OTLP_INSECURE', 'True', 'true', 'is silent'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http', undefined, 'warns'],
  ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'Delta', 'delta', 'is silent'],
  ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'sum', undefined, 'warns'],
  ['OTEL_SDK_DISABLED', 'yes', undefined, 'warns'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '500', '500', 'is silent'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '0', undefined, 'warns'],
  ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'soon', undefined, 'warns'],
  ['OTEL_BSP_SCHEDULE_DELAY', '-1', undefined, 'warns'],
  ['OTEL_BLRP_MAX_QUEUE_SIZE', ' 9 ', '9', 'is silent'],
  ['OTEL_METRIC_EXPORT_INTERVAL', 'Infinity', undefined, 'warns'],
  ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '0', '0', 'is silent'],
  ['OTEL_CONFIG_FILE', 'otel.yaml', undefined, 'warns'],
  ['OTEL_NODE_RESOURCE_DETECTORS', '', 'env', 'is silent'],
  ['OTEL_NODE_RESOURCE_DETECTORS', 'host', 'host,env', 'is silent'],
  ['OTEL_NODE_RESOURCE_DETECTORS', 'none', 'env', 'is silent'],
  ['OTEL_SERVICE_NAME', ' My Service ', 'My Service', 'is silent'],
  ['OTEL_LOG_LEVEL', 'debug', undefined, 'is silent'],
  ['PATH', '/bin', undefined, 'is silent'],
])('%s=%s', (name, text, given, warns) => {
  const { variables, warnings } = readEnvironment({ [name]: text });
  it(`is ${given} to the SDK`, () => expect(variables[name]).toBe(given));
  it(warns, () => expect(warnings.map(({ variable }) => variable)).toEqual(warns === 'warns' ? [name] : []));
});

it.each<[string | undefined, string | undefined, string | undefined, boolean]>([
  ['traceidratio', '0.25', '0.25', false],
  ['parentbased_traceidratio', '', '1', false],
  ['TRACEIDRATIO', ' 0.5', '0.5', false],
  ['parentbased_traceidratio', 'a tenth', '1', true],
  ['traceidratio', '2', '1', true],
  ['always_on', 'host=x', undefined, false],
  [undefined, '0.1', undefined, false],
])('OTEL_TRACES_SAMPLER=%s with the argument %s has %s', (sampler, argument, given, warns) => {
  const env = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument };
  const { variables, warnings } = readEnvironment(env);
  expect(variables.OTEL_TRACES_SAMPLER_ARG).toBe(given);
  expect(warnings).toHaveLength(warns ? 1 : 0);
});

it('has intervals and limits as numbers', () => {
  expect(metricInterval({})).toEqual({ exportIntervalMillis: 60_000, exportTimeoutMillis: 30_000 });
  expect(metricInterval({ OTEL_METRIC_EXPORT_INTERVAL: '5000' })).toEqual({
    exportIntervalMillis: 5000,
    exportTimeoutMillis: 5000,
  });
  expect(recordLimits({ OTEL_BLRP_EXPORT_TIMEOUT: '9' })).toEqual({ exportTimeoutMillis: 9 });
});

it('shows variables to the SDK for a moment, and no others of OpenTelemetry', () => {
  process.env.OTEL_SERVICE_NAME = 'before';
  const own = { OTEL_RESOURCE_ATTRIBUTES: 'a=b' };
  const otel = () => Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'));
  try {
    expect(withVariables(own, otel)).toEqual(Object.entries(own));
    const fail = () => {
      throw new Error('no');
    };
    expect(() => withVariables(own, fail)).toThrow('no');
    expect(otel()).toEqual([['OTEL_SERVICE_NAME', 'before']]);
  } finally {
    delete process.env.OTEL_SERVICE_NAME;
  }
});
