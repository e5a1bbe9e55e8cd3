// HOST:PORT, the form of a target. It stands alone since IPv6 addresses have brackets in the form, and none for sockets.

export interface HostPort {
  /** A name or an IP address without brackets, in lower case. */
  readonly host: string;
  readonly port: number;
}

/** Takes what the schema's isHostAndPort accepts: `db:5432`, `10.0.0.1:80`, `[::1]:80`. */
export function parseHostPort(target: string): HostPort {
  const colon = target.lastIndexOf(':');
  const host = target.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host: host.toLowerCase(), port: Number(target.slice(colon + 1)) };
}
