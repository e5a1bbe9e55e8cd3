// What is asked once, as JSON: the schema of all that can be asked would be as large as the rest of the program.
import type { Method } from './messages.ts';

const CALL_MS = 10_000;

/** Asks the server. @param base where the page is @throws Error with words for people, and what the signal was aborted with */
export async function call(base: string, method: Method, request: unknown, signal?: AbortSignal): Promise<unknown> {
  const path = method.includes('/') ? method : `health.v1.HealthService/${method[0]!.toUpperCase()}${method.slice(1)}`;
  const late = AbortSignal.timeout(CALL_MS);
  const answer = await fetch(new URL(`openk.${path}`, base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
  });
  const json = (await answer.json()) as { readonly message?: string };
  if (!answer.ok) throw new Error(json.message ?? `the server answered ${answer.status}`);
  return json;
}
