// Instances on one database share the probes: those that stand by are workers of the one that decides, by the way of agents. How they
// find it, and how it knows them, the database says: where the one that decides is reached, and the hash of a secret of each of the others.
import { hash, randomBytes } from 'node:crypto';
import { Code, type ConnectError } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { ABANDONED, type AgentConnection, type AgentOptions, runAgent } from '../agent/agent.ts';
import { INSTANCE_SECRET } from '../auth/principal.ts';
import type { Clock } from '../core/clock.ts';
import { pause } from '../core/pause.ts';
import { type KeptText, SHARERS, type Sharer, type Store } from '../core/store.ts';
import type { ProbeListener } from '../engine/prober.ts';

export interface SharedProbesOptions {
  readonly store: Pick<Store, 'kept' | 'keep' | 'holder' | 'announce'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly self: { readonly id: string; readonly place: string | undefined };
  readonly version: string;
  /** Where others reach this one; undefined: it shares nothing. */
  readonly advertise: string | undefined;
  /** @param secret to be sent with each call */
  readonly connect: (server: string, secret: string) => AgentConnection;
  /** How it probes. */
  readonly probing: Pick<AgentOptions, 'kinds' | 'createProbe' | 'limits' | 'random'>;
  readonly listener: ProbeListener;
  /** Who may probe for this one, from now on. */
  readonly onSharers: (sharers: readonly Sharer[]) => void;
  /** Networks that the one that decides lets no probe connect to. */
  readonly onDenyAddresses: (addresses: readonly string[]) => void;
}

export interface SharedProbes {
  /** As in `InstanceListener`. */
  onHolder(holder: string | undefined): void;
  /** This one decides from now on. */
  decides(): void;
  /** For people; undefined: there is nothing to say. */
  notice(): string | undefined;
  /** What it has seen is handed over. */
  close(): Promise<void>;
}

/** Where the one that decides is reached, in the one text of the topic: who wrote it may have been taken over meanwhile. */
interface Contact {
  readonly holder: string;
  readonly url: string;
}

const CONTACT = 'decider';
const LOOK_MS = 1_000;
/** The longest pause after it was refused. */
const REFUSED_MS = 30_000;
/** What nobody has said for a day is forgotten. */
const ANNOUNCE_MS = 3_600_000;

export function createSharedProbes(options: SharedProbesOptions): SharedProbes {
  const { store, clock, logger, self, advertise, connect, probing, onSharers } = options;
  const { holder: own, announce } = store;
  if (own === undefined || announce === undefined) return ALONE;
  /** It is known to nobody but this process, which may be known by its hash for a day longer than it is there. */
  const secret = INSTANCE_SECRET + randomBytes(32).toString('base64url');
  const sharer = { id: self.id, sha256: hash('sha256', secret) };
  let ended = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let isKnown = false;
  let isClosed = false;
  let state: { readonly server: string; readonly fault?: string } | undefined;

  const begin = (work: (end: AbortSignal) => Promise<void>) => {
    ended.abort(ABANDONED);
    state = undefined;
    if (isClosed) return;
    ended = new AbortController();
    const { signal } = ended;
    // One after the other: two would be two workers of one name.
    running = running.then(() => work(signal));
  };
  const everyLook = async (end: AbortSignal, look: () => Promise<'again' | 'done'>) => {
    while (!end.aborted && (await look()) === 'again') await pause(clock, LOOK_MS, end);
  };

  const contactOf = async (holder: string): Promise<string | undefined> => {
    const text = (await store.kept(CONTACT)).find(({ key }) => key === CONTACT)?.text;
    const contact = text === undefined ? undefined : (JSON.parse(text) as Contact);
    return contact?.holder === holder ? contact.url : undefined;
  };
  const say = (server: string, error: ConnectError) => {
    const fault = error.rawMessage;
    if (state?.fault !== fault) logger.warn({ server }, `the probes cannot be shared: ${fault}`);
    state = { server, fault };
  };
  const probeFor = (server: string, end: AbortSignal, onTaken: () => void) =>
    runAgent({
      ...probing,
      id: self.id,
      incarnation: randomBytes(16).toString('hex'),
      place: self.place,
      version: options.version,
      connect: () => connect(server, secret),
      clock,
      onDenyAddresses: options.onDenyAddresses,
      listener: {
        ...options.listener,
        onConnected({ components }) {
          state = { server };
          onTaken();
          logger.info({ server, components }, 'this instance probes for the one that decides');
        },
        onCutOff(error) {
          if (error.code === Code.Unauthenticated) announce(sharer).catch(() => {});
          say(server, error);
        },
      },
      signal: end,
    });
  const share = (holder: string) => async (end: AbortSignal) => {
    let announcedMs = Number.NEGATIVE_INFINITY;
    let refusals = 0;
    const renew = () => {
      if (end.aborted || clock.monotonicMs() < announcedMs + ANNOUNCE_MS) return;
      announcedMs = clock.monotonicMs();
      announce(sharer).catch(() => {
        announcedMs = Number.NEGATIVE_INFINITY;
      });
    };
    const stopRenewing = every(clock, LOOK_MS, renew);
    try {
      // Before it is known there, it would be refused.
      if (!isKnown) await pause(clock, 2 * LOOK_MS, end);
      isKnown = true;
      await everyLook(end, async () => {
        // A database that is gone the log speaks of.
        const server = await contactOf(holder).catch(() => undefined);
        if (server === undefined || end.aborted) return 'again';
        try {
          await probeFor(server, end, () => {
            refusals = 0;
          });
        } catch (error) {
          say(server, error as ConnectError);
          await pause(clock, Math.min(LOOK_MS * 2 ** refusals++, REFUSED_MS), end);
        }
        return 'again';
      });
    } finally {
      stopRenewing();
    }
  };
  const lead = async (end: AbortSignal) => {
    const contact = advertise && JSON.stringify({ holder: own, url: advertise } satisfies Contact);
    let isSaid = false;
    await everyLook(end, async () => {
      try {
        if (contact !== undefined) onSharers((await store.kept(SHARERS)).map(sharerOf));
        if (!isSaid) await store.keep({ topic: CONTACT, texts: new Map([[CONTACT, contact]]) });
        isSaid = true;
        if (contact === undefined) return 'done';
      } catch {
        // As above.
      }
      return 'again';
    });
  };

  return {
    onHolder(holder) {
      if (holder === undefined || advertise === undefined) ended.abort(ABANDONED);
      else begin(share(holder));
    },
    decides: () => begin(lead),
    notice() {
      if (state === undefined) return undefined;
      const { server, fault } = state;
      if (fault === undefined) return `this instance probes for the one that decides, at ${server}`;
      return `this instance cannot probe for the one that decides, at ${server}: ${fault}`;
    },
    async close() {
      isClosed = true;
      ended.abort();
      await running;
    },
  };
}

const ALONE: SharedProbes = { onHolder() {}, decides() {}, notice: () => undefined, close: async () => {} };

/** @see Store.announce */
function sharerOf({ key: id, text }: KeptText): Sharer {
  return { id, sha256: text.slice(text.indexOf(' ') + 1) };
}

/** At once, and again and again, until the result is called. */
function every(clock: Clock, delayMs: number, act: () => void): () => void {
  let stop = () => {};
  const next = () => {
    stop = clock.after(delayMs, next);
    act();
  };
  next();
  return () => stop();
}
