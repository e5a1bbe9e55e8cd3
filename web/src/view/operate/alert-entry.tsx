// One alert: how far it is, what of, why, since when, and who takes care of it.
import type { Alert, AlertState } from '../../feed/messages.ts';
import { usePage } from '../page-context.ts';
import { StatusMark } from '../status.tsx';
import { Ago, count, Name } from '../text.tsx';
import { useOperate } from './operate-context.ts';
import { mayOperate } from './reader.ts';

const WORDS: Readonly<Record<AlertState, string>> = {
  OPEN: 'Open',
  ACKNOWLEDGED: 'Acknowledged',
  SUSPENDED: 'Suspended',
  HELD: 'Held until its cause is known',
  PENDING: 'Not sent yet',
  RESOLVED: 'Resolved',
};

export function AlertEntry({ alert }: { readonly alert: Alert }) {
  const page = usePage();
  const { component, cause, consequences } = alert;
  return (
    <li class="alert">
      <p>
        <StatusMark status={alert.status} />
        <button type="button" class="plain" onClick={() => page.go({ component, at: undefined })}>
          <Name id={component} />
        </button>
        <span class="since">
          <Ago at={alert.since} />
        </span>
      </p>
      <AlertLine alert={alert} />
      {alert.message !== '' && <p class="message">{alert.message}</p>}
      {cause.length > 0 && (
        <p>
          Caused by{' '}
          {cause.map((id) => (
            <button key={id} type="button" class="tag" onClick={() => page.go({ component: id, at: undefined })}>
              {page.components.nameOf(id)}
            </button>
          ))}
        </p>
      )}
      {consequences > 0 && <p class="muted">{count(consequences, 'consequence')}</p>}
      <AlertButtons alert={alert} />
    </li>
  );
}

/** "Acknowledged by oidc:alice 3 min ago: NOTE · error · route payments" */
export function AlertLine({ alert: { state, acknowledged, severity, route, isFlapping } }: { readonly alert: Alert }) {
  return (
    <p>
      <b class={`alert-state is-${state}`}>{WORDS[state]}</b>
      {acknowledged !== undefined && (
        <>
          {acknowledged.author !== '' && ` by ${acknowledged.author}`} <Ago at={acknowledged.at} /> ago
          {acknowledged.note !== '' && `: ${acknowledged.note}`}
        </>
      )}
      <span class="muted">
        {' '}
        · {severity} · route {route}
        {isFlapping && ' · changes all the time: nothing is sent until it has settled'}
      </span>
    </p>
  );
}

export function AlertButtons({ alert }: { readonly alert: Alert }) {
  const { reader, begin } = useOperate();
  if (!mayOperate(reader)) return null;
  const { component } = alert;
  return (
    <p class="actions">
      <button type="button" onClick={() => begin({ type: 'acknowledge', alert })}>
        {alert.state === 'ACKNOWLEDGED' ? 'Take over…' : 'Acknowledge…'}
      </button>
      <button type="button" onClick={() => begin({ type: 'begin', kind: 'silence', selector: `id=${component}` })}>
        Silence…
      </button>
    </p>
  );
}
