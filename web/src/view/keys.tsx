import type { RefObject } from 'preact';

const KEYS = [
  ['/', 'search'],
  ['j k ↓ ↑', 'next, previous row'],
  ['PgDn PgUp Home End', 'further'],
  ['Enter', 'look at the component'],
  ['→ ←', 'open, close a group of the tree'],
  ['Esc', 'close, clear the search'],
  ['?', 'these keys'],
] as const;

export function Keys({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">close</button>
      </form>
    </dialog>
  );
}
