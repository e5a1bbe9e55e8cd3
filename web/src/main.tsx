// Where the page is put together: the feed, what is known of it, and what shows it.
import { render } from 'preact';
import { connectFeed } from './feed/feed.ts';

const { dataset } = document.documentElement;
connectFeed().subscribe((news) => {
  if (news.type === 'live' || news.type === 'lost') dataset.feed = news.type;
});
render(<h1>OpenK</h1>, document.getElementById('page')!);
