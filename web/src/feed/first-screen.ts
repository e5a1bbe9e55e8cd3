// What the server has put into the page, so that the first picture is true before the first message comes.
import type { Status } from './messages.ts';

export interface FirstScreen {
  readonly revision: string;
  /** The group of everything, where the reader may see it. */
  readonly root?: { readonly id: string; readonly status: Status; readonly since: number };
  /** How many components have which status. */
  readonly counts: Readonly<Record<Status, number>>;
  /** When the server said so, by the clock of the browser. */
  readonly at: number;
}

export function readFirstScreen(): FirstScreen | undefined {
  // Browsers go back to what they have, of whatever age.
  const [visit] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const text = document.getElementById('first-screen')?.textContent;
  if (!text || visit?.type === 'back_forward') return undefined;
  return { ...JSON.parse(text), at: performance.timeOrigin };
}
