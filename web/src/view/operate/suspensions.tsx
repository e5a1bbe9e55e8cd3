// Silences, or maintenance by API, that hold or are to come.
import { moment } from '../../model/times.ts';
import { useAsked } from '../asked.ts';
import { usePage } from '../page-context.ts';
import { Section } from '../section.tsx';
import { type Kind, useOperate } from './operate-context.ts';
import { mayOperate } from './reader.ts';

interface SuspensionJson {
  readonly id: string;
  readonly selector: string;
  readonly start: string;
  readonly end: string;
  readonly author?: string;
  readonly reason?: string;
}
interface ListJson {
  readonly silences?: readonly SuspensionJson[];
  readonly maintenance?: readonly SuspensionJson[];
}

const TEXTS = {
  silence: { title: 'Silences', method: 'ListSilences', begin: 'Silence…', none: 'Nothing is silenced.' },
  maintenance: {
    title: 'Maintenance',
    method: 'ListMaintenance',
    begin: 'Take out of service…',
    none: 'Nothing is taken out of service from here; what the configuration plans is at its components.',
  },
} as const;
const ASKED_EVERY_MS = 30_000;
const SHOWN = 50;

export function Suspensions({ kind }: { readonly kind: Kind }) {
  const page = usePage();
  const { reader, done, begin } = useOperate();
  const { title, method, none, begin: beginning } = TEXTS[kind];
  const again = `${done} ${Math.floor(page.now.value / ASKED_EVERY_MS)}`;
  const read = (json: unknown) => (json as ListJson)[kind === 'silence' ? 'silences' : 'maintenance'] ?? [];
  const asked = useAsked(`maintenance.v1.MaintenanceService/${method}`, { pageSize: 1_000 }, read, again);
  const mayBegin = mayOperate(reader);
  return (
    <Section
      title={title}
      asked={asked}
      beside={
        mayBegin && (
          <button type="button" onClick={() => begin({ type: 'begin', kind, selector: '' })}>
            {beginning}
          </button>
        )
      }
    >
      {(all) => {
        const rest = all.filter(({ end }) => Date.parse(end) > page.now.value);
        if (rest.length === 0) return <p class="muted">{none}</p>;
        return (
          <>
            <ul class="alerts">
              {rest.slice(0, SHOWN).map(({ id, selector, start, end, author, reason }) => (
                <li key={id} class="alert">
                  <p>
                    <code>{selector}</code> {Date.parse(start) > page.now.value && `from ${moment(Date.parse(start))} `}
                    until {moment(Date.parse(end))}
                  </p>
                  <p>
                    {reason} {author !== undefined && <span class="muted">· {author}</span>}
                  </p>
                  {mayBegin && (
                    <p class="actions">
                      <button type="button" onClick={() => begin({ type: 'end', kind, id, selector })}>
                        End…
                      </button>
                    </p>
                  )}
                </li>
              ))}
            </ul>
            {rest.length > SHOWN && <p class="muted">and {rest.length - SHOWN} more</p>}
          </>
        );
      }}
    </Section>
  );
}
