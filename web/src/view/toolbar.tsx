// What is searched, filtered and sorted, and what is shown of it.
import { useRef } from 'preact/hooks';
import { LAYOUTS, NOTHING_ASKED } from '../model/address.ts';
import { usePage } from './page-context.ts';
import { count, figure } from './text.tsx';

export function Toolbar() {
  const page = usePage();
  const search = useRef<HTMLInputElement>(null);
  const { text, kinds, layout, all } = page.address.value;
  page.version.value;
  const number = page.order.value.length;
  return (
    <search class="toolbar">
      <input
        ref={search}
        id="search"
        type="search"
        aria-label="Search by name, message or label"
        placeholder="Search: name, message, team=web"
        value={text}
        onInput={({ currentTarget }) => page.go({ text: currentTarget.value }, 'replace')}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && text !== '') page.go({ text: '' }, 'replace');
          else if (event.key === 'Escape') search.current!.blur();
          else if (event.key === 'ArrowDown' || event.key === 'Enter') focusList();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <label>
        <span class="unseen">Kind</span>
        <select
          value={kinds[0] ?? ''}
          onChange={({ currentTarget: { value } }) => page.go({ kinds: value === '' ? [] : [value] })}
        >
          <option value="">every kind</option>
          {[...new Set([...page.components.kinds(), ...kinds])].map((kind) => (
            <option key={kind} value={kind}>
              {kind}
            </option>
          ))}
        </select>
      </label>
      <Filters />
      <p class="shown">
        {page.isFiltered.value
          ? `${figure(number)} of ${count(page.components.size, 'component')}`
          : count(number, 'component')}
        {number > 0 && (
          <button type="button" class="link" aria-pressed={all} onClick={() => page.go({ all: !all })}>
            {all ? 'show those in view only' : 'show all rows'}
          </button>
        )}
      </p>
      <fieldset class="switch">
        <legend class="unseen">Layout</legend>
        {LAYOUTS.map((each) => (
          <button key={each} type="button" aria-pressed={layout === each} onClick={() => page.go({ layout: each })}>
            {each}
          </button>
        ))}
      </fieldset>
    </search>
  );
}

/** What is filtered by beside the search, each to be taken away. */
function Filters() {
  const page = usePage();
  const { labels, group } = page.address.value;
  if (!page.isFiltered.value) return null;
  return (
    <>
      {labels.map((label) => (
        <button
          key={label}
          type="button"
          class="tag"
          aria-label={`No longer by ${label}`}
          onClick={() => page.go({ labels: labels.filter((each) => each !== label) })}
        >
          {label} <span aria-hidden="true">×</span>
        </button>
      ))}
      {group !== '' && (
        <button
          type="button"
          class="tag"
          aria-label={`No longer in ${page.components.nameOf(group)} alone`}
          onClick={() => page.go({ group: '' })}
        >
          in {page.components.nameOf(group)} <span aria-hidden="true">×</span>
        </button>
      )}
      <button type="button" class="link" onClick={() => page.go(NOTHING_ASKED)}>
        clear
      </button>
    </>
  );
}

export function focusSearch(): void {
  const search = document.getElementById('search') as HTMLInputElement | null;
  search?.focus();
  search?.select();
}

function focusList(): void {
  document.querySelector<HTMLElement>('#list [role=row][tabindex="0"]')?.focus();
}
