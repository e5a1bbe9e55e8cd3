// A status is a shape and a word; the colour comes on top.
import { STATUSES, type Status } from '../feed/messages.ts';

const SHAPES: Readonly<Record<Status, string>> = {
  // An octagon with a cross, a triangle, a diamond, a square with two bars, a disc.
  UNHEALTHY:
    'M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.2 6.6 6.6 8 5.2 9.4l1.4 1.4L8 9.4l1.4 1.4 1.4-1.4L9.4 8l1.4-1.4-1.4-1.4L8 6.6 6.6 5.2z',
  DEGRADED: 'M8 1.2 15.4 14.6H.6zM7.1 6v4.6h1.8V6zm0 5.7v1.6h1.8v-1.6z',
  UNKNOWN: 'M8 .6 15.4 8 8 15.4.6 8zM8 3.2 3.2 8 8 12.8 12.8 8z',
  MAINTENANCE: 'M1.5 1.5h13v13h-13zM5 4.6v6.8h2.1V4.6zm3.9 0v6.8H11V4.6z',
  HEALTHY: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4z',
};
const WORDS: Readonly<Record<Status, string>> = {
  UNHEALTHY: 'Unhealthy',
  DEGRADED: 'Degraded',
  UNKNOWN: 'Unknown',
  MAINTENANCE: 'Maintenance',
  HEALTHY: 'Healthy',
};

export function statusWord(status: Status): string {
  return WORDS[status];
}

/** Its word must stand beside it. */
export function Shape({ status }: { readonly status: Status }) {
  return (
    <svg class={`shape is-${status}`} viewBox="0 0 16 16" aria-hidden="true">
      <path fill-rule="evenodd" d={SHAPES[status]} />
    </svg>
  );
}

/** Made once: a row that comes to say something else, of the same status, has nothing of it gone through again. */
const MARKS = new Map(STATUSES.map((status) => [status, makeMark(status)]));

function makeMark(status: Status) {
  return (
    <span class={`status is-${status}`}>
      <Shape status={status} />
      {WORDS[status]}
    </span>
  );
}

export function StatusMark({ status }: { readonly status: Status }) {
  return MARKS.get(status)!;
}
