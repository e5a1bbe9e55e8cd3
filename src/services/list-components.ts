// ListComponents: pages over the ids, which are sorted. A page starts by binary search behind the last id of the page
// before, so that pages stay true while components come and go, and nothing but the page is converted.
import { create } from '@bufbuild/protobuf';
import {
  type ComponentSummary,
  type ListComponentsRequest,
  type ListComponentsResponse,
  ListComponentsResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { ComponentDefinition } from '../core/definition.ts';
import type { Health } from '../core/health.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { candidateIds, parseLabels } from './component-filters.ts';
import { createSummaryWithHealth, MANY_COMPONENTS, statusToProto, summaryToProto } from './convert.ts';
import { createPageToken, parsePageToken } from './page-token.ts';

const DEFAULT_PAGE_SIZE = 50;

/** @throws INVALID_PAGE_TOKEN, INVALID_LABEL_SELECTOR; COMPONENT_NOT_FOUND for an unknown parent. */
export function listComponents(reader: HealthReader, request: ListComponentsRequest): ListComponentsResponse {
  const isSelected = parseFilters(request);
  const ids = candidateIds(reader, request.parent);
  const filters = filterKey(request);
  const pageSize = request.pageSize === 0 ? DEFAULT_PAGE_SIZE : request.pageSize;
  const place = parsePageToken(request.pageToken, filters);
  // Of the first page: what changed while the others were asked for, a watcher from there receives.
  const revision = place?.revision ?? reader.revision;
  const components: ComponentSummary[] = [];
  const toSummary = ids.length < MANY_COMPONENTS ? summaryToProto : createSummaryWithHealth;
  const start = place === undefined ? 0 : firstPositionAfter(ids, place.last);
  for (let position = start; position < ids.length; position++) {
    const id = ids[position]!;
    const definition = reader.definition(id);
    const health = reader.health(id);
    if (definition === undefined || health === undefined || !isSelected(definition, health)) continue;
    // One more than fits: only now is it known that this page is not the last.
    if (components.length === pageSize) {
      const nextPageToken = createPageToken({ last: components.at(-1)!.id, revision }, filters);
      return create(ListComponentsResponseSchema, { components, nextPageToken, revision: BigInt(revision) });
    }
    components.push(toSummary(definition, reader.parents(id), health));
  }
  return create(ListComponentsResponseSchema, { components, revision: BigInt(revision) });
}

function parseFilters({ status, label }: ListComponentsRequest) {
  const statuses = new Set(status);
  const hasLabels = parseLabels(label);
  return (definition: ComponentDefinition, health: Health): boolean =>
    (statuses.size === 0 || statuses.has(statusToProto(health.status))) && hasLabels(definition.labels);
}

/** The same for requests that select the same, whatever the order of their filters. */
function filterKey({ status, label, parent }: ListComponentsRequest): string {
  return JSON.stringify([[...new Set(status)].sort(), [...new Set(label)].sort(), parent]);
}

/** Ids are sorted by code unit, which is what `<=` compares by. */
function firstPositionAfter(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle]! <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
