// Causes first: what is not well for no other reason, and what follows from it.
import { useSignal } from '@preact/signals';
import { type Cause, consequencesOf } from '../model/causes.ts';
import { usePage } from './page-context.ts';
import { Shape, StatusMark, statusWord } from './status.tsx';
import { Ago, count, figure, Name, whyOf } from './text.tsx';

const SHOWN = 6;
const MOST_SHOWN = 200;
const CONSEQUENCES_SHOWN = 40;

export function Causes() {
  const page = usePage();
  const isLong = useSignal(false);
  const { list, consequences } = page.causes.value;
  if (list.length === 0) return <NoCauses />;
  const shown = list.slice(0, isLong.value ? MOST_SHOWN : SHOWN);
  return (
    <section class="causes" aria-labelledby="causes">
      <h2 id="causes">
        {count(list.length, 'cause')}, {count(consequences, 'consequence')}
      </h2>
      <ul>
        {shown.map((cause) => (
          <CauseLine key={page.components.ids[cause.index]} cause={cause} />
        ))}
      </ul>
      {list.length > SHOWN && (
        <button type="button" class="link" aria-expanded={isLong.value} onClick={() => (isLong.value = !isLong.value)}>
          {isLong.value ? `only the first ${SHOWN}` : `all ${figure(list.length)} causes`}
        </button>
      )}
      {isLong.value && list.length > MOST_SHOWN && <p class="muted">The first {MOST_SHOWN} are shown.</p>}
    </section>
  );
}

function NoCauses() {
  const page = usePage();
  const { UNKNOWN } = page.counts.value;
  if (page.components.size === 0) return null;
  return (
    <section class="causes is-empty" aria-label="Causes">
      <h2>Nothing is unhealthy or degraded{UNKNOWN > 0 && `; ${figure(UNKNOWN)} unknown`}.</h2>
    </section>
  );
}

function CauseLine({ cause: { index, consequences } }: { readonly cause: Cause }) {
  const page = usePage();
  const isOpen = useSignal(false);
  page.components.watch(index).value;
  const id = page.components.ids[index];
  if (id === undefined) return null;
  const health = page.components.healths[index]!;
  const { status, since } = health;
  const why = whyOf(health);
  return (
    <li>
      <div class="cause">
        <StatusMark status={status} />
        <button type="button" class="plain" onClick={() => page.go({ component: id, at: undefined })}>
          <Name id={id} />
        </button>
        <span class="since">
          <Ago at={since} />
        </span>
        <span class="message" title={why}>
          {why}
        </span>
        {consequences > 0 ? (
          <button
            type="button"
            class="link"
            aria-expanded={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            → {count(consequences, 'consequence')}
          </button>
        ) : (
          <span class="muted">no consequence</span>
        )}
      </div>
      {isOpen.value && consequences > 0 && <Consequences of={index} />}
    </li>
  );
}

function Consequences({ of }: { readonly of: number }) {
  const page = usePage();
  page.version.value;
  const { ids, healths } = page.components;
  const all = consequencesOf(of, page.components);
  return (
    <ul class="consequences">
      {all.slice(0, CONSEQUENCES_SHOWN).map((index) => (
        <li key={ids[index]}>
          <button type="button" class="tag" onClick={() => page.go({ component: ids[index]!, at: undefined })}>
            <Shape status={healths[index]!.status} />
            <span class="unseen">{statusWord(healths[index]!.status)}</span>
            {page.components.nameOf(ids[index]!)}
          </button>
        </li>
      ))}
      {all.length > CONSEQUENCES_SHOWN && <li class="muted">and {all.length - CONSEQUENCES_SHOWN} more</li>}
    </ul>
  );
}
