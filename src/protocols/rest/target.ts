// The target of an HTTP request in its two parts.

export interface Target {
  /** Begins with `/`; as it was sent, escapes and all. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
}

/** @param target Also a whole URL, which proxies may send (RFC 9112, section 3.2.2). */
export function splitTarget(target: string): Target {
  const question = target.indexOf('?');
  const before = question === -1 ? target : target.slice(0, question);
  const query = question === -1 ? '' : target.slice(question + 1);
  const path = before.startsWith('/') ? before : `/${before.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*\/?/i, '')}`;
  return { path, query };
}
