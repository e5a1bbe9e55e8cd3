// The list and the tree: a grid of which only the rows in view exist. All rows are of one height, so where each is takes a
// multiplication, and no measuring.
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Components } from '../model/components.ts';
import type { Sort } from '../model/selection.ts';
import { openAtFirst, type TreeRow } from '../model/tree.ts';
import { useAddress, usePage } from './page-context.ts';
import { Row } from './row.tsx';
import { useScrolling } from './scrolling.ts';
import { figure } from './text.tsx';

/** Rows that are there beyond those in view. */
const BEYOND = 4;
/** Rows that come and go at once: a step that brings some costs more than each of them. */
const AT_ONCE = 5;
const HEADS_HEIGHT = 25;
/** Rows of the first picture, and how many more each picture after it may have, so that none takes long: more than are in view. */
const FIRST_ROWS = 14;
const MORE_ROWS = 100;
/** Rows that are not seen wait for the end of a search: until no letter has come for so long, or somebody scrolls. */
const TYPING_ENDS_MS = 300;
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
  const view = useSignal({ from: 0, rows: 40 });
  /** Height of what is seen of the list, and what is above it. Kept: to ask for them while rows are being drawn lays all of them out. */
  const seen = useRef(0);
  const above = useRef(0);
  /** The row that the keyboard is at. */
  const current = useSignal('');
  const hasFocus = useRef(false);
  const scrolling = useScrolling();
  /** The place whose row is the first in the document. */
  const firstInDocument = useRef(0);
  /** How often the keyboard went to a row. */
  const moves = useSignal(0);
  const isTree = page.address.value.layout === 'tree';
  const isAll = page.address.value.all;
  const rows = isTree ? rowsOfTree(page.tree.value) : rowsOfList(page.components, page.order.value);
  const height = rowHeight.value;
  const look = () => {
    const box = scroller.current;
    if (box === null) return;
    above.current = box.scrollTop;
    const from = Math.floor((Math.floor(above.current / height) - BEYOND) / AT_ONCE) * AT_ONCE;
    // As many wherever it is, so that rows are used again while it scrolls.
    const rows = Math.ceil(seen.current / height) + 2 * BEYOND + AT_ONCE;
    if (from !== view.value.from || rows !== view.value.rows) view.value = { from, rows };
  };
  useLayoutEffect(() => {
    // Observed as soon as it is laid out, and at each change from then on.
    const observer = new ResizeObserver(() => {
      rowHeight.value = heightOfRow();
      seen.current = scroller.current?.clientHeight ?? 0;
      look();
    });
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, [height]);
  const { component: selected, text, labels, statuses, kinds, group, sort, isReversed } = page.address.value;
  const asked = JSON.stringify([text, labels, statuses, kinds, group, sort, isReversed, isTree]);
  /** Another one for each letter, also for one that is taken back. */
  const question = useMemo(() => ({ asked }), [asked]);
  /** What was asked for when more than is seen was drawn last, and how many rows that may be. */
  const drawn = useSignal({ question, most: FIRST_ROWS });
  const isNew = drawn.value.question !== question;
  useLayoutEffect(() => {
    if (above.current === 0) return;
    scroller.current!.scrollTop = 0;
    look();
  }, [question]);

  const { length } = rows;
  const at = rows.placeOf(current.value);
  const inWindow = isAll ? length : Math.min(length, view.value.rows);
  // What is asked for anew is looked at from its top, and what is seen of it comes first: who types waits for nothing else.
  const from = isNew || isAll ? 0 : Math.max(0, Math.min(view.value.from, length - inWindow));
  const inView = from + inWindow;
  const most = isNew ? Math.ceil(seen.current / height) : drawn.value.most;
  const to = Math.min(inView, from + most);
  useEffect(() => {
    if (to === inView) return;
    return (isNew ? afterTyping : afterFrame)(() => {
      drawn.value = { question, most: to - from + MORE_ROWS };
    });
  }, [to, inView, question, isNew]);
  useEffect(() => {
    // Asked for once more, they come in parts again.
    if (!isAll && drawn.value.most > MORE_ROWS) drawn.value = { ...drawn.value, most: MORE_ROWS };
  }, [isAll]);
  // While somebody scrolls, each stays where it is in the document: to move it there would have it laid out anew.
  if (!scrolling.isOn.value) firstInDocument.current = from;
  const turn = (((firstInDocument.current - from) % inWindow) + inWindow) % inWindow;
  const shown = new Set<number>();
  for (let n = 0; n < inWindow; n++) {
    const place = from + ((n + turn) % inWindow);
    if (place < to) shown.add(place);
  }
  // Who is at a row that was scrolled out of view is still there.
  if (hasFocus.current && at >= 0) shown.add(at);
  const entry = at >= 0 && shown.has(at) ? at : Math.min(isAll ? 0 : Math.floor(above.current / height), length - 1);

  // With the rows themselves: the row that had the focus may be gone, and the next key is to find one that has it.
  useLayoutEffect(() => {
    if (moves.value === 0) return;
    scroller.current!.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus({ preventScroll: true });
  }, [moves.value]);
  const move = (to: number) => {
    if (length === 0) return;
    const place = Math.max(0, Math.min(length - 1, to));
    moves.value++;
    current.value = rows.keyAt(place);
    const box = scroller.current!;
    const top = place * height;
    // The heads stay above the rows.
    const free = seen.current - HEADS_HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + free) box.scrollTop = top + height - free;
    look();
  };
  const open = (place: number) => page.go({ component: page.components.ids[rows.indexAt(place)]!, at: undefined });
  const toggle = ({ path, isOpen }: TreeRow) => {
    const paths = page.address.value.open ?? openAtFirst(page.components);
    page.go({ open: isOpen ? paths.filter((each) => each !== path) : [...paths, path] }, 'replace');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const place = at >= 0 ? at : entry;
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.target as Element).closest('[data-place]') === null) return;
    const pageful = Math.max(1, Math.ceil(seen.current / height) - 2);
    const branch = rows.branchAt(place);
    if (event.key === 'ArrowDown' || event.key === 'j') move(place + 1);
    else if (event.key === 'ArrowUp' || event.key === 'k') move(place - 1);
    else if (event.key === 'PageDown') move(place + pageful);
    else if (event.key === 'PageUp') move(place - pageful);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(length - 1);
    else if (event.key === 'Enter') open(place);
    else if (branch === undefined) return;
    else if (event.key === 'ArrowRight' && branch.isOpen) move(place + 1);
    else if (event.key === 'ArrowLeft' && (!branch.isOpen || page.isFiltered.value)) move(rows.parentOf(place));
    else if ((event.key === 'ArrowRight' || event.key === 'ArrowLeft' || event.key === ' ') && branch.hasMembers)
      toggle(branch);
    else return;
    event.preventDefault();
  };
  const onClick = ({ target }: MouseEvent) => {
    const element = target as Element;
    const row = element.closest<HTMLElement>('[data-place]');
    if (row === null) return;
    const place = Number(row.dataset.place);
    current.value = rows.keyAt(place);
    const branch = rows.branchAt(place);
    if (element.closest('.twig') !== null && branch?.hasMembers) toggle(branch);
    else open(place);
  };

  return (
    <div class={`list ${isTree ? 'is-tree' : ''}`}>
      {length === 0 && <Nothing />}
      <div
        id="list"
        class="grid"
        ref={scroller}
        role={isTree ? 'treegrid' : 'grid'}
        aria-label="Components"
        aria-rowcount={length + 1}
        aria-colcount={COLUMNS.length}
        onScroll={() => {
          page.scrolled();
          scrolling.step();
          look();
          if (isNew && above.current > 0) drawn.value = { question, most: MORE_ROWS };
        }}
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
        <div class="rows" role="rowgroup" style={{ height: `${length * height}px` }}>
          {/* A row is used again for whatever comes to its place; the one that the keyboard is at stays with its component. */}
          {[...shown].map((place) => (
            <Row
              key={place === at && hasFocus.current ? rows.keyAt(place) : place % inWindow}
              index={rows.indexAt(place)}
              branch={rows.branchAt(place)}
              place={place}
              height={height}
              isEntry={place === entry}
              isSelected={selected !== '' && page.components.ids[rows.indexAt(place)] === selected}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Once a picture is drawn; soon, where none is drawn. @returns ends the wait for it */
function afterFrame(run: () => void): () => void {
  let isOver = false;
  const runOnce = () => {
    if (!isOver) run();
  };
  if (document.hidden) setTimeout(runOnce);
  else requestAnimationFrame(() => setTimeout(runOnce));
  return () => {
    isOver = true;
  };
}

/** @returns ends the wait for it */
function afterTyping(run: () => void): () => void {
  const timer = setTimeout(run, TYPING_ENDS_MS);
  return () => clearTimeout(timer);
}

/** What is in the list by its place, made of nothing that would have to be made anew for all of it. */
interface Rows {
  readonly length: number;
  indexAt(place: number): number;
  keyAt(place: number): string;
  /** -1 where it is no more. */
  placeOf(key: string): number;
  branchAt(place: number): TreeRow | undefined;
  parentOf(place: number): number;
}

function rowsOfList(components: Components, order: readonly number[]): Rows {
  return {
    length: order.length,
    indexAt: (place) => order[place]!,
    keyAt: (place) => components.ids[order[place]!] ?? '',
    placeOf: (key) => order.indexOf(components.indexOf(key) ?? -1),
    branchAt: () => undefined,
    parentOf: (place) => place,
  };
}

function rowsOfTree(tree: readonly TreeRow[]): Rows {
  return {
    length: tree.length,
    indexAt: (place) => tree[place]!.index,
    keyAt: (place) => tree[place]!.path,
    placeOf: (key) => tree.findIndex(({ path }) => path === key),
    branchAt: (place) => tree[place],
    parentOf: (place) => tree.findLastIndex(({ depth }, n) => n < place && depth < tree[place]!.depth),
  };
}

function Head() {
  const page = usePage();
  const sort = useAddress('sort');
  const isReversed = useAddress('isReversed');
  const isAscending = (sort === 'name') !== isReversed;
  return (
    <div class="row heads" role="row" aria-rowindex={1}>
      {COLUMNS.map((column) => (
        <span
          key={column.title}
          class={column.className}
          role="columnheader"
          aria-sort={column.sort === sort ? (isAscending ? 'ascending' : 'descending') : undefined}
        >
          {column.sort === undefined ? (
            column.title
          ) : (
            <button
              type="button"
              class="plain"
              onClick={() => page.go({ sort: column.sort!, isReversed: column.sort === sort && !isReversed })}
            >
              {column.title}
              {column.sort === sort && <span aria-hidden="true"> {isAscending ? '▴' : '▾'}</span>}
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
  return <p class="nothing">Nothing matches. Of {figure(page.components.size)} components, none is as asked.</p>;
}
