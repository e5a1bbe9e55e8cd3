// One stream for all tabs of a browser: what comes is sent to each.
import { Code, type ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { AlertService } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { createAlertsWatch } from './alerts-watch.ts';
import { readBeginning } from './beginning.ts';
import { type FromWorker, PING_MS, type ToWorker, UNANSWERED_PINGS } from './between.ts';
import { keepWatching, type Watcher } from './keep-watching.ts';
import { createKnown } from './known.ts';
import { createLatencies } from './latencies.ts';
import type { FromFeed, Series } from './messages.ts';

export interface FeedOptions {
  readonly transport: Transport;
  /** Latencies of the last hour. */
  readonly askLatency: (id: string) => Promise<Series>;
  /** Whether the login could be prolonged, so that the server may be asked again. */
  readonly refreshLogin: () => Promise<boolean>;
  /** Where somebody can log in; undefined where nobody can. */
  readonly loginAt: () => Promise<string | undefined>;
}

export interface Feed {
  /**
   * The stream begins with the first.
   * @param post sends to the new tab @param left called when nobody is there any more @param beginning what the tab knows, as it came
   */
  join(post: (message: FromWorker) => void, left: () => void, beginning?: string): Tab;
  retry(): void;
  close(): void;
}

export interface Tab {
  receive(message: ToWorker): void;
}

interface Member {
  readonly post: (message: FromWorker) => void;
  readonly leave: () => void;
  unanswered: number;
}

/** Changes come as often as somebody sees a difference, whatever their number: with a quarter more and a frame, within a tenth of a second. */
const CHANGES_EVERY = { nanos: 40_000_000 };
const KEEP_ALIVE_S = 5;
/** A login that was just prolonged and is refused all the same is refused for good. */
const REFRESH_EVERY_MS = 30_000;

export function createFeed({ transport, askLatency, refreshLogin, loginAt }: FeedOptions): Feed {
  const client = createClient(HealthService, transport);
  const known = createKnown();
  const members = new Set<Member>();
  const latencies = createLatencies(askLatency);
  let lost: FromFeed | undefined;
  let refreshedAt = 0;

  const send = (messages: Iterable<FromFeed>) => {
    for (const message of messages) for (const { post } of members) post(message);
  };
  const alerts = createAlertsWatch(createClient(AlertService, transport), (message) => send([message]));
  let watcher: Watcher | undefined;
  const watch = () =>
    keepWatching({
      keepAliveMs: KEEP_ALIVE_S * 1_000,
      open(signal) {
        const { revision: sinceRevision, structure } = known;
        const request = {
          summaries: true,
          sinceRevision,
          structure,
          minInterval: CHANGES_EVERY,
          keepAlive: { seconds: BigInt(KEEP_ALIVE_S) },
        };
        return client.watchHealth(request, { signal });
      },
      receive(response) {
        lost = undefined;
        send(known.take(response));
        alerts.open();
      },
      async lost(event) {
        // Who has lost the one has lost both.
        alerts.close();
        // The server has another past than the one that this revision is of.
        if (event.error.code === Code.InvalidArgument) known.distrust();
        const { at, error, retryAt } = event;
        const message = { type: 'lost', at, reason: reasonOf(error), retryAt } as const;
        lost = message;
        send([message]);
        if (error.code !== Code.Unauthenticated) return;
        if (Date.now() - refreshedAt > REFRESH_EVERY_MS) {
          refreshedAt = Date.now();
          if (await refreshLogin()) return watcher?.retry();
        }
        const login = await loginAt();
        if (lost !== message || login === undefined) return;
        lost = { ...message, login };
        send([lost]);
      },
    });

  const pings = setInterval(() => {
    for (const member of members) {
      if (member.unanswered++ < UNANSWERED_PINGS) member.post({ type: 'ping' });
      else {
        member.post({ type: 'unknown' });
        member.leave();
      }
    }
  }, PING_MS);

  return {
    join(post, left, beginning) {
      const member: Member = {
        post,
        leave() {
          if (!members.delete(member)) return;
          left();
        },
        unanswered: 0,
      };
      members.add(member);
      const begun = beginning === undefined ? undefined : readBeginning(beginning);
      if (watcher === undefined && begun !== undefined) known.begin(begun);
      else for (const message of begun === undefined ? known.everything() : known.since(begun)) post(message);
      for (const message of alerts.everything()) post(message);
      watcher ??= watch();
      if (lost !== undefined) post(lost);
      return {
        receive(message) {
          member.unanswered = 0;
          if (message.type === 'retry') watcher?.retry();
          else if (message.type === 'latencies') latencies.ask(message.ids, post);
          else if (message.type === 'close') member.leave();
        },
      };
    },
    retry: () => watcher?.retry(),
    close() {
      watcher?.close();
      alerts.close();
      clearInterval(pings);
      for (const { leave } of members) leave();
    },
  };
}

function reasonOf({ code, rawMessage }: ConnectError): string {
  if (code === Code.Unauthenticated) return 'nobody is logged in';
  if (code === Code.PermissionDenied) return 'this login may not see what is here';
  // What browsers say where there is no server.
  if (code === Code.Unknown || code === Code.Internal) return 'the server does not answer';
  return rawMessage;
}
