// What is beside the list: the component that is looked at, else the alerts; and the form of what is being done.
import { useSignal } from '@preact/signals';
import '../styles/details.css';
import '../styles/operate.css';
import { Details } from './details.tsx';
import { ActionForm } from './operate/action-form.tsx';
import { AlertList } from './operate/alert-list.tsx';
import { type Action, OperateContext } from './operate/operate-context.ts';
import { useReader } from './operate/reader.ts';
import { usePage } from './page-context.ts';

export function Beside() {
  const page = usePage();
  const reader = useReader();
  const action = useSignal<Action | undefined>(undefined);
  const done = useSignal({ count: 0, words: '' });
  const { component } = page.address.value;
  const operate = {
    reader,
    done: done.value.count,
    begin: (next: Action) => {
      action.value = next;
    },
  };
  return (
    <OperateContext.Provider value={operate}>
      {component !== '' ? <Details key={component} /> : <AlertList />}
      <p class="unseen" role="status">
        {done.value.words}
      </p>
      {action.value !== undefined && (
        <ActionForm
          action={action.value}
          author={reader?.name ?? ''}
          close={(words) => {
            action.value = undefined;
            if (words !== undefined) done.value = { count: done.value.count + 1, words };
          }}
        />
      )}
    </OperateContext.Provider>
  );
}
