// Headers of a request that belong to its connection (RFC 9110, section 7.6.1), or follow from its body. Who opens the connection
// writes them; a probe refuses them, and an import leaves them out.

/** In lower case. */
export const CONNECTION_HEADERS: ReadonlySet<string> = new Set(
  'connection content-length expect keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(' '),
);
