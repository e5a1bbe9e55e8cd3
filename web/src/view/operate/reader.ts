// Who looks at the page, as far as it decides what he may do from here.
import { useEffect, useState } from 'preact/hooks';
import { usePage } from '../page-context.ts';

export interface Reader {
  readonly name: string;
  readonly isAnonymous: boolean;
  readonly scopes: readonly string[];
  /** Where he can log in, relative to the page. */
  readonly login?: string;
}

/** Undefined until it is known. Asked again once the stream is live again: somebody else may have logged in. */
export function useReader(): Reader | undefined {
  const page = usePage();
  const [reader, setReader] = useState<Reader>();
  const isReachable = page.isReachable.value;
  useEffect(() => {
    if (!isReachable) return;
    const left = new AbortController();
    fetch(new URL('dashboard/reader.json', document.baseURI), { signal: left.signal })
      .then(async (answer) => answer.ok && setReader(await answer.json()))
      // What is wrong then is said of the stream, and of what is asked.
      .catch(() => {});
    return () => left.abort();
  }, [isReachable]);
  return reader;
}

export function mayOperate(reader: Reader | undefined): boolean {
  return reader?.scopes.includes('OPERATE') ?? false;
}
