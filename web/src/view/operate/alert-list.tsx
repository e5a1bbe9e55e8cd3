// The alerts that are not over, and what keeps others away: silences and maintenance.
import { useEffect, useRef } from 'preact/hooks';
import type { Alert } from '../../feed/messages.ts';
import { usePage } from '../page-context.ts';
import { count } from '../text.tsx';
import { AlertEntry } from './alert-entry.tsx';
import { KINDS } from './operate-context.ts';
import { Suspensions } from './suspensions.tsx';
import { WhatIsMissing } from './what-is-missing.tsx';

const SHOWN = 100;

export function AlertList() {
  const page = usePage();
  const aside = useRef<HTMLElement>(null);
  useEffect(() => aside.current?.focus(), []);
  const list = page.alerts.list.value ?? [];
  const lost = page.alerts.lost.value;
  return (
    <aside class="details" ref={aside} tabIndex={-1} aria-label="Alerts">
      <div class="details-head">
        <h2>Alerts</h2>
        <button type="button" aria-label="Close" onClick={() => page.go({ alerts: false })}>
          ×
        </button>
      </div>
      {lost !== undefined && (
        <p role="alert">
          <b>Alerts are not live:</b> {lost}
        </p>
      )}
      <WhatIsMissing />
      {page.alerts.list.value !== undefined && list.length === 0 && <p class="muted">There is none.</p>}
      <ul class="alerts">
        {list.slice(0, SHOWN).map((alert: Alert) => (
          <AlertEntry key={alert.id} alert={alert} />
        ))}
      </ul>
      {list.length > SHOWN && <p class="muted">and {count(list.length - SHOWN, 'more alert')}</p>}
      {KINDS.map((kind) => (
        <Suspensions key={kind} kind={kind} />
      ))}
    </aside>
  );
}
