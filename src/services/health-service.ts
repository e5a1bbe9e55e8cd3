// openk.health.v1.HealthService: what each method answers. Requests have passed validation; how they came here (gRPC,
// gRPC-Web, Connect, REST) is not known here.
import { clone, create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { type Component, ComponentSchema } from '../../gen/openk/config/v1/config_pb.ts';
import {
  ExplainHealthRequestSchema,
  GetComponentResponseSchema,
  GetHealthRequestSchema,
  type HealthService,
  ListComponentsRequestSchema,
  ListTransitionsRequestSchema,
  ReportHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { Scope } from '../auth/scope.ts';
import type { Clock } from '../core/clock.ts';
import { nextDueTimes } from '../core/due-times.ts';
import type { Health } from '../core/health.ts';
import type { NextMaintenance } from '../core/imposed-maintenance.ts';
import type { StoreFault } from '../core/store.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { DECIDES, type Standing } from '../engine/instance.ts';
import { refusal } from '../errors/to-connect.ts';
import { addressOf, principalOf } from './caller.ts';
import {
  explanationToProto,
  healthToAnswer,
  healthToProto,
  periodToProto,
  phasesToProto,
  timestampToProto,
} from './convert.ts';
import { endOf } from './end-of-call.ts';
import { createGetAvailability } from './get-availability.ts';
import { healthAt } from './health-at.ts';
import { type HistoryReader, withApiErrors } from './history-reader.ts';
import { listComponents } from './list-components.ts';
import { listTransitions } from './list-transitions.ts';
import { createNewsStreams } from './news-streams.ts';
import { onceATurn, questionKey } from './once-a-turn.ts';
import { type Reports, reportFromProto } from './report-health.ts';
import { createSharedQuestions } from './shared-questions.ts';
import { visibleHistory } from './visible-history.ts';
import type { ReaderOf } from './visible-readers.ts';
import { watchHealth } from './watch-health.ts';

const DEFAULT_KEEP_ALIVE_MS = 15_000;
/** How many periods of maintenance, and times at which a report is due, GetComponent says. */
const MAX_NEXT = 5;

/** A component as configured, with defaults and without secrets. */
export interface Described {
  readonly definition: Component;
  /** Fields that are configured and not in the definition, by path. */
  readonly hidden: readonly string[];
}

export interface HealthServiceOptions {
  readonly readerOf: ReaderOf;
  readonly reports: Reports;
  readonly history: HistoryReader;
  /** History could not be read. Must not throw. */
  readonly onHistoryFault: (fault: StoreFault) => void;
  /** Undefined where there is none. */
  readonly describe: (id: string) => Described | undefined;
  /** The maintenance periods of a component from a time on, the one that goes on included: at most `count`. */
  readonly nextMaintenance: (nowMs: number) => NextMaintenance;
  readonly clock: Clock;
  /** Fires when the server begins to shut down: ends every stream with SHUTTING_DOWN. */
  readonly draining: AbortSignal;
  /** Default: this one decides. */
  readonly standing?: Standing;
  /** Longest silence of a WatchHealth stream, in milliseconds. Default: 15,000. */
  readonly keepAliveMs?: number;
}

export function createHealthService(options: HealthServiceOptions): ServiceImpl<typeof HealthService> {
  const { readerOf, reports, describe, nextMaintenance, clock, draining, standing = DECIDES } = options;
  const { keepAliveMs = DEFAULT_KEEP_ALIVE_MS } = options;
  const history = withApiErrors(options.history, options.onHistoryFault);

  const questions = createSharedQuestions({ atOnce: 8, waiting: 1_000 });
  const stream = createNewsStreams(draining);

  /** What the caller sees. @throws UNAUTHENTICATED and PERMISSION_DENIED ones */
  const seenBy = ({ values }: Pick<HandlerContext, 'values'>, scope: Scope) => readerOf(principalOf(values, scope));
  /** The same of what is remembered. */
  const pastSeenBy = ({ values }: Pick<HandlerContext, 'values'>, scope: Scope) => {
    const principal = principalOf(values, scope);
    const reader = readerOf(principal);
    const isExplained = principal.scopes.has('EXPLAIN');
    return { reader, history: visibleHistory(history, reader, principal), clock, isExplained };
  };

  const listOnceATurn = onceATurn(ListComponentsRequestSchema, (request, reader) => listComponents(reader, request));
  const explainOnceATurn = onceATurn(ExplainHealthRequestSchema, ({ component }, reader) => {
    const id = component || reader.rootId;
    const health = healthOf(reader, id);
    const explanation = reader.explain(id);
    if (explanation === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [id] });
    return explanationToProto(explanation, health);
  });
  const getAvailability = createGetAvailability();

  return {
    getHealth(request, context) {
      const { component, at } = request;
      if (at === undefined) {
        const reader = seenBy(context, 'READ');
        return healthToAnswer(healthOf(reader, component || reader.rootId));
      }
      const past = pastSeenBy(context, 'READ');
      const { reader } = past;
      const answer = () => healthAt(past, component || reader.rootId, at);
      return questions.ask(`at ${questionKey(GetHealthRequestSchema, request, reader)}`, answer, context);
    },

    listComponents: (request, context) => listOnceATurn(request, seenBy(context, 'READ')),

    getComponent({ component }, context) {
      const reader = seenBy(context, 'EXPLAIN');
      const id = component || reader.rootId;
      const health = healthOf(reader, id);
      const described = describe(id);
      const subject = reader.definition(id)?.subject;
      const nowMs = clock.nowMs();
      return create(GetComponentResponseSchema, {
        health: healthToProto(health),
        parents: [...reader.parents(id)],
        ...(described && { definition: definitionSeen(described.definition, reader), hidden: [...described.hidden] }),
        ...(health.phases && { phases: phasesToProto(health.phases) }),
        nextMaintenance: nextMaintenance(nowMs)(id, MAX_NEXT).map(periodToProto),
        nextDue: subject === undefined ? [] : nextDueTimes(subject, nowMs, MAX_NEXT).map(timestampToProto),
      });
    },

    watchHealth: (request, context) =>
      watchHealth(
        { reader: seenBy(context, 'READ'), clock, stream, draining, standing, keepAliveMs },
        request,
        endOf(context),
      ),

    async reportHealth(request, { values }) {
      const author = { principal: principalOf(values, 'REPORT'), address: addressOf(values) };
      const health = await reports.report(author, request.component, reportFromProto(request));
      return create(ReportHealthResponseSchema, { health: healthToProto(health) });
    },

    explainHealth: (request, context) => explainOnceATurn(request, seenBy(context, 'EXPLAIN')),

    listTransitions(request, context) {
      const past = pastSeenBy(context, 'READ');
      const answer = async () => Object.freeze(await listTransitions(past, request));
      const key = `transitions ${questionKey(ListTransitionsRequestSchema, request, past.reader)}`;
      return questions.ask(key, answer, context);
    },

    getAvailability: (request, context) => getAvailability(request, context, pastSeenBy(context, 'READ')),
  };
}

/** @throws COMPONENT_NOT_FOUND */
function healthOf(reader: HealthReader, id: string): Health {
  const health = reader.health(id);
  if (health === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [id] });
  return health;
}

/** The same where it names nothing that is hidden. */
function definitionSeen(definition: Component, reader: HealthReader): Component {
  const isSeen = (id: string) => reader.definition(id) !== undefined;
  const { dependsOn, kind } = definition;
  const members = kind.case === 'group' ? kind.value.members : [];
  if (dependsOn.every(isSeen) && members.every(({ component }) => isSeen(component))) return definition;
  const seen = clone(ComponentSchema, definition);
  seen.dependsOn = dependsOn.filter(isSeen);
  if (seen.kind.case === 'group') seen.kind.value.members = members.filter(({ component }) => isSeen(component));
  return seen;
}
