// Asks for what an action takes, has it done, and says in the server's words where it is not.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Method } from '../../feed/messages.ts';
import { readSelector } from '../../model/selector.ts';
import { toLocalInput } from '../../model/times.ts';
import { usePage } from '../page-context.ts';
import { count, figure } from '../text.tsx';
import type { Action, Kind } from './operate-context.ts';

interface ActionFormProps {
  readonly action: Action;
  /** As whom it is done. */
  readonly author: string;
  /** @param done what was done, for people; undefined: nothing */
  readonly close: (done: string | undefined) => void;
}

interface Prepared {
  readonly title: string;
  readonly verb: string;
  readonly method: Method;
  readonly fields: ComponentChildren;
  readonly request: (fields: FormData) => object;
  readonly done: string;
}

const HOUR_MS = 3_600_000;
const LENGTHS = [
  ['1 h', HOUR_MS],
  ['4 h', 4 * HOUR_MS],
  ['1 day', 24 * HOUR_MS],
  ['1 week', 168 * HOUR_MS],
] as const;

export function ActionForm({ action, author, close }: ActionFormProps) {
  const page = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const left = useRef(new AbortController());
  const done = useRef<string | undefined>(undefined);
  const state = useSignal<{ readonly isSending: boolean; readonly fault: string }>({ isSending: false, fault: '' });
  const { title, verb, method, fields, request, done: words } = prepare(action, (id) => page.components.nameOf(id));
  useEffect(() => {
    dialog.current!.showModal();
    return () => left.current.abort();
  }, []);
  const send = async (form: HTMLFormElement) => {
    if (state.value.isSending) return;
    state.value = { isSending: true, fault: '' };
    try {
      await page.call(method, request(new FormData(form)), left.current.signal);
      done.current = words;
      dialog.current!.close();
    } catch (error) {
      state.value = { isSending: false, fault: (error as Error).message };
    }
  };
  return (
    <dialog ref={dialog} class="action" aria-labelledby="action" onClose={() => close(done.current)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send(event.currentTarget);
        }}
      >
        <h2 id="action">{title}</h2>
        {fields}
        <p class="muted">As {author}. It is kept in the audit log.</p>
        {state.value.fault !== '' && (
          <p class="fault" role="alert">
            {state.value.fault}
          </p>
        )}
        <p class="actions">
          <button type="submit" aria-disabled={state.value.isSending}>
            {state.value.isSending ? '…' : verb}
          </button>
          <button type="button" onClick={() => dialog.current!.close()}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}

function prepare(action: Action, nameOf: (id: string) => string): Prepared {
  if (action.type === 'acknowledge') {
    const { id, component } = action.alert;
    return {
      title: `Take care of the alert of ${nameOf(component)}`,
      verb: 'Acknowledge',
      method: 'alerts.v1.AlertService/AcknowledgeAlert',
      fields: (
        <label>
          What others are to know <input name="note" maxLength={1_000} autofocus />
        </label>
      ),
      request: (fields) => ({ alert: id, note: fields.get('note') }),
      done: `The alert of ${nameOf(component)} is acknowledged`,
    };
  }
  const { kind, selector } = action;
  const service = 'maintenance.v1.MaintenanceService';
  const name = kind === 'silence' ? 'Silence' : 'Maintenance';
  if (action.type === 'end') {
    return {
      title: `End the ${kind} of ${selector} now`,
      verb: 'End it',
      method: `${service}/End${name}`,
      fields: null,
      request: () => ({ id: action.id }),
      done: `The ${kind} of ${selector} is over`,
    };
  }
  return {
    title: kind === 'silence' ? 'Silence' : 'Take out of service',
    verb: kind === 'silence' ? 'Silence' : 'Take out of service',
    method: `${service}/Create${name}`,
    fields: <BeginFields kind={kind} selector={selector} />,
    request: (fields) => ({
      selector: fields.get('selector'),
      reason: fields.get('reason'),
      end: timeOf(fields.get('end')),
      ...(fields.get('start') && { start: timeOf(fields.get('start')) }),
    }),
    done: kind === 'silence' ? 'It is silenced' : 'It is out of service from then on',
  };
}

function BeginFields({ kind, selector }: { readonly kind: Kind; readonly selector: string }) {
  const page = usePage();
  const asked = useSignal(selector);
  const end = useSignal(toLocalInput(page.now.peek() + HOUR_MS));
  const start = useSignal('');
  const setLength = (ms: number) => {
    const from = new Date(start.value).getTime();
    end.value = toLocalInput((Number.isFinite(from) ? from : page.now.peek()) + ms);
  };
  return (
    <>
      <label>
        What: a selector, such as <code>team=payments</code> or <code>id=shop-*</code>
        <input
          name="selector"
          required
          maxLength={1_024}
          defaultValue={selector}
          autofocus={selector === ''}
          aria-describedby="taken"
          onInput={({ currentTarget: { value } }) => {
            asked.value = value;
          }}
        />
      </label>
      <p id="taken" class="muted" role="status">
        <Taken selector={asked.value} />
      </p>
      {kind === 'maintenance' && (
        <label>
          From (empty: now)
          <input
            name="start"
            type="datetime-local"
            value={start.value}
            onChange={({ currentTarget: { value } }) => {
              start.value = value;
            }}
          />
        </label>
      )}
      <label>
        Until
        <input
          name="end"
          type="datetime-local"
          required
          value={end.value}
          onChange={({ currentTarget: { value } }) => {
            end.value = value;
          }}
        />
      </label>
      <p class="actions">
        {LENGTHS.map(([words, ms]) => (
          <button key={words} type="button" class="link" onClick={() => setLength(ms)}>
            {words}
          </button>
        ))}
      </p>
      <label>
        Reason
        <input name="reason" required maxLength={1_024} autofocus={selector !== ''} />
      </label>
    </>
  );
}

/** How much it is of what the reader can see: a slip of the keyboard takes everything, or nothing. */
function Taken({ selector }: { readonly selector: string }) {
  const { components, version } = usePage();
  version.value;
  if (selector.trim() === '') return <>&nbsp;</>;
  const takes = readSelector(selector);
  if (takes === undefined) return <>This is no selector yet</>;
  const number = components.byName().filter((index) => takes(components.abouts[index]!)).length;
  return (
    <>
      Takes {number === 0 ? 'nothing' : count(number, 'component')} of {figure(components.size)} now
    </>
  );
}

/** Of what the browser has let somebody choose. */
function timeOf(local: FormDataEntryValue | null): string {
  return new Date(String(local)).toISOString();
}
