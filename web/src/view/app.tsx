import { useComputed, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Banner } from './banner.tsx';
import { Causes } from './causes.tsx';
import { Header } from './header.tsx';
import { Keys } from './keys.tsx';
import { List } from './list.tsx';
import { onDemand } from './on-demand.tsx';
import { useAddress, usePage } from './page-context.ts';
import { statusWord } from './status.tsx';
import { chosenTheme } from './theme.ts';
import { focusSearch, Toolbar } from './toolbar.tsx';
import { Wall } from './wall.tsx';

const Beside = onDemand(() => import('./beside.tsx').then(({ Beside }) => Beside));

export function App() {
  const page = usePage();
  const keys = useRef<HTMLDialogElement>(null);
  const state = useComputed(() => page.freshness.value.state);
  const theme = useComputed(() => chosenTheme(page));
  useSignalEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = theme.value;
    root.dataset.feed = state.value;
  });
  useSignalEffect(() => {
    page.glance.value;
    const isReachable = page.isReachable.value;
    const { UNHEALTHY, DEGRADED } = page.counts.peek();
    const overall = page.overall.peek();
    const how = UNHEALTHY + DEGRADED > 0 ? `${UNHEALTHY + DEGRADED} not well` : overall && statusWord(overall.status);
    const title = [isReachable ? how : state.value === 'lost' && 'not live', 'OpenK'].filter(Boolean).join(' · ');
    if (title !== document.title) document.title = title;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const { component, alerts } = page.address.value;
      if (event.key === '/') focusSearch();
      else if (event.key === '?') keys.current?.showModal();
      else if (event.key === 'Escape' && (component !== '' || alerts) && !document.querySelector('dialog[open]'))
        close(page);
      else if (event.key === 'j' || event.key === 'k')
        document.querySelector<HTMLElement>('#list [tabindex="0"]')?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  const component = useAddress('component');
  const isBeside = useAddress('alerts') || component !== '';
  const isWall = theme.value === 'wall';
  return (
    <>
      <Banner />
      <p class="unseen" role="status">
        {page.announcement}
      </p>
      {isWall ? (
        <Wall />
      ) : (
        <div class="page">
          <Header />
          <main>
            <Causes />
            <Toolbar />
            <div class="work">
              <List />
              {isBeside && <Beside />}
            </div>
          </main>
          <Keys dialog={keys} />
        </div>
      )}
    </>
  );
}

/** What lies on top of what is beside the list. */
function close(page: ReturnType<typeof usePage>): void {
  const { component } = page.address.value;
  page.go(component !== '' ? { component: '', at: undefined } : { alerts: false });
  document.querySelector<HTMLElement>('#list [role=row][tabindex="0"]')?.focus();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}
