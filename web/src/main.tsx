// Where the page is put together: the feed, what is known of it, and what shows it.
import { render } from 'preact';

render(<h1>OpenK</h1>, document.getElementById('page')!);
