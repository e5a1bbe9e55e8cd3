// ListDeliveries: a page ends at the number of a delivery, and none is given twice.
import { create } from '@bufbuild/protobuf';
import {
  type ListDeliveriesRequest,
  type ListDeliveriesResponse,
  ListDeliveriesResponseSchema,
} from '../../gen/openk/alerts/v1/alerts_pb.ts';
import type { AlertLog, Delivery, DeliveryQuery } from '../core/alert.ts';
import { deliveryStatesFromProto, deliveryToProto } from './convert-alerts.ts';
import { createPageToken, parsePageToken } from './page-token.ts';

const DEFAULT_PAGE_SIZE = 50;
/** Looked at together, for those who see some of them only. */
const LOOKED_AT = 1000;

/**
 * @param isSeen undefined: all are
 * @throws INVALID_PAGE_TOKEN, and what the log throws
 */
export async function listDeliveries(
  log: Pick<AlertLog, 'deliveries'>,
  isSeen: ((delivery: Delivery) => boolean) | undefined,
  { alert, channel, state, pageSize, pageToken }: ListDeliveriesRequest,
): Promise<ListDeliveriesResponse> {
  const states = deliveryStatesFromProto(state);
  const filters = JSON.stringify(['deliveries', alert, channel, states]);
  const place = parsePageToken(pageToken, filters);
  const query = {
    ...(alert !== '' && { alert }),
    ...(channel !== '' && { channel }),
    ...(states.length > 0 && { states }),
    ...(place && { beforeNumber: Number(place.last) }),
  };
  const size = pageSize || DEFAULT_PAGE_SIZE;
  // One more than fits: only then is it known that this page is not the last.
  const found = await newest(log, { ...query, limit: size + 1 }, isSeen);
  const page = found.slice(0, size);
  return create(ListDeliveriesResponseSchema, {
    deliveries: page.map(deliveryToProto),
    ...(found.length > size && {
      nextPageToken: createPageToken({ last: String(page.at(-1)!.number), revision: 0 }, filters),
    }),
  });
}

async function newest(
  log: Pick<AlertLog, 'deliveries'>,
  query: DeliveryQuery,
  isSeen: ((delivery: Delivery) => boolean) | undefined,
): Promise<readonly Delivery[]> {
  if (isSeen === undefined) return log.deliveries(query);
  const found: Delivery[] = [];
  let next: DeliveryQuery = { ...query, limit: LOOKED_AT };
  for (;;) {
    const deliveries = await log.deliveries(next);
    found.push(...deliveries.filter(isSeen));
    if (deliveries.length < LOOKED_AT || found.length >= query.limit) return found.slice(0, query.limit);
    next = { ...next, beforeNumber: deliveries.at(-1)!.number };
  }
}
