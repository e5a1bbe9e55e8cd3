// The results for people: a few lines for the terminal, and a page with plots that stands alone.
import type { Sample } from './observe.ts';
import { escapeHtml, type Plot, plotSvg } from './report-plot.ts';
import { bestCallsPerS, type Results } from './results.ts';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2126; background: #fff }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 } th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid #d9dee3 }
th:first-child, td:first-child { text-align: left } .held { color: #0a6b2d } .missed { color: #b3161b; font-weight: 600 } .ended { color: #7a5200 }
figure { margin: 1.5rem 0 } figcaption { font-weight: 600 } svg { width: 100%; height: auto; font-size: 11px }
svg line { stroke: #e3e7eb } svg polyline { fill: none; stroke: #1a5fb4; stroke-width: 1.5 } svg .value { text-anchor: end }`;

const PLOTS: readonly { title: string; unit: string; value: (sample: Sample) => number | undefined }[] = [
  { title: 'Calls', unit: 'per second', value: ({ callsPerS }) => callsPerS },
  { title: 'Failed calls', unit: 'per second', value: ({ failedCallsPerS }) => failedCallsPerS },
  { title: 'Slowest answer of /livez', unit: 'ms', value: ({ livezMs }) => livezMs },
  { title: 'CPU of the server', unit: '% of a core', value: ({ cpuPercent }) => cpuPercent },
  { title: 'Resident memory of the server', unit: 'MB', value: ({ rssMb }) => rssMb },
];

/** The short story, for the terminal. */
export function summaryText(results: Results): string {
  const { profile, durationS, calls, failed, dropped, scenarios, verdicts, samples, green } = results;
  const lines = [`${profile}: ${calls} calls in ${durationS} s, ${failed} failed, ${dropped} dropped`];
  lines.push(`  ${'scenario'.padEnd(18)}${'calls'.padStart(8)}${'failed'.padStart(8)}  p50 / p95 / p99 / max in ms`);
  for (const { scenario, calls, failed, timings } of scenarios) {
    const times = timings.map((t) => `${t.what} ${[t.p50Ms, t.p95Ms, t.p99Ms, t.maxMs].map(ms).join(' / ')}`);
    lines.push(
      `  ${scenario.padEnd(18)}${String(calls).padStart(8)}${String(failed).padStart(8)}  ${times.join(' · ')}`,
    );
  }
  lines.push(`  ${serverText(samples)}`);
  for (const { what, held, endsRun } of verdicts) {
    if (!held) lines.push(`  ${endsRun ? 'ended by' : 'MISSED'}  ${what}`);
  }
  lines.push(green ? 'green' : 'RED');
  return lines.join('\n');
}

export function reportHtml(results: Results): string {
  const { profile, startedAt, durationS, machine, green, calls, failed, dropped, scenarios, verdicts, samples } =
    results;
  const plots = PLOTS.map(({ title, unit, value }): Plot => {
    const points = samples.flatMap((sample) => {
      const at = value(sample);
      return at === undefined ? [] : [[sample.atS, at] as const];
    });
    return { title, unit, points };
  });
  const scenarioRows = scenarios.flatMap(({ scenario, calls, failed, timings }) =>
    (timings.length > 0 ? timings : [undefined]).map((timing) => [
      timing === undefined ? scenario : `${scenario}, ${timing.what}`,
      String(calls),
      String(failed),
      ...(timing ? [timing.p50Ms, timing.p95Ms, timing.p99Ms, timing.maxMs].map(ms) : ['', '', '', '']),
    ]),
  );
  const verdictItems = verdicts.map(({ what, held, endsRun }) => {
    const word = held ? 'held' : endsRun ? 'ended' : 'missed';
    return `<li class="${word}">${word}: ${escapeHtml(what)}</li>`;
  });
  const title = `OpenK load test: ${profile}, ${green ? 'green' : 'RED'}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(startedAt)} · ${durationS} s · ${calls} calls, ${failed} failed, ${dropped} dropped</p>
<p>${escapeHtml(serverText(samples))}</p>
${table(['scenario', 'calls', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'], scenarioRows)}
${plots.map(plotSvg).join('\n')}
<h2>What had to hold</h2><ul>${verdictItems.join('\n')}</ul>
<h2>Machine</h2>
${table(
  ['', ''],
  Object.entries(machine).map(([name, value]) => [name, String(value)]),
)}
</body></html>
`;
}

function serverText(samples: readonly Sample[]): string {
  const most = (value: (sample: Sample) => number | undefined) =>
    Math.max(0, ...samples.map((sample) => value(sample) ?? 0)).toFixed(0);
  const best = bestCallsPerS(samples);
  const cost = samples.some(({ rssMb }) => rssMb !== undefined)
    ? `CPU up to ${most(({ cpuPercent }) => cpuPercent)} % of a core, memory up to ${most(({ rssMb }) => rssMb)} MB`
    : 'CPU and memory unknown (no /proc on this system)';
  const held = best === undefined ? '' : `, best 5 s: ${best.toFixed(0)} calls/s`;
  return `server: ${cost}, slowest /livez ${most(({ livezMs }) => livezMs)} ms${held}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return `<table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table>`;
}

function ms(value: number): string {
  return value.toFixed(1);
}
