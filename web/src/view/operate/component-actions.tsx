// What can be done about one component, and its alerts.
import { usePage } from '../page-context.ts';
import { AlertLine } from './alert-entry.tsx';
import { KINDS, useOperate } from './operate-context.ts';
import { mayOperate } from './reader.ts';
import { WhatIsMissing } from './what-is-missing.tsx';

const VERBS = { silence: 'Silence…', maintenance: 'Take out of service…' } as const;

export function ComponentActions({ id }: { readonly id: string }) {
  const page = usePage();
  const { reader, begin } = useOperate();
  const alerts = page.alerts.list.value?.filter(({ component }) => component === id) ?? [];
  const mayBegin = mayOperate(reader);
  return (
    <section aria-label="Alerts and maintenance">
      {alerts.map((alert) => (
        <div key={alert.id}>
          <AlertLine alert={alert} />
          {mayBegin && (
            <p class="actions">
              <button type="button" onClick={() => begin({ type: 'acknowledge', alert })}>
                {alert.state === 'ACKNOWLEDGED' ? 'Take over…' : 'Acknowledge…'}
              </button>
            </p>
          )}
        </div>
      ))}
      {mayBegin && (
        <p class="actions">
          {KINDS.map((kind) => (
            <button key={kind} type="button" onClick={() => begin({ type: 'begin', kind, selector: `id=${id}` })}>
              {VERBS[kind]}
            </button>
          ))}
          <button type="button" class="link" onClick={() => page.go({ alerts: true, component: '', at: undefined })}>
            what is silenced and out of service
          </button>
        </p>
      )}
      <WhatIsMissing />
    </section>
  );
}
