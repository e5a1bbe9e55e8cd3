// The dashboard and the alert rules ask only for metrics that the server exports.
import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { exportedNames } from './traffic.ts';

it.each(['alerts.yaml', 'grafana-dashboard.json'])('%s asks for metrics that are there', async (file) => {
  const text = await readFile(new URL(`../../deploy/observability/${file}`, import.meta.url), 'utf8');
  const expressions = [...expressionsOf(parse(text))];
  expect(expressions.length).toBeGreaterThan(3);
  const exported = await exportedNames();
  for (const expression of expressions) {
    const names = expression.match(/\b(?:openk|rpc|process|nodejs)_\w+(?=[{[) ]|$)/g) ?? [];
    const metrics = names.filter((name) => !['openk_protocol', 'rpc_method', 'rpc_status_code'].includes(name));
    expect(metrics.length).toBeGreaterThan(0);
    for (const name of metrics.filter((each) => !LIVE.has(each))) expect(exported).toContain(name);
  }
});

/** Only there with open streams, and once the event loop was sampled: metrics.test.ts sees the first. */
const LIVE: ReadonlySet<string> = new Set(['openk_watch_streams', 'nodejs_eventloop_delay_p99_seconds']);

/** Values of all keys `expr`, however deep. */
function* expressionsOf(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (key === 'expr' && typeof each === 'string') yield each;
    else yield* expressionsOf(each);
  }
}
