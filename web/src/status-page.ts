// Makes a status page live, which is whole without it: asks for the page again and again, by its ETag, so that whatever cache stands before
// OpenK answers for it, and shows what is different. Where no answer comes it says so, and the page is greyed.

const EVERY_MS = 10_000;
/** Answers that did not come before the page is not believed any more. */
const UNANSWERED = 2;

/** What screen readers say: that everything together is otherwise, and nothing else. */
const said = document.createElement('p');
said.className = 'skip';
said.setAttribute('role', 'status');
document.body.append(said);

let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

async function ask(): Promise<void> {
  try {
    // What the browser itself keeps may be shown while a newer one is fetched, and the newer one is what is wanted.
    const response = await fetch(location.href, { cache: 'no-cache', signal: AbortSignal.timeout(EVERY_MS) });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    show(new DOMParser().parseFromString(await response.text(), 'text/html'));
    failures = 0;
  } catch {
    failures++;
  }
  document.body.classList.toggle('stale', failures >= UNANSWERED);
}

function show(next: Document): void {
  const main = document.querySelector('main');
  const nextMain = next.querySelector('main');
  // Text that a reader has marked stays.
  if (main === null || nextMain === null || getSelection()?.isCollapsed === false) return;
  if (document.title !== next.title) said.textContent = next.querySelector('.now > span')?.textContent ?? '';
  document.title = next.title;
  for (const details of main.querySelectorAll<HTMLDetailsElement>('details[open]')) {
    const entry = details.closest('[id]')?.id;
    if (entry !== undefined) next.getElementById(entry)?.querySelector('details')?.setAttribute('open', '');
  }
  const focused = document.activeElement?.closest('[id]')?.id;
  main.replaceChildren(...nextMain.childNodes);
  if (focused !== undefined) document.getElementById(focused)?.querySelector<HTMLElement>('summary,a')?.focus();
}

function wait(): void {
  clearTimeout(timer);
  if (document.visibilityState === 'hidden') return;
  // Not all readers at once.
  timer = setTimeout(run, EVERY_MS * (0.9 + Math.random() / 10));
}

async function run(): Promise<void> {
  await ask();
  wait();
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  if (document.visibilityState === 'visible') void run();
});
wait();
