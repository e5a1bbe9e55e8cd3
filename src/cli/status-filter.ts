// The stream as those see it who want to know of some statuses only. The server chooses by what a component is, not by how it is.
import { create } from '@bufbuild/protobuf';
import {
  type ComponentHealth,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { type KnownStatus, statusOf } from './health-text.ts';

/**
 * Leaves out components of other statuses. One that had one of these is in the change that takes it away, since that is news.
 * @param statuses empty: nothing is left out
 */
export function createStatusFilter(
  statuses: readonly KnownStatus[],
): (response: WatchHealthResponse) => WatchHealthResponse {
  if (statuses.length === 0) return (response) => response;
  let shown = new Set<string>();
  const isWanted = (health: ComponentHealth) => statuses.includes(statusOf(health));
  const isNews = (health: ComponentHealth) => {
    if (!isWanted(health)) return shown.delete(health.component);
    shown.add(health.component);
    return true;
  };
  return (response) => {
    const { event } = response;
    if (event.case === 'snapshot') {
      const { revision } = event.value;
      const components = event.value.components.filter(isWanted);
      shown = new Set(components.map(({ component }) => component));
      return create(WatchHealthResponseSchema, { event: { case: 'snapshot', value: { revision, components } } });
    }
    if (event.case === 'change') {
      const { revision } = event.value;
      const components = event.value.components.filter(isNews);
      const removed = event.value.removed.filter((id) => shown.delete(id));
      return create(WatchHealthResponseSchema, { event: { case: 'change', value: { revision, components, removed } } });
    }
    return response;
  };
}
