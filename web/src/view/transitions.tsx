import { readStatus } from '../model/statuses.ts';
import { useAsked } from './asked.ts';
import { Section } from './section.tsx';
import { Shape, StatusMark, statusWord } from './status.tsx';
import { Ago } from './text.tsx';

const SHOWN = 15;

interface TransitionJson {
  readonly revision: string;
  readonly time: string;
  readonly from?: string;
  readonly to?: string;
  readonly reason?: { readonly code?: string; readonly message?: string };
}

export function Transitions({ id, version }: { readonly id: string; readonly version: string }) {
  const read = (json: unknown) => (json as { readonly transitions?: readonly TransitionJson[] }).transitions ?? [];
  const asked = useAsked('listTransitions', { component: id, pageSize: SHOWN }, read, version);
  return (
    <Section title="Changes" asked={asked}>
      {(transitions) =>
        transitions.length === 0 ? (
          <p class="muted">None is known.</p>
        ) : (
          <ol class="transitions">
            {transitions.map(({ revision, time, from, to, reason }) => (
              <li key={revision}>
                <Ago at={Date.parse(time)} />
                <span>
                  <Shape status={readStatus(from)} />
                  <span class="unseen">{statusWord(readStatus(from))}</span>
                  <span class="muted"> → </span>
                  <StatusMark status={readStatus(to)} />
                </span>
                <span class="message">{reason?.message || reason?.code}</span>
              </li>
            ))}
          </ol>
        )
      }
    </Section>
  );
}
