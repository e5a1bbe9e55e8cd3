// For a screen on a wall: read from across the room, touched by nobody, never scrolled.
import { STATUSES } from '../feed/messages.ts';
import { freshnessText } from '../model/freshness.ts';
import { OverallStatus } from './header.tsx';
import { usePage } from './page-context.ts';
import { Shape, StatusMark, statusWord } from './status.tsx';
import { Ago, count, figure, Name, whyOf } from './text.tsx';
import { chooseTheme } from './theme.ts';

const SHOWN = 6;
/** So few have room for their messages. */
const FEW = 4;

export function Wall() {
  const page = usePage();
  const { list, consequences } = page.causes.value;
  const { ids, healths } = page.components;
  page.version.value;
  return (
    <main class="wall">
      <OverallStatus />
      <ul class="wall-counts" aria-label="Components by status">
        {STATUSES.map((status) => {
          const number = page.counts.value[status];
          return (
            <li key={status} class={`is-${status}${number === 0 ? ' is-zero' : ''}`}>
              <b>{figure(number)}</b>
              <span>
                <Shape status={status} />
                {statusWord(status)}
              </span>
            </li>
          );
        })}
      </ul>
      <section class="wall-causes" aria-label="Causes">
        <h2>
          {list.length === 0
            ? 'Nothing is unhealthy or degraded'
            : `${count(list.length, 'cause')}, ${count(consequences, 'consequence')}`}
        </h2>
        <ol class={list.length <= FEW ? 'is-few' : ''}>
          {list.slice(0, SHOWN).map(({ index, consequences }) => (
            <li key={ids[index]}>
              <StatusMark status={healths[index]!.status} />
              <Name id={ids[index]!} />
              <span class="message">{whyOf(healths[index]!)}</span>
              <span class="muted">{consequences > 0 && `→ ${figure(consequences)}`}</span>
              <span class="since">
                <Ago at={healths[index]!.since} />
              </span>
            </li>
          ))}
        </ol>
        {list.length > SHOWN && <p class="muted">and {figure(list.length - SHOWN)} more causes</p>}
      </section>
      <footer>
        <p class={`freshness is-${page.freshness.value.state}`}>
          <span class="dot" aria-hidden="true" />
          {freshnessText(page.freshness.value, page.now.value)}
        </p>
        <button type="button" class="link" onClick={() => chooseTheme(page, 'auto')}>
          leave the wall
        </button>
      </footer>
    </main>
  );
}
