// How fresh what the page shows is. Colours of a past that looks like the present are the one thing it must never show.
import type { FromFeed } from '../feed/messages.ts';
import { clockTime, inWords } from './times.ts';

/** The feed says within seconds that the server is silent. This is for a feed that says nothing itself any more. */
export const SILENCE_MS = 16_000;

/** So long may it take until the stream is open, once all else is there. */
export const BEGIN_MS = 8_000;

export type Freshness =
  /** `at`: of what came with the page. */
  | { readonly state: 'connecting'; readonly at?: number }
  /** All of it is there, and is as it was then: no change comes yet. */
  | { readonly state: 'begun'; readonly at: number }
  | { readonly state: 'live'; readonly revision: string; readonly at: number }
  | {
      readonly state: 'lost';
      readonly at: number;
      readonly reason: string;
      readonly retryAt?: number;
      readonly login?: string;
    };

export function nextFreshness(before: Freshness, message: FromFeed): Freshness {
  if (message.type === 'live') return { state: 'live', revision: message.revision, at: message.at };
  if (message.type === 'begun') return { state: 'begun', at: message.at };
  if (message.type === 'lost') {
    const { reason, retryAt, login } = message;
    // Nothing has ever come, or it was lost before: what is shown is as old as it was.
    return {
      state: 'lost',
      at: message.at || (before.at ?? 0),
      reason,
      retryAt,
      ...(login !== undefined && { login }),
    };
  }
  return before;
}

/** The same at a later time: what nobody has spoken of for long is lost. */
export function freshnessAt(freshness: Freshness, now: number): Freshness {
  if (freshness.state === 'begun' && now - freshness.at > BEGIN_MS) {
    return { state: 'lost', at: freshness.at, reason: 'the stream of this browser does not open' };
  }
  if (freshness.state !== 'live' || now - freshness.at <= SILENCE_MS) return freshness;
  return { state: 'lost', at: freshness.at, reason: 'the connection of this browser is silent' };
}

/** "live · revision 4711 · 2 s" */
export function freshnessText(freshness: Freshness, now: number): string {
  switch (freshness.state) {
    case 'connecting':
      return 'connecting';
    case 'begun':
      return `as of ${clockTime(freshness.at)} · connecting`;
    case 'live':
      return `live · revision ${freshness.revision} · ${Math.max(0, Math.floor((now - freshness.at) / 1_000))} s`;
    case 'lost':
      return freshness.at > 0 ? `not live · ${inWords(now - freshness.at)} old` : 'not live';
  }
}

/** "As of 12:03:07, not live: REASON; next try in 3 s" */
export function lostText({ at, reason, retryAt }: Freshness & { state: 'lost' }, now: number): string {
  const what = at > 0 ? `As of ${clockTime(at)}, not live` : 'Not live, and nothing known yet';
  if (retryAt === undefined) return `${what}: ${reason}`;
  const wait = Math.ceil((retryAt - now) / 1_000);
  return `${what}: ${reason}; ${wait > 0 ? `next try in ${wait} s` : 'trying now'}`;
}
