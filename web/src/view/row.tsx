// A row of the list. It alone is drawn again when its component changes.
import { useEffect } from 'preact/hooks';
import { sparkline } from '../model/availability.ts';
import { latencyInWords } from '../model/times.ts';
import type { TreeRow } from '../model/tree.ts';
import { usePage } from './page-context.ts';
import { StatusMark } from './status.tsx';
import { Ago, count, Name, whyOf } from './text.tsx';

const SPARK = { width: 72, height: 16 };
const GROUPS_SHOWN = 2;

interface RowProps {
  readonly index: number;
  readonly branch: TreeRow | undefined;
  readonly place: number;
  readonly height: number;
  /** Whether Tab comes to this one. */
  readonly isEntry: boolean;
  readonly isSelected: boolean;
}

export function Row({ index, branch, place, height, isEntry, isSelected }: RowProps) {
  const page = usePage();
  page.components.watch(index).value;
  const id = page.components.ids[index];
  if (id === undefined) return null;
  const health = page.components.healths[index]!;
  const { parents } = page.components.abouts[index]!;
  const { status, since, pending } = health;
  const why = whyOf(health);
  return (
    <div
      class={`row is-${status}`}
      role="row"
      data-place={place}
      aria-rowindex={place + 2}
      aria-selected={isSelected}
      aria-level={branch && branch.depth + 1}
      aria-expanded={branch?.hasMembers ? branch.isOpen : undefined}
      aria-posinset={branch?.place}
      aria-setsize={branch?.siblings}
      tabIndex={isEntry ? 0 : -1}
      style={{ transform: `translateY(${place * height}px)`, height: `${height}px` }}
    >
      <span class="cell-status" role="gridcell">
        <StatusMark status={status} />
      </span>
      <span
        class="cell-name"
        role="gridcell"
        style={branch && { paddingInlineStart: `${Math.min(branch.depth, 12) * 16}px` }}
      >
        {branch !== undefined && <Twig branch={branch} />}
        <Name id={id} />
      </span>
      <span class="cell-groups" role="gridcell" title={parents.join(', ')}>
        {parents
          .slice(0, GROUPS_SHOWN)
          .map((parent) => page.components.nameOf(parent))
          .join(', ')}
        {parents.length > GROUPS_SHOWN && ` +${parents.length - GROUPS_SHOWN}`}
      </span>
      <span class="cell-since" role="gridcell">
        <Ago at={since} />
      </span>
      <span class="cell-reason" role="gridcell" title={why}>
        {pending !== undefined && (
          <b class="pending" title={pending.message}>
            {pending.count} of {pending.threshold} → {pending.status}{' '}
          </b>
        )}
        {why}
      </span>
      <span class="cell-latency" role="gridcell">
        {health.members === undefined ? (
          <>
            <Sparkline id={id} />
            {health.latencyMs !== undefined && latencyInWords(health.latencyMs)}
          </>
        ) : (
          <span class="muted">{count(health.members.total, 'member')}</span>
        )}
      </span>
    </div>
  );
}

/** The keys → and ← do what a click on it does, and the row says whether it is open. */
function Twig({ branch }: { readonly branch: TreeRow }) {
  return (
    <span class="twig" aria-hidden="true">
      {branch.hasMembers && (branch.isOpen ? '▾' : '▸')}
    </span>
  );
}

function Sparkline({ id }: { readonly id: string }) {
  const page = usePage();
  useEffect(() => {
    page.latencies.want(id);
    return () => page.latencies.release(id);
  }, [id]);
  const path = sparkline(page.latencies.of(id).value, SPARK.width, SPARK.height);
  if (path === undefined) return null;
  return (
    <svg class="spark" viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
