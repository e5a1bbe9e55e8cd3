// Variables that are lists of pairs, `name=value,name=value` (W3C Baggage without metadata, as the specification of OpenTelemetry
// has it). The SDK leaves out what it cannot read, without a word; here is which of them, without their values.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { TelemetryEnvironment, VariableFault } from './environment.ts';

/** What the SDK reads no further. */
const MAX_ATTRIBUTE_LENGTH = 255;

/** Pairs that do not count, of the variables that are read. */
export function findPairFaults({ sent, variables }: TelemetryEnvironment): readonly VariableFault[] {
  const headers = sent.size === 0 ? [] : ['OTEL_EXPORTER_OTLP_HEADERS', ...[...sent.keys()].map(ownHeaders)];
  return [
    ...headers.flatMap((variable) => faultsOf(variable, variables[variable], headerFault, '')),
    ...faultsOf('OTEL_RESOURCE_ATTRIBUTES', variables.OTEL_RESOURCE_ATTRIBUTES, attributeFault, NO_ATTRIBUTE),
  ];
}

/** The text without what the variables hold of secrets: values of headers, users and queries of endpoints. */
export function createRedaction({ variables }: TelemetryEnvironment): (text: string) => string {
  const secrets = new Set<string>();
  for (const [name, text] of Object.entries(variables)) {
    if (name.endsWith('_HEADERS')) {
      for (const pair of text.split(',')) {
        const value = pair.slice(pair.indexOf('=') + 1).trim();
        for (const secret of [value, decode(value) ?? '', ...value.split(' ')]) secrets.add(secret);
      }
    } else if (name.endsWith('_ENDPOINT')) {
      const url = URL.parse(text);
      for (const secret of [url?.username, url?.password, url?.search.slice(1)]) secrets.add(secret ?? '');
    }
  }
  const longestFirst = [...secrets].filter(({ length }) => length >= MIN_SECRET).sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/** A shorter one would be found in words that are none. */
const MIN_SECRET = 4;

function ownHeaders(signal: string): string {
  return `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`;
}

type PairCheck = (name: string, value: string) => string | undefined;

/** @param so what follows from a fault */
function faultsOf(variable: string, text: string | undefined, check: PairCheck, so: string): VariableFault[] {
  const faults: VariableFault[] = [];
  for (const [index, pair] of (text ?? '').split(',').entries()) {
    if (pair.trim() === '') continue;
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    const fault = at < 0 ? 'has no =' : name === '' ? 'has no name' : check(name, pair.slice(at + 1).trim());
    if (fault === undefined) continue;
    // Without a = in its place it may be a secret.
    const isName = at > 0 && /^[A-Za-z0-9._-]{1,64}$/.test(name);
    faults.push({ variable, message: `${isName ? `'${name}'` : `entry ${index + 1}`} ${fault}${so}` });
  }
  return faults;
}

function headerFault(name: string, value: string): string | undefined {
  const isCut = value.includes(';');
  const kept = value.replace(/;.*$/s, '').trim();
  if (kept === '') return 'is left out: it has no value';
  const [decodedName, decodedValue] = [decode(name), decode(kept)];
  if (decodedName === undefined || decodedValue === undefined) return `is left out: ${BARE_PERCENT}`;
  try {
    validateHeaderName(decodedName);
    validateHeaderValue(decodedName, decodedValue);
  } catch {
    return 'is no header that can be sent: nothing is sent while it is there';
  }
  return isCut ? 'is cut at its ;, write %3B' : undefined;
}

/** One that cannot be read makes all of them none. */
const NO_ATTRIBUTE = ', so no attribute counts';

function attributeFault(name: string, value: string): string | undefined {
  if (value.includes('=')) return 'has more than one =, write %3D';
  const [decodedName, decodedValue] = [decode(name), decode(value)];
  if (decodedName === undefined || decodedValue === undefined) return `has no value: ${BARE_PERCENT}`;
  const isLong = Math.max(decodedName.length, decodedValue.length) > MAX_ATTRIBUTE_LENGTH;
  return isLong ? `is longer than ${MAX_ATTRIBUTE_LENGTH} characters` : undefined;
}

const BARE_PERCENT = 'it has a % that is no percent-encoding, write %25';

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
