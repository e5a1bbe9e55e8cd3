// What a store says of itself without being asked.

export interface StoreNotice {
  /** `waiting`: another process has the file. The others: what happened to the file, and that a new one was begun. */
  readonly kind: 'waiting' | 'damaged' | 'deleted' | 'replaced';
  /** For people; one line, without secrets. */
  readonly message: string;
}
