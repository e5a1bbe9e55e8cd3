// openk.agent.v1.AgentService: what workers are to probe as a stream, and what they have seen in batches. Who probes what, and what
// counts, engine/workers.ts says.
import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type AgentService,
  ObserveResponseSchema,
  type WorkRequest,
  type WorkResponse,
  WorkResponseSchema,
} from '../../gen/openk/agent/v1/agent_pb.ts';
import { isInstance, type Principal } from '../auth/principal.ts';
import type { Clock } from '../core/clock.ts';
import type { Standing } from '../engine/instance.ts';
import { type WorkerHello, type WorkerNews, WorkerReplaced, type Workers } from '../engine/worker-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import { principalOf } from './caller.ts';
import { durationFromProto, durationToProto, timestampFromProto, timestampToProto } from './convert.ts';
import { assignmentToProto, observationFromProto } from './convert-probes.ts';
import { createNewsStreams } from './news-streams.ts';

export interface AgentServiceOptions {
  readonly workers: Pick<Workers, 'join' | 'take'>;
  readonly standing: Standing;
  /** Addresses and networks that no probe connects to, as of now. */
  readonly denyAddresses: () => readonly string[];
  readonly clock: Clock;
  readonly draining: AbortSignal;
}

/** Longest silence of a stream: an agent that hears nothing for three times as long takes it for dead. */
export const WORK_KEEP_ALIVE_MS = 3_000;
/** What is known of sources, and what has been sent here, is known here alone. */
const ONLY_HERE: ReadonlySet<string> = new Set(['discovery', 'alertmanager']);

export function createAgentService(options: AgentServiceOptions): ServiceImpl<typeof AgentService> {
  const { workers, standing, denyAddresses, clock, draining } = options;
  const streams = createNewsStreams(draining);
  const checkStanding = () => {
    const heldBy = standing.heldBy();
    if (heldBy !== undefined) throw refusal('INSTANCE_STANDS_BY', { heldBy });
  };

  return {
    work(request, { values, signal }) {
      const principal = principalOf(values, 'PROBE');
      checkStanding();
      const joined = workers.join(helloOf(request, principal));
      if (!joined.ok) {
        throw joined.why === 'id-taken'
          ? refusal('AGENT_ID_TAKEN', { agent: request.agent })
          : refusal('TOO_MANY_AGENTS', {});
      }
      const { link } = joined;
      let isQuiet = false;
      return streams<WorkResponse>({
        signal,
        subscribe: (wake) => link.subscribe(wake),
        whileQuiet: (wake) =>
          clock.after(WORK_KEEP_ALIVE_MS, () => {
            isQuiet = true;
            wake();
          }),
        read() {
          if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
          const wasQuiet = isQuiet;
          isQuiet = false;
          try {
            const news = link.read();
            if (news !== undefined) return newsToProto(news, denyAddresses());
          } catch (error) {
            if (error instanceof WorkerReplaced) throw refusal('AGENT_REPLACED', { agent: request.agent });
            throw error;
          }
          return wasQuiet ? create(WorkResponseSchema, { event: { case: 'keepAlive', value: {} } }) : undefined;
        },
      });
    },
    observe({ agent, incarnation, sequence, clockSkew, observations, lost, isLast }, { values }) {
      const principal = principalOf(values, 'PROBE');
      checkStanding();
      const nowMs = clock.nowMs();
      const skewMs = clockSkew && durationFromProto(clockSkew);
      const taken = workers.take({
        id: agent,
        incarnation,
        principal: principal.name,
        sequence: Number(sequence),
        seen: observations.map((message) => ({
          component: message.component,
          assignment: message.assignment,
          observation: observationFromProto(message),
          // As long as it is not known how its clock goes, it was just now.
          ageMs: skewMs === undefined ? 0 : nowMs - (timestampFromProto(message.time!) - skewMs),
        })),
        lost: Number(lost),
        skewMs,
        isLast,
      });
      if (!taken.ok) throw refusal('AGENT_UNKNOWN', { agent });
      const { counted, refused } = taken;
      return create(ObserveResponseSchema, { counted, refused, time: timestampToProto(clock.nowMs()) });
    },
  };
}

function helloOf({ agent, incarnation, place, version, kinds }: WorkRequest, principal: Principal): WorkerHello {
  const known = new Set(kinds.filter((kind) => !ONLY_HERE.has(kind)));
  const { selection, name } = principal;
  return {
    id: agent,
    incarnation,
    principal: name,
    place: place === '' ? undefined : place,
    version,
    kind: isInstance(principal) ? 'instance' : 'agent',
    takes: ({ id, labels, subject }) => known.has(subject.kind) && (selection?.takes(id, labels) ?? true),
  };
}

function newsToProto(news: WorkerNews, denyAddresses: readonly string[]): WorkResponse {
  const revision = BigInt(news.revision);
  if (news.kind === 'snapshot') {
    const assignments = news.assignments.map(assignmentToProto);
    const value = { revision, assignments, denyAddresses: [...denyAddresses] };
    return create(WorkResponseSchema, { event: { case: 'snapshot', value } });
  }
  const value = {
    revision,
    assigned: news.assigned.map(assignmentToProto),
    removed: [...news.removed],
    paces: news.paces.map(({ component, intervalMs }) => ({ component, interval: durationToProto(intervalMs) })),
  };
  return create(WorkResponseSchema, { event: { case: 'change', value } });
}
