// What the page shows before its program runs: how many components have which status, as HTML that carries it for the program. It is the same
// for all who see the same, and is made anew only once something has changed.
import { createHash } from 'node:crypto';
import type { Status } from '../../core/status.ts';
import type { HealthReader } from '../../engine/health-ports.ts';

export type CountedReader = Pick<HealthReader, 'rootId' | 'revision' | 'ids' | 'health'>;

export interface ShownPage {
  readonly html: string;
  readonly etag: string;
}

/** As web/src/feed/first-screen.ts reads it. */
interface FirstScreen {
  readonly revision: string;
  readonly root: { readonly id: string; readonly status: Status; readonly since: number } | undefined;
  readonly counts: Readonly<Record<Status, number>>;
}

export type Show = (reader: CountedReader) => ShownPage;

/** The same to everybody. */
export function showAlways(html: string): Show {
  const shown = withEtag(html);
  return () => shown;
}

/** @param html with `</body>` */
export function createFirstScreens(html: string): Show {
  const latest = new WeakMap<CountedReader, ShownPage & { readonly revision: number }>();
  return (reader) => {
    const { revision } = reader;
    const known = latest.get(reader);
    if (known?.revision === revision) return known;
    // Nothing in it ends the script: what is shown are ids and words of ours.
    const first = readFirstScreen(reader);
    const json = JSON.stringify(first).replaceAll('<', '\\u003c');
    const script = `<script type="application/json" id="first-screen">${json}</script>`;
    const page = html.replace(PLACE, () => PLACE.replace('</', `${renderTop(first)}</`));
    const shown = { ...withEtag(page.replace('</body>', () => `${script}</body>`)), revision };
    latest.set(reader, shown);
    return shown;
  };
}

/** Where the program draws. It takes over what is there. */
const PLACE = '<div id="page"></div>';

/** As the program draws it (web/src/view/header.tsx): words and numbers, which browsers draw before the program is there. */
function renderTop({ root, counts }: FirstScreen): string {
  const overall =
    root === undefined
      ? '<h1 class="overall">OpenK</h1>'
      : `<h1 class="overall is-${root.status}">${wordOf(root.status)}</h1>`;
  const chips = (Object.keys(counts) as Status[]).map((status) => {
    const count = `<b>${counts[status].toLocaleString('en')}</b> <span class="word">${wordOf(status)}</span>`;
    return `<button type="button" class="chip is-${status}${counts[status] === 0 ? ' is-zero' : ''}">${count}</button>`;
  });
  const freshness = '<p class="freshness is-connecting"><span class="dot"></span>connecting</p>';
  return `<div class="page" inert><header class="top">${overall}<fieldset class="counts">${chips.join('')}</fieldset>${freshness}</header></div>`;
}

function wordOf(status: Status): string {
  return status[0] + status.slice(1).toLowerCase();
}

function withEtag(html: string): ShownPage {
  return { html, etag: `W/"${createHash('sha256').update(html).digest('base64url')}"` };
}

function readFirstScreen(reader: CountedReader): FirstScreen {
  // In the order in which they are shown.
  const counts = { UNHEALTHY: 0, DEGRADED: 0, UNKNOWN: 0, MAINTENANCE: 0, HEALTHY: 0 };
  for (const id of reader.ids()) {
    const health = reader.health(id);
    if (health !== undefined) counts[health.status]++;
  }
  const root = reader.health(reader.rootId);
  return {
    revision: String(reader.revision),
    root: root && { id: root.component, status: root.status, since: root.sinceMs },
    counts,
  };
}
