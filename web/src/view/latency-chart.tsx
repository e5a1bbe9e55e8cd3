// How long its probe runs took: half, 95 and 99 % of them.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Availability, readAvailability } from '../model/availability.ts';
import { latencyInWords } from '../model/times.ts';
import { useAsked } from './asked.ts';
import { usePage } from './page-context.ts';
import { Section } from './section.tsx';

const RANGES = [
  { title: '24 h', window: '86400s', step: '900s' },
  { title: '7 d', window: '604800s', step: '3600s' },
  { title: '90 d', window: '7776000s', step: '86400s' },
] as const;

export function LatencyChart({ id }: { readonly id: string }) {
  const page = usePage();
  const chosen = useSignal(0);
  const { window, step } = RANGES[chosen.value]!;
  const again = Math.floor(page.now.value / 60_000);
  const asked = useAsked('getAvailability', { component: id, window, step }, readAvailability, again);
  const ranges = (
    <span class="switch">
      {RANGES.map(({ title }, place) => (
        <button key={title} type="button" aria-pressed={place === chosen.value} onClick={() => (chosen.value = place)}>
          {title}
        </button>
      ))}
    </span>
  );
  return (
    <Section title="Latency" asked={asked} beside={ranges}>
      {(availability) => <Chart {...availability} />}
    </Section>
  );
}

function Chart({ total, spans }: Availability) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let isGone = false;
    let remove: (() => void) | undefined;
    // It is as large as everything else here, and most readers never come so far.
    void import('./chart.ts').then(({ drawChart }) => {
      if (!isGone && box.current !== null) remove = drawChart(box.current, spans);
    });
    return () => {
      isGone = true;
      remove?.();
    };
  }, [spans]);
  const { p50, p95, p99 } = total;
  if (p50 === undefined) return <p class="muted">Nothing was timed.</p>;
  const words = `p50 ${latencyInWords(p50)}, p95 ${latencyInWords(p95 ?? 0)}, p99 ${latencyInWords(p99 ?? 0)}`;
  return (
    <>
      <p>{words}</p>
      <div class="chart" ref={box} role="img" aria-label={`Latency over time: ${words} in all`} />
    </>
  );
}
