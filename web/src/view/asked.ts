// What is asked of the server once, for as long as it is looked at.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Method } from '../feed/messages.ts';
import { usePage } from './page-context.ts';

export type Asked<Answer> =
  | { readonly state: 'asking'; readonly answer?: Answer }
  | { readonly state: 'answered'; readonly answer: Answer }
  | { readonly state: 'failed'; readonly message: string; readonly answer?: Answer };

/** @param again asked again, with what is known still shown, when it changes @returns what `read` makes of the answer */
export function useAsked<Answer>(
  method: Method,
  request: object,
  read: (json: unknown) => Answer,
  again: unknown = '',
): Asked<Answer> {
  const page = usePage();
  const asked = useSignal<Asked<Answer>>({ state: 'asking' });
  const key = JSON.stringify(request);
  const isReachable = page.isReachable.value;
  useEffect(() => {
    if (!isReachable) return;
    const left = new AbortController();
    page.call(method, request, left.signal).then(
      (json) => {
        if (!left.signal.aborted) asked.value = { state: 'answered', answer: read(json) };
      },
      (error) => {
        if (!left.signal.aborted) asked.value = { ...asked.peek(), state: 'failed', message: String(error.message) };
      },
    );
    return () => left.abort();
  }, [method, key, again, isReachable]);
  return asked.value;
}
