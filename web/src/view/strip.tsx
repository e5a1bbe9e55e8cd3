// The last 90 days, each a cell: one stop for Tab, arrows go from day to day.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type Availability, dayLabel, dayState, known, readAvailability, uptime } from '../model/availability.ts';
import { type Objective, readObjective } from '../model/objective.ts';
import { inWords } from '../model/times.ts';
import { useAsked } from './asked.ts';
import { usePage } from './page-context.ts';
import { Section } from './section.tsx';

const DAY_S = 86_400;
const NINETY_DAYS = { window: `${90 * DAY_S}s`, step: `${DAY_S}s` };

/** @param version asked again when it changes */
export function Strip({ id, version }: { readonly id: string; readonly version: string }) {
  const page = usePage();
  // The day that goes on is looked at again every five minutes.
  const again = `${Math.floor(page.now.value / 300_000)} ${version}`;
  const asked = useAsked('getAvailability', { component: id, ...NINETY_DAYS }, read, again);
  return (
    <Section title="90 days" asked={asked}>
      {({ objective, ...availability }) => (
        <>
          <Days {...availability} />
          {objective !== undefined && <Budget {...objective} />}
        </>
      )}
    </Section>
  );
}

function read(json: unknown) {
  return { ...readAvailability(json), objective: readObjective(json) };
}

function Budget({ aim, left, spent, rates }: Objective) {
  return (
    <p>
      Objective {aim}: <b>{left ?? 'nothing known'}</b>
      {left !== undefined && ' of the error budget left'}
      <span class="muted">
        {' '}
        · {spent}
        {rates.length > 0 && ` · burns ${rates.join(', ')}`}
      </span>
    </p>
  );
}

function Days({ total, spans }: Availability) {
  const current = useSignal(spans.length - 1);
  const strip = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    const ends: Readonly<Record<string, number>> = { Home: 0, End: spans.length - 1 };
    const to = ends[event.key] ?? current.value + (steps[event.key] ?? Number.NaN);
    if (!Number.isFinite(to)) return;
    event.preventDefault();
    current.value = Math.max(0, Math.min(spans.length - 1, to));
    (strip.current!.children[current.value] as HTMLElement | undefined)?.focus();
  };
  const day = spans[current.value];
  return (
    <>
      <p>
        {uptime(total) === undefined ? <b>Too little is known to say how it was</b> : <b>{uptime(total)} up</b>}
        <span class="muted">
          {' '}
          · known {known(total)} of the time{total.down > 0 && ` · ${inWords(total.down)} down`}
        </span>
      </p>
      <div class="strip" ref={strip} role="toolbar" aria-label="Days" onKeyDown={move}>
        {spans.map((span, place) => (
          <button
            key={span.from}
            type="button"
            class={`day is-${dayState(span)}${span.unknown > 3_600_000 ? ' is-partly-unknown' : ''}`}
            tabIndex={place === current.value ? 0 : -1}
            aria-label={dayLabel(span)}
            title={dayLabel(span)}
            onClick={() => {
              current.value = place;
            }}
            onFocus={() => {
              current.value = place;
            }}
          />
        ))}
      </div>
      <p class="muted">{day === undefined ? '' : dayLabel(day)}</p>
    </>
  );
}
