// What an HTTP request is to a probe, and where it goes.

export interface HttpRequest {
  /** Without credentials and fragment. */
  readonly url: URL;
  readonly place: HttpPlace;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A URL as connections need it, worked out once. */
export interface HttpPlace {
  readonly origin: string;
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** As in the Host header. */
  readonly authority: string;
  /** With the query. */
  readonly path: string;
}

export function placeOf(url: URL): HttpPlace {
  const secure = url.protocol === 'https:';
  return {
    origin: url.origin,
    secure,
    host: unbracketed(url.hostname),
    port: Number(url.port || (secure ? 443 : 80)),
    authority: url.host,
    path: `${url.pathname}${url.search}`,
  };
}

export function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
