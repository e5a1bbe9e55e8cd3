// ListTransitions: which changes, the newest first, and where the next page begins. A page ends at a revision, and no
// revision is ever given twice, so that new changes move nothing.
import { create } from '@bufbuild/protobuf';
import {
  type ListTransitionsRequest,
  type ListTransitionsResponse,
  ListTransitionsResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { Transition, TransitionQuery } from '../core/store.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import { timestampFromProto } from './convert.ts';
import { transitionToProto } from './convert-history.ts';
import { type HistoryReader, isRemembered } from './history-reader.ts';
import { membersBelow } from './members-below.ts';
import { createPageToken, parsePageToken } from './page-token.ts';

const DEFAULT_PAGE_SIZE = 50;
/** Ids that one question to the store takes. */
const MAX_IDS = 10_000;

/** @throws INVALID_REQUEST for times that are no range, INVALID_PAGE_TOKEN, COMPONENT_NOT_FOUND, HISTORY_UNAVAILABLE */
export async function listTransitions(
  { reader, history }: { readonly reader: HealthReader; readonly history: HistoryReader },
  request: ListTransitionsRequest,
): Promise<ListTransitionsResponse> {
  const id = request.component || reader.rootId;
  const range = parseRange(request);
  const filters = JSON.stringify([id, range.fromMs, range.toMs, request.includeMembers]);
  const pageSize = request.pageSize === 0 ? DEFAULT_PAGE_SIZE : request.pageSize;
  const components = [id, ...(request.includeMembers ? membersBelow(reader, id) : [])];
  const place = parsePageToken(request.pageToken, filters);
  // What is published is in the store; what is in the store may not be published yet, and is left to a watcher from here.
  const revision = place?.revision ?? reader.revision;
  const found = await newest(history, {
    components,
    ...range,
    beforeRevision: place === undefined ? revision + 1 : Number(place.last),
    // One more than fits: only then is it known that this page is not the last.
    limit: pageSize + 1,
  });
  if (found.length === 0 && !(await isRemembered(reader, history, id))) {
    throw refusal('COMPONENT_NOT_FOUND', { components: [id] });
  }
  const page = found.slice(0, pageSize);
  return create(ListTransitionsResponseSchema, {
    transitions: page.map(transitionToProto),
    revision: BigInt(revision),
    ...(found.length > pageSize && {
      nextPageToken: createPageToken({ last: String(page.at(-1)!.revision), revision }, filters),
    }),
  });
}

function parseRange({ from, to }: ListTransitionsRequest): Pick<TransitionQuery, 'fromMs' | 'toMs'> {
  const fromMs = from && timestampFromProto(from);
  const toMs = to && timestampFromProto(to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw invalidField('from', 'must be before to');
  }
  return { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
}

async function newest(history: HistoryReader, query: TransitionQuery): Promise<readonly Transition[]> {
  const questions: Promise<readonly Transition[]>[] = [];
  for (let start = 0; start < query.components.length; start += MAX_IDS) {
    questions.push(history.transitions({ ...query, components: query.components.slice(start, start + MAX_IDS) }));
  }
  const [first = [], ...others] = await Promise.all(questions);
  if (others.length === 0) return first;
  return [first, ...others]
    .flat()
    .sort((a, b) => b.revision - a.revision)
    .slice(0, query.limit);
}
