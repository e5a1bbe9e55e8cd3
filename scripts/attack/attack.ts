// What every attack is: what it does to a server, for how long it is told, and how it is known.
export interface Attack {
  /** For the table. */
  readonly title: string;
  /** It takes part in `npm run attack -- short`. */
  readonly short?: boolean;
  /** The server speaks TLS. */
  readonly tls?: boolean;
  /** Descriptors that the server may have. */
  readonly openFiles?: number;
  /** Goes on until `target.until` fires. Resolves to what it did, for people. */
  run(target: Target): Promise<string>;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Ends everything: connections are destroyed by it. */
  readonly until: AbortSignal;
  /** Between 0 and 1, the same for the same seed. */
  readonly random: () => number;
}

/** Ids of the components that the server has; those take reports. */
export const HEARTBEATS: readonly string[] = Array.from({ length: 90 }, (_, n) => `job-${n}`);
