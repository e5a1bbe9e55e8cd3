// How the file descriptors that a process may have are shared out. A port without any answers nobody and says nothing, and
// neither what strangers connect nor what probes connect may take them all.

export interface DescriptorShares {
  /** Connections of clients at the same time. */
  readonly forClients: number;
  /** Connections of probes at the same time. */
  readonly forProbes: number;
}

/** The database and its journal, standard streams, event loop, name servers, collectors, the file watch, and some to spare. */
const OWN_DESCRIPTORS = 64;
/** Whatever the limit: less than this and nothing can be seen of what is wrong. */
const LEAST = 16;

/**
 * Half to each at the most; probes may have what clients cannot use.
 * @param limit RLIMIT_NOFILE @param connections as many as there may be of clients, were there descriptors for them
 */
export function shareDescriptors(limit: number, connections: number): DescriptorShares {
  const left = Math.max(limit - OWN_DESCRIPTORS, 2 * LEAST);
  const forClients = Math.min(connections, Math.floor(left / 2));
  return { forClients, forProbes: left - forClients };
}

/** Where nobody says: what most systems allow at the least, and Node raises to the most that it may have. */
export const USUAL_DESCRIPTOR_LIMIT = 10_240;

/** @param limits what Linux says in /proc/self/limits; undefined where it does not say, or says `unlimited` */
export function parseDescriptorLimit(limits: string): number | undefined {
  const [, soft] = /^Max open files\s+(\d+)\s/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}
