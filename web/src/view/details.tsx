// One component: what it is, how it is and was, and why.
import { useEffect, useRef } from 'preact/hooks';
import type { Health } from '../feed/messages.ts';
import { moment, toLocalInput } from '../model/times.ts';
import { CauseGraph } from './cause-graph.tsx';
import { Facts } from './facts.tsx';
import { LatencyChart } from './latency-chart.tsx';
import { ComponentActions } from './operate/component-actions.tsx';
import { usePage } from './page-context.ts';
import { Past } from './past.tsx';
import { StatusMark } from './status.tsx';
import { Strip } from './strip.tsx';
import { Ago, count } from './text.tsx';
import { Transitions } from './transitions.tsx';

export function Details() {
  const page = usePage();
  const aside = useRef<HTMLElement>(null);
  const { component: id, at } = page.address.value;
  page.version.value;
  const index = page.components.indexOf(id);
  useEffect(() => aside.current?.focus(), []);
  const close = () => page.go({ component: '', at: undefined });
  if (index === undefined) {
    return (
      <aside class="details" ref={aside} tabIndex={-1} aria-label={id}>
        <DetailsHead id={id} name={id} close={close} />
        <p class="nothing">
          {page.components.isLoading ? 'Loading…' : 'There is no component with this id, or none that you may see.'}
        </p>
      </aside>
    );
  }
  const health = page.components.healths[index]!;
  const isGroup = health.members !== undefined;
  // What is asked about it is asked again when it changes.
  const version = `${health.status} ${health.since}`;
  return (
    <aside class="details" ref={aside} tabIndex={-1} aria-label={page.components.nameOf(id)}>
      <DetailsHead id={id} name={page.components.nameOf(id)} close={close} />
      <AsOf id={id} at={at} />
      {at !== undefined ? (
        <Past id={id} at={at} />
      ) : (
        <>
          <Now health={health} />
          <ComponentActions id={id} />
          <CauseGraph id={id} version={version} />
          <Strip id={id} version={version} />
          {!isGroup && <LatencyChart id={id} />}
          <Transitions id={id} version={version} />
          <Facts id={id} version={version} />
        </>
      )}
    </aside>
  );
}

function DetailsHead({ id, name, close }: { readonly id: string; readonly name: string; readonly close: () => void }) {
  return (
    <div class="details-head">
      <h2>
        {name}
        {name !== id && <span class="id">{id}</span>}
      </h2>
      <button type="button" aria-label="Close" onClick={close}>
        ×
      </button>
    </div>
  );
}

function Now({ health }: { readonly health: Health }) {
  const page = usePage();
  const { status, since, message, reason, pending, causedBy, maintenance, members, checkedAt, runningSince } = health;
  return (
    <section class="now" aria-label="Now">
      <p>
        <StatusMark status={status} /> for <Ago at={since} isLong />
        {checkedAt !== undefined && (
          <span class="muted">
            {' '}
            · checked <Ago at={checkedAt} /> ago
          </span>
        )}
      </p>
      {runningSince !== undefined && (
        <p>
          Running for <Ago at={runningSince} isLong />
        </p>
      )}
      {(message !== '' || reason !== '') && (
        <p class="message">
          {message} {reason !== '' && <code>{reason}</code>}
        </p>
      )}
      {pending !== undefined && (
        <p class="pending">
          {pending.count} of {pending.threshold} → {pending.status}
          {pending.message !== '' && `: ${pending.message}`}
        </p>
      )}
      {causedBy.length > 0 && (
        <p>
          Caused by{' '}
          {causedBy.map((cause) => (
            <button key={cause} type="button" class="tag" onClick={() => page.go({ component: cause })}>
              {page.components.nameOf(cause)}
            </button>
          ))}
        </p>
      )}
      {maintenance !== undefined && (
        <p>
          In maintenance{maintenance.reason && `: ${maintenance.reason}`}
          {maintenance.until !== undefined && `, until ${moment(maintenance.until)}`}
        </p>
      )}
      {members !== undefined && (
        <p>
          <button
            type="button"
            class="link"
            onClick={() => page.go({ group: health.id, layout: 'list', statuses: [], kinds: [], labels: [], text: '' })}
          >
            show all below it
          </button>{' '}
          <span class="muted">{count(members.total, 'member')}</span>
        </p>
      )}
    </section>
  );
}

/** Goes to a past moment, and comes back. */
function AsOf({ id, at }: { readonly id: string; readonly at: number | undefined }) {
  const page = usePage();
  return (
    <form class="as-of" onSubmit={(event) => event.preventDefault()}>
      <label>
        As of{' '}
        <input
          type="datetime-local"
          max={toLocalInput(page.now.value)}
          value={at === undefined ? '' : toLocalInput(at)}
          onChange={({ currentTarget: { value } }) => {
            const chosen = new Date(value).getTime();
            if (Number.isFinite(chosen)) page.go({ component: id, at: Math.min(chosen, page.now.value) });
          }}
        />
      </label>
      {at !== undefined && (
        <button type="button" onClick={() => page.go({ at: undefined })}>
          back to live
        </button>
      )}
    </form>
  );
}
