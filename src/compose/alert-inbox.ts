// Alerts that others send: what was last said of each group, by sender, kept over restarts. A sender is who has the token that components
// ask for, and is known by its digest. What was answered well is in the store.
import { hash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { AlertGroup, HeardAlerts, HeardGroup, HeardSender } from '../core/heard-alerts.ts';
import type { KeptText, Store } from '../core/store.ts';

export interface AlertInbox extends HeardAlerts {
  /** What was heard before the start, or by the instance that decided before. @throws StoreFault */
  load(): Promise<void>;
  /** Whether somebody asks for what this token says. */
  knows(token: string): boolean;
  /**
   * What a sender says of a group, or undefined: something that cannot be taken. False: there is no room for it. It counts at once, and is durable when it
   * settles. @throws StoreFault where it is not
   */
  take(token: string, said: AlertGroup | undefined): Promise<boolean>;
  /** From now on nothing is forgotten because nobody asks for it. */
  close(): void;
}

export interface AlertInboxOptions {
  readonly store: Pick<Store, 'kept' | 'keep'>;
  readonly clock: Clock;
  readonly limits?: InboxLimits;
}

export interface InboxLimits {
  /** Of one sender: groups of which something fires, and what they take as JSON. */
  readonly groups: number;
  readonly chars: number;
}

const TOPIC = 'alertmanager';
const DEFAULT_LIMITS: InboxLimits = { groups: 2000, chars: 16 * 2 ** 20 };
/** What nobody said again for so long is gone. */
const KEPT_FOR_MS = 30 * 86_400_000;

interface Sender {
  heardMs: number | undefined;
  missedMs: number | undefined;
  readonly groups: Map<string, { readonly group: HeardGroup; readonly chars: number }>;
  chars: number;
  readonly wakes: Set<() => void>;
}

export function createAlertInbox({ store, clock, limits = DEFAULT_LIMITS }: AlertInboxOptions): AlertInbox {
  const senders = new Map<string, Sender>();
  let isClosed = false;
  let loading = Promise.resolve();
  let owed = new Map<string, string | undefined>();
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  /** What comes while something is written is written together after it. */
  const save = (texts: Iterable<readonly [string, string | undefined]>): Promise<void> => {
    for (const [key, text] of texts) owed.set(key, text);
    next ??= writing
      .catch(() => {})
      .then(async () => {
        const taken = owed;
        owed = new Map();
        next = undefined;
        try {
          await store.keep({ topic: TOPIC, texts: taken });
        } catch (error) {
          owed = new Map([...taken, ...owed]);
          throw error;
        }
      });
    writing = next;
    return next;
  };
  const senderOf = (digest: string): Sender => {
    const known = senders.get(digest);
    if (known !== undefined) return known;
    const made: Sender = { heardMs: undefined, missedMs: undefined, groups: new Map(), chars: 0, wakes: new Set() };
    senders.set(digest, made);
    return made;
  };
  const put = (sender: Sender, key: string, group: HeardGroup | undefined, chars: number) => {
    sender.chars += chars - (sender.groups.get(key)?.chars ?? 0);
    if (group === undefined) sender.groups.delete(key);
    else sender.groups.set(key, { group, chars });
  };
  const forget = (digest: string, sender: Sender) => {
    senders.delete(digest);
    const rows = [digest, ...[...sender.groups.keys()].map((key) => rowOf(digest, key))];
    // Nobody waits for it: what stays is forgotten by its age.
    save(rows.map((row) => [row, undefined])).catch(() => {});
  };

  const load = async () => {
    const rows = await store.kept(TOPIC).finally(() => {
      for (const sender of senders.values()) {
        sender.groups.clear();
        Object.assign(sender, { heardMs: undefined, missedMs: undefined, chars: 0 });
      }
    });
    const nowMs = clock.nowMs();
    const old: string[] = [];
    for (const row of rows) {
      const saved = read(row);
      if (saved === undefined || nowMs - (saved.heardMs ?? saved.missedMs ?? 0) > KEPT_FOR_MS) {
        old.push(row.key);
        continue;
      }
      const sender = senderOf(row.key.split('/')[0]!);
      if ('firing' in saved) put(sender, saved.key, saved, row.text.length);
      else Object.assign(sender, saved);
    }
    for (const { wakes } of senders.values()) for (const wake of [...wakes]) wake();
    if (old.length > 0) save(old.map((row) => [row, undefined])).catch(() => {});
  };

  return {
    load() {
      const loaded = load();
      loading = loaded.catch(() => {});
      return loaded;
    },
    knows: (token) => (senders.get(digestOf(token))?.wakes.size ?? 0) > 0,
    async take(token, said) {
      await loading;
      const digest = digestOf(token);
      const sender = senderOf(digest);
      const nowMs = clock.nowMs();
      const group: HeardGroup | undefined = said && { ...said, heardMs: nowMs };
      const isEmpty = group === undefined || (group.firing.length === 0 && group.missing === 0);
      const text = isEmpty ? undefined : JSON.stringify(group);
      const before = group && sender.groups.get(group.key);
      const hasRoom =
        text === undefined ||
        (sender.groups.size < limits.groups + (before === undefined ? 0 : 1) &&
          sender.chars + text.length - (before?.chars ?? 0) <= limits.chars);
      const rows: [string, string | undefined][] = [];
      if (group !== undefined && hasRoom) {
        put(sender, group.key, isEmpty ? undefined : group, text?.length ?? 0);
        rows.push([rowOf(digest, group.key), text]);
        sender.heardMs = nowMs;
      } else sender.missedMs = nowMs;
      const { heardMs, missedMs } = sender;
      rows.push([digest, JSON.stringify({ heardMs, missedMs })]);
      for (const wake of [...sender.wakes]) wake();
      await save(rows);
      return group === undefined || hasRoom;
    },
    listen(token, wake) {
      const digest = digestOf(token);
      const sender = senderOf(digest);
      sender.wakes.add(wake);
      const none: HeardSender = { heardMs: undefined, missedMs: undefined, groups: [] };
      return {
        ready: () => loading,
        look() {
          const now = senders.get(digest);
          return now === undefined ? none : { ...now, groups: [...now.groups.values()].map(({ group }) => group) };
        },
        end() {
          sender.wakes.delete(wake);
          if (sender.wakes.size === 0 && !isClosed && senders.get(digest) === sender) forget(digest, sender);
        },
      };
    },
    close() {
      isClosed = true;
    },
  };
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

function rowOf(digest: string, key: string): string {
  return `${digest}/${hash('sha256', key, 'base64url')}`;
}

interface SenderRow {
  readonly heardMs?: number;
  readonly missedMs?: number;
}

/** Undefined for what another version has written. */
function read({ key, text }: KeptText): (HeardGroup & { readonly missedMs?: undefined }) | SenderRow | undefined {
  try {
    const saved = JSON.parse(text) as HeardGroup | SenderRow;
    return key.includes('/') === 'firing' in saved ? saved : undefined;
  } catch {
    return undefined;
  }
}
