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

const feed = connectFeed();
const surroundings = {
  now: Date.now,
  // Pages that nobody looks at have no frames; their title goes on.
  beforeFrame: (run) => (document.hidden ? setTimeout(run, 1_000) : requestAnimationFrame(run)),
  query: location.search,
  navigate(query, how) {
    const url = `${location.pathname}${query}`;
    if (how === 'push') history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  },
} satisfies Surroundings;
const page = new Page(feed, surroundings, readFirstScreen());
addEventListener('popstate', () => page.went(location.search));
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
