// The standard OTEL_* variables (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables), as the SDK is to
// read them. The SDK reads them all itself; here is what it does otherwise than the specification: empty is unset, names of
// values are the same in capitals, a value that means nothing is warned of and counts as unset, the path of a signal goes before
// the query of an endpoint. And what OpenK has of its own: nothing is sent until a variable asks for it.

export type Environment = Readonly<Record<string, string | undefined>>;
export const SIGNALS = ['traces', 'metrics', 'logs'] as const;
export type Signal = (typeof SIGNALS)[number];
export const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface VariableFault {
  readonly variable: string;
  /** Holds no value that may be a secret. */
  readonly message: string;
}

export interface TelemetryEnvironment {
  /** What is sent, and how. */
  readonly sent: ReadonlyMap<Signal, Protocol>;
  /** For the SDK. All that begin with OTEL_, and no other. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of the SDK's own log; undefined where nobody asked for one. */
  readonly logLevel: string | undefined;
  /** What counts as unset. */
  readonly warnings: readonly VariableFault[];
  /** Endpoints that are none: what would be sent can go nowhere. */
  readonly endpointFaults: readonly VariableFault[];
}

/** Whether nothing at all is to be observed. */
export function isDisabled(env: Environment): boolean {
  return env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
}

/** Variables that name no place to send to. Their values may hold a secret, and are not shown. */
export function findEndpointFaults(env: Environment): readonly VariableFault[] {
  return isDisabled(env) ? [] : readEnvironment(env).endpointFaults;
}

const OTLP = 'OTEL_EXPORTER_OTLP';

export function readEnvironment(env: Environment): TelemetryEnvironment {
  const warnings: VariableFault[] = [];
  const endpointFaults: VariableFault[] = [];
  const variables = trimmed(env);
  for (const name of Object.keys(variables)) normalise(variables, name, warnings);
  const warn = (variable: string, message: string) => warnings.push({ variable, message });
  if (variables.OTEL_CONFIG_FILE !== undefined) {
    warn('OTEL_CONFIG_FILE', 'is not read: OpenK takes the other variables of OpenTelemetry');
    delete variables.OTEL_CONFIG_FILE;
  }
  settleSampler(variables, warn);
  variables.OTEL_NODE_RESOURCE_DETECTORS = detectors(variables.OTEL_NODE_RESOURCE_DETECTORS);
  const { OTEL_LOG_LEVEL: logLevel, ...others } = variables;
  const sent = new Map<Signal, Protocol>();
  for (const signal of SIGNALS) {
    const exporter = `OTEL_${signal.toUpperCase()}_EXPORTER`;
    const isSent = isWanted(variables, signal);
    others[exporter] = isSent ? 'otlp' : 'none';
    if (!isSent) continue;
    const protocol = protocolOf(variables, signal);
    const endpoint = `${own(signal)}_ENDPOINT`;
    others[`${own(signal)}_PROTOCOL`] = protocol;
    sent.set(signal, protocol);
    const variable = variables[endpoint] === undefined ? `${OTLP}_ENDPOINT` : endpoint;
    const written = variables[variable];
    if (written === undefined) continue;
    const url = readEndpoint(written, protocol);
    if (url !== undefined)
      others[endpoint] = variable === endpoint ? written : endpointOf(url, written, signal, protocol);
    else if (!endpointFaults.some((fault) => fault.variable === variable)) {
      const port = protocol === 'grpc' ? 4317 : 4318;
      endpointFaults.push({ variable, message: `is not a URL such as http://localhost:${port}` });
    }
  }
  return { sent, variables: others, logLevel, warnings, endpointFaults };
}

/** Empty is unset. */
function trimmed(env: Environment): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const text = value?.trim() ?? '';
    if (name.startsWith('OTEL_') && text !== '') variables[name] = text;
  }
  return variables;
}

interface Words {
  readonly pattern: RegExp;
  readonly words: readonly string[];
  /** A list, separated by commas, of which those that mean something count. */
  readonly isList?: true;
}

/** Variables whose values are words. */
const WORDS: readonly Words[] = [
  { pattern: /^OTEL_(?:TRACES|LOGS)_EXPORTER$/, words: ['otlp', 'none'], isList: true },
  // Prometheus is always served, at /metrics.
  { pattern: /^OTEL_METRICS_EXPORTER$/, words: ['otlp', 'prometheus', 'none'], isList: true },
  { pattern: /^OTEL_EXPORTER_OTLP_(?:\w+_)?PROTOCOL$/, words: PROTOCOLS },
  { pattern: /^OTEL_EXPORTER_OTLP_(?:\w+_)?COMPRESSION$/, words: ['gzip', 'none'] },
  { pattern: /^OTEL_EXPORTER_OTLP_(?:\w+_)?INSECURE$/, words: ['true', 'false'] },
  { pattern: /^OTEL_SDK_DISABLED$/, words: ['true', 'false'] },
  {
    pattern: /^OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE$/,
    words: ['cumulative', 'delta', 'lowmemory'],
  },
  {
    pattern: /^OTEL_TRACES_SAMPLER$/,
    words: ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [name, `parentbased_${name}`]),
  },
  { pattern: /^OTEL_PROPAGATORS$/, words: ['tracecontext', 'baggage', 'b3', 'b3multi', 'none'], isList: true },
  {
    pattern: /^OTEL_NODE_RESOURCE_DETECTORS$/,
    words: ['env', 'host', 'os', 'process', 'serviceinstance', 'all', 'none'],
    isList: true,
  },
  { pattern: /^OTEL_LOG_LEVEL$/, words: ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] },
];

