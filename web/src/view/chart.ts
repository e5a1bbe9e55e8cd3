// The one place that knows uPlot.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Span } from '../model/availability.ts';
import { axisTime, latencyInWords } from '../model/times.ts';

const HEIGHT = 150;
const LINES = [
  { key: 'p50', label: 'p50', dash: [] },
  { key: 'p95', label: 'p95', dash: [4, 3] },
  { key: 'p99', label: 'p99', dash: [1, 3] },
] as const;

/** @returns what takes it away again */
export function drawChart(box: HTMLElement, spans: readonly Span[]): () => void {
  const colours = getComputedStyle(box);
  const axis = {
    stroke: colours.getPropertyValue('--muted'),
    grid: { stroke: colours.getPropertyValue('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  // A line takes two points; a lone one is drawn as one.
  const isSparse = spans.filter(({ p50 }) => p50 !== undefined).length < 12;
  const plot = new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      cursor: { drag: { x: false, y: false } },
      legend: { live: true },
      scales: { y: { range: (_, __, max) => [0, (max || 1) * 1.1] } },
      axes: [
        { ...axis, values: (_, splits, __, ___, step) => splits.map((s) => axisTime(s * 1_000, step)) },
        { ...axis, size: 60, values: (_, values) => values.map((ms) => (ms === 0 ? '0' : latencyInWords(ms))) },
      ],
      series: [
        {},
        ...LINES.map(({ label, dash }, place) => ({
          label,
          dash: [...dash],
          width: 1.5,
          stroke: colours.getPropertyValue(place === 0 ? '--text' : place === 1 ? '--accent' : '--muted'),
          points: { show: isSparse, size: 4 },
          value: (_: uPlot, ms: number | null) => (ms === null ? '–' : latencyInWords(ms)),
        })),
      ],
    },
    [spans.map(({ from }) => from / 1_000), ...LINES.map(({ key }) => spans.map((span) => span[key] ?? null))],
    box,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
  observer.observe(box);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}
