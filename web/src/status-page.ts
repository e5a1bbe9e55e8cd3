// Makes a status page live, which is whole without it: asks for the page again and again, by its ETag, so that whatever cache stands before
// OpenK answers for it, and shows what is different. Where no answer comes, or one that a cache has kept for long, it says so, and the
// page is greyed.

const EVERY_MS = 10_000;
/** Answers that did not come before the page is not believed any more. */
const UNANSWERED = 2;
/** An OpenK that is there makes a page anew each minute, and caches may show one for some seconds more. */
const OLD_MS = 180_000;

/** What screen readers say: that everything together is otherwise, and nothing else. */
const said = document.createElement('p');
said.className = 'skip';
said.setAttribute('role', 'status');
document.body.append(said);

let failures = 0;
let isOld = false;
let answeredAtMs = Date.now();
let timer: ReturnType<typeof setTimeout> | undefined;

async function ask(): Promise<void> {
  try {
    // What the browser itself keeps may be shown while a newer one is fetched, and the newer one is what is wanted.
    const response = await fetch(location.href, { cache: 'no-cache', signal: AbortSignal.timeout(EVERY_MS) });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    // A proxy that asks people to log in answers, too.
    if (next.querySelector('main .now') === null) throw new Error('the answer is no status page');
    isOld = ageMs(next, response.headers) > OLD_MS;
    show(next);
    failures = 0;
    answeredAtMs = Date.now();
  } catch {
    failures++;
  }
  mark();
}

/** By the clocks of servers alone: that of a reader may be wrong. NaN where none says. */
function ageMs(next: Document, headers: Headers): number {
  const asOf = Date.parse(next.querySelector('.now time')?.getAttribute('datetime') ?? '');
  return Date.parse(headers.get('date') ?? '') + Number(headers.get('age') ?? 0) * 1000 - asOf;
}

/** Timers stand still while a machine sleeps, and while nobody sees the page. */
function mark(): void {
  const isForgotten = Date.now() - answeredAtMs > (UNANSWERED + 1) * EVERY_MS;
  document.body.classList.toggle('stale', failures >= UNANSWERED || isOld || isForgotten);
}

/** What readers go by. */
function news(main: Element): string {
  return Array.from(main.querySelectorAll('.now > span, h3, .state, .updates'), (part) => part.textContent).join();
}

function show(next: Document): void {
  const main = document.querySelector('main')!;
  const nextMain = next.querySelector('main')!;
  // Text that a reader has marked stays, as long as it says what is so.
  if (getSelection()?.isCollapsed === false && news(main) === news(nextMain)) {
    main.querySelector('.now time')?.replaceWith(next.querySelector('.now time')!);
    return;
  }
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
  if (document.visibilityState === 'hidden') return;
  mark();
  void run();
});
wait();