/** Variables whose values are numbers, above zero. */
const NUMBER =
  /^OTEL_(?:BSP|BLRP|METRIC_EXPORT|EXPORTER_OTLP|SPAN|EVENT|LINK|LOGRECORD|ATTRIBUTE)_(?:\w+_)?(?:TIMEOUT|DELAY|SIZE|INTERVAL|LIMIT)$/;
/** A span or record without an attribute is possible. */
const MAY_BE_ZERO = /_LIMIT$/;

function normalise(variables: Record<string, string>, name: string, warnings: VariableFault[]): void {
  const text = variables[name]!;
  const list = WORDS.find(({ pattern }) => pattern.test(name));
  if (list !== undefined) {
    const { words, isList } = list;
    const given = text.toLowerCase().split(isList ? ',' : '\n');
    const entries = given.map((word) => word.trim()).filter((word) => word !== '');
    const known = entries.filter((word) => words.includes(word));
    if (known.length < entries.length) {
      const message = `${isList ? 'has an entry' : 'is a word'} that means nothing here, known are: ${words.join(', ')}`;
      warnings.push({ variable: name, message });
    }
    if (known.length > 0) variables[name] = known.join(',');
    // Whoever names an exporter that there is not wants no other in its place.
    else if (name.endsWith('_EXPORTER')) variables[name] = 'none';
    else delete variables[name];
    return;
  }
  if (!NUMBER.test(name)) return;
  const isZeroFine = MAY_BE_ZERO.test(name);
  const value = Number(text);
  if (Number.isFinite(value) && (value > 0 || (isZeroFine && value === 0))) return;
  warnings.push({ variable: name, message: `is no number ${isZeroFine ? 'of zero or more' : 'above zero'}` });
  delete variables[name];
}

function settleSampler(variables: Record<string, string>, warn: (variable: string, message: string) => void): void {
  const name = 'OTEL_TRACES_SAMPLER_ARG';
  const text = variables[name];
  const ratio = Number(text);
  if (!variables.OTEL_TRACES_SAMPLER?.endsWith('traceidratio')) {
    delete variables[name];
    return;
  }
  if (text !== undefined && ratio >= 0 && ratio <= 1) return;
  if (text !== undefined) warn(name, 'is no number from 0 to 1: all traces are kept');
  variables[name] = '1';
}

/** OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME always count; what says more of the machine and the process is asked for. */
function detectors(asked = ''): string {
  const names = asked.split(',').filter((name) => name !== '' && name !== 'none');
  if (names.includes('all')) return 'all';
  return [...new Set([...names, 'env'])].join(',');
}

function isWanted(variables: Readonly<Record<string, string>>, signal: Signal): boolean {
  const exporters = variables[`OTEL_${signal.toUpperCase()}_EXPORTER`]?.split(',');
  if (exporters !== undefined) return exporters.includes('otlp') && !exporters.includes('none');
  return (variables[`${own(signal)}_ENDPOINT`] ?? variables[`${OTLP}_ENDPOINT`]) !== undefined;
}

function protocolOf(variables: Readonly<Record<string, string>>, signal: Signal): Protocol {
  const name = variables[`${own(signal)}_PROTOCOL`] ?? variables[`${OTLP}_PROTOCOL`];
  return PROTOCOLS.find((protocol) => protocol === name) ?? 'http/protobuf';
}

function own(signal: Signal): string {
  return `${OTLP}_${signal.toUpperCase()}`;
}

/** gRPC takes `host:port` too. */
function readEndpoint(written: string, protocol: Protocol): URL | undefined {
  const hasScheme = /^\w{1,8}:\/\//.test(written);
  const url = URL.parse(protocol === 'grpc' && !hasScheme ? `https://${written}` : written);
  const schemes = protocol === 'grpc' ? /^(?:https?|unix):$/ : /^https?:$/;
  return url !== null && schemes.test(url.protocol) ? url : undefined;
}

/** Of a signal, below the endpoint of all. */
function endpointOf(base: URL, written: string, signal: Signal, protocol: Protocol): string {
  if (protocol === 'grpc') return written;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  return url.href;
}

/** How often metrics are sent, and how long one sending may take, in milliseconds. */
export function metricInterval({ OTEL_METRIC_EXPORT_INTERVAL, OTEL_METRIC_EXPORT_TIMEOUT }: Environment) {
  const exportIntervalMillis = Number(OTEL_METRIC_EXPORT_INTERVAL ?? 60_000);
  const exportTimeoutMillis = Number(OTEL_METRIC_EXPORT_TIMEOUT ?? 30_000);
  return { exportIntervalMillis, exportTimeoutMillis: Math.min(exportIntervalMillis, exportTimeoutMillis) };
}

/** How log records are batched, where a variable says so. */
export function recordLimits(env: Environment) {
  const limits = {
    scheduledDelayMillis: env.OTEL_BLRP_SCHEDULE_DELAY,
    exportTimeoutMillis: env.OTEL_BLRP_EXPORT_TIMEOUT,
    maxQueueSize: env.OTEL_BLRP_MAX_QUEUE_SIZE,
    maxExportBatchSize: env.OTEL_BLRP_MAX_EXPORT_BATCH_SIZE,
  };
  const written = Object.entries(limits).filter(([, text]) => text !== undefined);
  return Object.fromEntries(written.map(([name, text]) => [name, Number(text)]));
}

/**
 * Calls `read`, during which these are the OTEL_* variables of the process, and no others: the SDK reads them there alone.
 * `read` must not wait for anything.
 */
export function withVariables<T>(variables: Readonly<Record<string, string>>, read: () => T): T {
  const before = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'));
  for (const [name] of before) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return read();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    for (const [name, value] of before) process.env[name] = value;
  }
}
