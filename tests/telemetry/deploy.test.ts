// The dashboard and the rules ask only for metrics that the server exports, and Prometheus itself takes both: its promtool is
// asked where it is there (Debian's package prometheus, or PROMTOOL).
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { exportedNames, exportedText } from './exported-names.ts';

const FOLDER = new URL('../../deploy/observability/', import.meta.url);
const LABELS: ReadonlySet<string> = new Set(['openk_protocol', 'rpc_method', 'rpc_status_code']);

it.each(['alerts.yaml', 'grafana-dashboard.json'])('%s asks for metrics that are there', async (file) => {
  const expressions = [...expressionsOf(parse(await readFile(new URL(file, FOLDER), 'utf8')))];
  expect(expressions.length).toBeGreaterThan(3);
  const exported = await exportedNames();
  for (const expression of expressions) {
    // What is recorded has colons in its name; where it is recorded, it is an expression of its own.
    const names = expression.match(/(?<![\w:])(?:openk|rpc|process|nodejs)_\w+(?=[{[) ]|$)/g) ?? [];
    const metrics = names.filter((name) => !LABELS.has(name));
    expect(metrics.length > 0 || /\bopenk:\w+:\w+/.test(expression)).toBe(true);
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

const promtool = process.env.PROMTOOL ?? 'promtool';
const hasPromtool = spawnSync(promtool, ['--version']).error === undefined;
const withPromtool = hasPromtool ? it : it.skip;
const why = hasPromtool ? '' : ` (skipped: no ${promtool}; apt-get install prometheus, or name it in PROMTOOL)`;

withPromtool(`promtool finds nothing wrong with /metrics${why}`, async () => {
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: await exportedText() });
  expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
});

withPromtool(`promtool takes the rules, which fire when they should${why}`, () => {
  const run = (...args: readonly string[]) => execFileSync(promtool, args, { cwd: FOLDER, encoding: 'utf8' });
  expect(run('check', 'rules', 'alerts.yaml')).toContain('SUCCESS: 14 rules found');
  expect(run('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS');
});
