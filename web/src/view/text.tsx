// Names and times, as every part of the page writes them.
import { useMemo } from 'preact/hooks';
import type { Health } from '../feed/messages.ts';
import { inShort, inWords, moment } from '../model/times.ts';
import { usePage } from './page-context.ts';

const TAIL = 8;

/** Where there is no room, the middle is left out: names differ at their ends. */
export function Name({ id }: { readonly id: string }) {
  const page = usePage();
  const name = page.components.nameOf(id);
  const head = name.length > 2 * TAIL ? name.slice(0, -TAIL) : name;
  const isShort = head === name && name === id;
  return (
    <span class="name" title={name === id ? id : `${name} (${id})`}>
      <span class={isShort ? undefined : 'head'}>{head}</span>
      {head !== name && <span>{name.slice(-TAIL)}</span>}
      {name !== id && <span class="id">{id}</span>}
    </span>
  );
}

/** How long ago, up to now. */
export function Ago({ at, isLong = false }: { readonly at: number; readonly isLong?: boolean }) {
  const page = usePage();
  const [iso, title] = useMemo(() => [new Date(at).toISOString(), moment(at)], [at]);
  if (at === 0) return <span class="muted">–</span>;
  const ms = Math.max(0, page.now.value - at);
  return (
    <time dateTime={iso} title={title}>
      {isLong ? inWords(ms) : inShort(ms)}
    </time>
  );
}

/** In words for those who may read them, for others by the code. */
export function whyOf({ message, reason }: Pick<Health, 'message' | 'reason'>): string {
  return message || reason;
}

/** "10,000" @param number a count */
export function figure(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 cause", "2 causes" */
export function count(number: number, word: string): string {
  return `${figure(number)} ${word}${number === 1 ? '' : 's'}`;
}
