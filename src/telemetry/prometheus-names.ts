// What metrics and labels are called in Prometheus (prometheus.io/docs/practices/naming, prometheus.io/docs/concepts/data_model).
import type { Attributes } from '@opentelemetry/api';

/** Prometheus writes units out, and has them in the name too. */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

/** `openk.probe.duration` in `s`: `openk.probe.duration.seconds`. Units like `{call}` are words for people, and none to Prometheus. */
export function withUnit(name: string, unit: string): { readonly name: string; readonly unit: string } {
  const written = UNITS[unit];
  return written === undefined ? { name, unit: '' } : { name: `${name}.${written}`, unit: written };
}

/** What one component may add to its line. */
const MAX_LABELS = 32;

/** Names that metrics and scrapes have themselves. */
const TAKEN: ReadonlySet<string> = new Set(['component', 'kind', 'status', 'job', 'instance', 'le', 'quantile']);

/**
 * Labels of a component as labels of a metric: in the order of their names, at most `MAX_LABELS`. `acme.com/team` becomes `acme_com_team`; a name that is taken, by OpenK or
 * by an earlier label, gets `label_` before it, and is left out where that is taken too.
 */
export function labelsOf(labels: Readonly<Record<string, string>>): Attributes {
  const result: Record<string, string> = {};
  const isTaken = (name: string) => TAKEN.has(name) || Object.hasOwn(result, name);
  for (const [key, value] of Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_LABELS)) {
    const plain = key.replace(/[^A-Za-z0-9_]/g, '_');
    const name = /^(?:\d|__)/.test(plain) || isTaken(plain) ? `label_${plain}` : plain;
    if (!isTaken(name)) result[name] = value;
  }
  return result;
}

/** `,kind="http",team="payments"`: to go behind a first label. */
export function labelText(labels: Attributes): string {
  return Object.entries(labels)
    .map(([name, value]) => `,${name}="${escaped(String(value))}"`)
    .join('');
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
