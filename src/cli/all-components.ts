// All components that a server shows, page by page.
import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import { type ListComponentsResponse, ListComponentsResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import type { HealthClient } from './connection.ts';
import type { KnownStatus } from './health-text.ts';

export interface ComponentFilters {
  readonly label?: string[];
  readonly status?: KnownStatus[];
  /** Of whose members. */
  readonly group?: string;
}

/** The most that the API gives at once. */
const PAGE_SIZE = 1000;

/** As one page. Its revision is that of the first: a watcher from there misses nothing. */
export async function allComponents(
  client: HealthClient,
  { label = [], status = [], group: parent = '' }: ComponentFilters,
  options: CallOptions,
): Promise<ListComponentsResponse> {
  const all = create(ListComponentsResponseSchema);
  let pageToken = '';
  do {
    const page = await client.listComponents({ label, status, parent, pageSize: PAGE_SIZE, pageToken }, options);
    if (pageToken === '') all.revision = page.revision;
    for (const component of page.components) all.components.push(component);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all;
}
