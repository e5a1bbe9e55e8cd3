// Where the page is put together: the feed, what is known of it, and what shows it.
import { render } from 'preact';
import { connectFeed } from './feed/feed.ts';
import { readFirstScreen } from './feed/first-screen.ts';
import type { Surroundings } from './model/outside.ts';
import { Page } from './model/page.ts';
import './styles/base.css';
import './styles/top.css';
import './styles/list.css';
import './styles/wall.css';
import { App } from './view/app.tsx';
import { PageContext } from './view/page-context.ts';

/** A browser does much of its own for an address, beside the picture that a reader who types waits for. */
const ADDRESS_AFTER_MS = 100;
let addressToCome: string | undefined;
function showAddress(): void {
  if (addressToCome !== undefined) history.replaceState(null, '', addressToCome);
  addressToCome = undefined;
}

const feed = connectFeed();
const surroundings = {
  now: Date.now,
  // Pages that nobody looks at have no frames; their title goes on.
  beforeFrame: (run) => (document.hidden ? setTimeout(run, 1_000) : requestAnimationFrame(run)),
  query: location.search,
  navigate(query, how) {
    const url = `${location.pathname}${query}`;
    if (how === 'push') {
      // Back leads to what was typed.
      showAddress();
      history.pushState(null, '', url);
    } else {
      if (addressToCome === undefined) setTimeout(showAddress, ADDRESS_AFTER_MS);
      addressToCome = url;
    }
  },
} satisfies Surroundings;
const page = new Page(feed, surroundings, readFirstScreen());
addEventListener('popstate', () => {
  // It was for the page that was left.
  addressToCome = undefined;
  page.went(location.search);
});
addEventListener('pagehide', showAddress);
document.addEventListener('visibilitychange', () => page.tick());
setInterval(() => page.tick(), 1_000);

// In a task of its own, so that what has come with the page is drawn before.
setTimeout(() =>
  render(
    <PageContext.Provider value={page}>
      <App />
    </PageContext.Provider>,
    document.getElementById('page')!,
  ),
);
