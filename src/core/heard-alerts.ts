// Alerts that somebody else decides and sends, as they are kept: what was last said of each group of them. A sender says nothing of what
// does not fire, so when something was last heard of it is part of what is known.

export interface FiringAlert {
  /** The same as long as its labels are. */
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  /** For people; empty: it has none. */
  readonly summary: string;
}

/** What was last said of a group. */
export interface AlertGroup {
  /** As its sender calls it. */
  readonly key: string;
  /** What all alerts of the group have, also those that were not sent. */
  readonly labels: Readonly<Record<string, string>>;
  readonly firing: readonly FiringAlert[];
  /** Alerts of the group that were not sent, or not kept. */
  readonly missing: number;
}

export interface HeardGroup extends AlertGroup {
  /** Epoch milliseconds. */
  readonly heardMs: number;
}

/** All that is known of a sender. */
export interface HeardSender {
  /** Epoch milliseconds: when it last said something that could be taken. Undefined: never. */
  readonly heardMs: number | undefined;
  /** Epoch milliseconds: when it last said something that could not be taken. Undefined: never. */
  readonly missedMs: number | undefined;
  /** Those of which something fires, or is missing. */
  readonly groups: readonly HeardGroup[];
}

/** What alerts are to those whose health they say. */
export interface HeardAlerts {
  /** From now on the sender with this token is heard. `wake` is called whenever something may be different. */
  listen(token: string, wake: () => void): Listening;
}

export interface Listening {
  /** Settles when what was heard before the start is known. Never rejects. */
  ready(): Promise<void>;
  look(): HeardSender;
  end(): void;
}
