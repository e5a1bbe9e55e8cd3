// Over everything while the stream is lost: that what is shown is from the past, and from when.
import { lostText } from '../model/freshness.ts';
import { usePage } from './page-context.ts';

export function Banner() {
  const page = usePage();
  const freshness = page.freshness.value;
  if (freshness.state !== 'lost') return null;
  return (
    <div class="banner" role="alert">
      {/* The seconds are no alert each. */}
      <p aria-hidden="true">{lostText(freshness, page.now.value)}</p>
      <p class="unseen">Not live: {freshness.reason}</p>
      {freshness.login === undefined ? (
        <button type="button" onClick={page.retry}>
          try now
        </button>
      ) : (
        <a href={freshness.login}>log in</a>
      )}
    </div>
  );
}
