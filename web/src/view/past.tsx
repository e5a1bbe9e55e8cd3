// How it was at a past moment: the component, what is below it now, and everything together.
import { readStatus } from '../model/statuses.ts';
import { moment } from '../model/times.ts';
import { useAsked } from './asked.ts';
import { usePage } from './page-context.ts';
import { StatusMark } from './status.tsx';

const MEMBERS_SHOWN = 25;

interface HealthJson {
  readonly component: string;
  readonly status?: string;
  readonly since?: string;
  readonly reason?: { readonly code?: string; readonly message?: string };
}

export function Past({ id, at }: { readonly id: string; readonly at: number }) {
  const page = usePage();
  const { components } = page;
  const index = components.indexOf(id);
  // What is not well now, and may have been then, comes first.
  const members = (index === undefined ? [] : components.membersOf(index)).toSorted(
    (a, b) => components.badness[a]! - components.badness[b]!,
  );
  const root = page.overall.value?.index;
  const rootId = root === undefined ? undefined : components.ids[root];
  return (
    <section class="past" aria-label="The past">
      <p class="past-mark">As of {moment(at)}, not live</p>
      <PastHealth id={id} at={at} isLong />
      {rootId !== undefined && rootId !== id && (
        <>
          <h3>Everything together</h3>
          <PastHealth id={rootId} at={at} />
        </>
      )}
      {members.length > 0 && (
        <>
          <h3>What are its members now</h3>
          {members.slice(0, MEMBERS_SHOWN).map((member) => (
            <PastHealth key={components.ids[member]} id={components.ids[member]!} at={at} />
          ))}
          {members.length > MEMBERS_SHOWN && <p class="muted">and {members.length - MEMBERS_SHOWN} more</p>}
        </>
      )}
    </section>
  );
}

function PastHealth({
  id,
  at,
  isLong = false,
}: {
  readonly id: string;
  readonly at: number;
  readonly isLong?: boolean;
}) {
  const page = usePage();
  const read = (json: unknown) => (json as { readonly health: HealthJson }).health;
  const asked = useAsked('getHealth', { component: id, at: new Date(at).toISOString() }, read);
  const { answer } = asked;
  return (
    <p class="past-health">
      {answer === undefined ? <span class="muted">…</span> : <StatusMark status={readStatus(answer.status)} />}
      <button type="button" class="plain" onClick={() => page.go({ component: id })}>
        {page.components.nameOf(id)}
      </button>
      {answer?.since !== undefined && isLong && <span class="muted">since {moment(Date.parse(answer.since))}</span>}
      <span class="message">{answer?.reason?.message || answer?.reason?.code}</span>
      {asked.state === 'failed' && <span class="muted">{asked.message}</span>}
    </p>
  );
}
