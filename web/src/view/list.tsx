// The list and the tree: a grid of which only the rows in view exist. All rows are of one height, so where each is takes a
// multiplication, and no measuring.
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Sort } from '../model/selection.ts';
import { usePage } from './page-context.ts';
import { type ListRow, Row } from './row.tsx';

const BEYOND = 6;
const NARROW = matchMedia('(max-width: 700px)');
const heightOfRow = () => (NARROW.matches ? 50 : 26);

const COLUMNS: readonly { readonly title: string; readonly className: string; readonly sort?: Sort }[] = [
  { title: 'Status', className: 'cell-status', sort: 'worst' },
  { title: 'Name', className: 'cell-name', sort: 'name' },
  { title: 'Groups', className: 'cell-groups' },
  { title: 'Since', className: 'cell-since', sort: 'since' },
  { title: 'Reason', className: 'cell-reason' },
  { title: 'Latency', className: 'cell-latency' },
];

export function List() {
  const page = usePage();
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useSignal(heightOfRow());
  const view = useSignal({ first: 0, last: 40 });
  /** The row that the keyboard is at. */
  const current = useSignal('');
  const hasFocus = useRef(false);
  const isTree = page.address.value.layout === 'tree';
  const isAll = page.address.value.all;
  const rows = useComputed<readonly ListRow[]>(() => {
    if (page.address.value.layout !== 'tree') {
      return page.order.value.map((index) => ({ index, key: page.components.ids[index]! }));
    }
    return page.tree.value.map((branch) => ({ index: branch.index, key: branch.path, branch }));
  });
  const height = rowHeight.value;
  const look = () => {
    const box = scroller.current;
    if (box === null) return;
    const first = Math.floor(box.scrollTop / height);
    const last = Math.ceil((box.scrollTop + box.clientHeight) / height);
    if (first !== view.value.first || last !== view.value.last) view.value = { first, last };
  };
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(() => {
      rowHeight.value = heightOfRow();
      look();
    });
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  });
  // What is asked for anew is looked at from its top.
  const { text, labels, statuses, kinds, group, sort } = page.address.value;
  const asked = JSON.stringify([text, labels, statuses, kinds, group, sort, isTree]);
  useEffect(() => {
    scroller.current!.scrollTop = 0;
  }, [asked]);

  const all = rows.value;
  const at = all.findIndex(({ key }) => key === current.value);
  const shown = new Set<number>();
  const from = isAll ? 0 : Math.max(0, view.value.first - BEYOND);
  const to = isAll ? all.length : Math.min(all.length, view.value.last + BEYOND);
  for (let place = from; place < to; place++) shown.add(place);
  // Who is at a row that was scrolled out of view is still there.
  if (hasFocus.current && at >= 0) shown.add(at);
  const entry = at >= 0 && shown.has(at) ? at : Math.min(isAll ? 0 : view.value.first, all.length - 1);

  const move = (to: number) => {
    const place = Math.max(0, Math.min(all.length - 1, to));
    const row = all[place];
    if (row === undefined) return;
    current.value = row.key;
    const box = scroller.current!;
    const top = place * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
    look();
    requestAnimationFrame(() =>
      box.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus({ preventScroll: true }),
    );
  };
  const open = (row: ListRow) => page.go({ component: page.components.ids[row.index]!, at: undefined });
  const toggle = ({ branch }: ListRow) => {
    if (branch === undefined || !branch.hasMembers) return;
    const { open: paths } = page.address.value;
    page.go(
      { open: branch.isOpen ? paths.filter((path) => path !== branch.path) : [...paths, branch.path] },
      'replace',
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = all[at >= 0 ? at : entry];
    const place = at >= 0 ? at : entry;
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const pageful = Math.max(1, view.value.last - view.value.first - 2);
    const { branch } = row;
    if (event.key === 'ArrowDown' || event.key === 'j') move(place + 1);
    else if (event.key === 'ArrowUp' || event.key === 'k') move(place - 1);
    else if (event.key === 'PageDown') move(place + pageful);
    else if (event.key === 'PageUp') move(place - pageful);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(all.length - 1);
    else if (event.key === 'Enter') open(row);
    else if (event.key === ' ' && branch?.hasMembers) toggle(row);
    else if (event.key === 'ArrowRight' && branch?.hasMembers) branch.isOpen ? move(place + 1) : toggle(row);
    else if (event.key === 'ArrowLeft' && branch !== undefined) {
      if (branch.isOpen && !page.isFiltered.value) toggle(row);
      else move(all.findLastIndex(({ branch: above }, n) => n < place && above!.depth < branch.depth));
    } else return;
    event.preventDefault();
  };

  const onClick = ({ target }: MouseEvent) => {
    const element = target as Element;
    const row = all[Number(element.closest<HTMLElement>('[data-place]')?.dataset.place)];
    if (row === undefined) return;
    current.value = row.key;
    if (element.closest('.twig') !== null && row.branch?.hasMembers) toggle(row);
    else open(row);
  };

  return (
    <div class={`list ${isTree ? 'is-tree' : ''}`}>
      {all.length === 0 && <Nothing />}
      <div
        id="list"
        class="grid"
        ref={scroller}
        role={isTree ? 'treegrid' : 'grid'}
        aria-label="Components"
        aria-rowcount={all.length + 1}
        aria-colcount={COLUMNS.length}
        onScroll={look}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onFocusIn={() => {
          hasFocus.current = true;
        }}
        onFocusOut={() => {
          hasFocus.current = false;
        }}
      >
        <Head />
        <div class="rows" role="rowgroup" style={{ height: `${all.length * height}px` }}>
          {[...shown].map((place) => {
            const row = all[place]!;
            return <Row key={row.key} row={row} place={place} height={height} isEntry={place === entry} />;
          })}
        </div>
      </div>
    </div>
  );
}

function Head() {
  const page = usePage();
  const { sort } = page.address.value;
  return (
    <div class="row heads" role="row" aria-rowindex={1}>
      {COLUMNS.map((column) => (
        <span
          key={column.title}
          class={column.className}
          role="columnheader"
          aria-sort={column.sort === sort ? (sort === 'name' ? 'ascending' : 'descending') : undefined}
        >
          {column.sort === undefined ? (
            column.title
          ) : (
            <button type="button" class="plain" onClick={() => page.go({ sort: column.sort! })}>
              {column.title}
              {column.sort === sort && <span aria-hidden="true"> {sort === 'name' ? '▴' : '▾'}</span>}
            </button>
          )}
        </span>
      ))}
    </div>
  );
}

function Nothing() {
  const page = usePage();
  if (page.freshness.value.state === 'connecting') return <p class="nothing">Connecting…</p>;
  if (!page.isFiltered.value) return <p class="nothing">There are no components, or none that you may see.</p>;
  return (
    <p class="nothing">Nothing matches. Of {page.components.size.toLocaleString('en')} components, none is as asked.</p>
  );
}
