// One line over time as inline SVG: enough for a report that anybody can open without anything else.

export interface Plot {
  readonly title: string;
  readonly unit: string;
  /** Seconds, value. Points without a value are left out of it. */
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 760;
const HEIGHT = 180;
const LEFT = 60;
const BOTTOM = 24;
const TOP = 12;
const GRID_LINES = 4;

export function plotSvg({ title, unit, points }: Plot): string {
  if (points.length < 2) return `<p>${escapeHtml(title)}: too few samples to plot.</p>`;
  const endS = points.at(-1)![0];
  const top = roundUp(Math.max(...points.map(([, value]) => value)));
  const x = (atS: number) => LEFT + (atS / endS) * (WIDTH - LEFT);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const grid = Array.from({ length: GRID_LINES + 1 }, (_, n) => {
    const value = (top / GRID_LINES) * n;
    const at = y(value).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${at}" class="value">${tidy(value)}</text>`;
  });
  const line = points.map(([atS, value]) => `${x(atS).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const label = `${escapeHtml(title)} (${escapeHtml(unit)})`;
  return `<figure><figcaption>${label}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${grid.join('')}
<text x="${LEFT}" y="${HEIGHT - 6}">0 s</text><text x="${WIDTH}" y="${HEIGHT - 6}" class="value">${tidy(endS)} s</text>
<polyline points="${line}"/></svg></figure>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** To 1, 2 or 5 times a power of ten, so that the grid has plain numbers. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power;
}

function tidy(value: number): string {
  return String(Number(value.toPrecision(3)));
}
