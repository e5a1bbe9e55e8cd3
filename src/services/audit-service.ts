// openk.audit.v1.AuditService: who changed what. A page ends at the number of an entry, and none is given twice, so that new
// entries move nothing.
import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type AuditService,
  type ListAuditRequest,
  ListAuditResponseSchema,
} from '../../gen/openk/audit/v1/audit_pb.ts';
import type { Selection } from '../core/selection.ts';
import { type AuditQuery, type NumberedAuditEntry, type Store, StoreFault } from '../core/store.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import { principalOf } from './caller.ts';
import { timestampFromProto, timestampToProto } from './convert.ts';
import { createPageToken, parsePageToken } from './page-token.ts';

export interface AuditServiceOptions {
  readonly log: Pick<Store, 'audit'>;
  /** It could not be read. Must not throw. */
  readonly onFault: (fault: StoreFault) => void;
  readonly reader: Pick<HealthReader, 'definition'>;
}

const DEFAULT_PAGE_SIZE = 50;
/** Entries looked at together, for those who may see some of them only. */
const LOOKED_AT = 1000;

export function createAuditService({ log, onFault, reader }: AuditServiceOptions): ServiceImpl<typeof AuditService> {
  const ask = async (query: AuditQuery) => {
    try {
      return await log.audit(query);
    } catch (fault) {
      if (!(fault instanceof StoreFault)) throw fault;
      onFault(fault);
      throw refusal('HISTORY_UNAVAILABLE', {});
    }
  };
  const isSeen = ({ component }: NumberedAuditEntry, selection: Selection) =>
    component !== '' && selection.takes(component, reader.definition(component)?.labels ?? {});
  /** As many as are asked for, as far as there are. */
  const newest = async (query: AuditQuery, selection: Selection | undefined) => {
    if (selection === undefined) return ask(query);
    const found: NumberedAuditEntry[] = [];
    let next: AuditQuery = { ...query, limit: LOOKED_AT };
    for (;;) {
      const entries = await ask(next);
      found.push(...entries.filter((entry) => isSeen(entry, selection)));
      if (entries.length < LOOKED_AT || found.length >= query.limit) return found.slice(0, query.limit);
      next = { ...next, beforeNumber: entries.at(-1)!.number };
    }
  };

  return {
    async listAudit(request, { values }) {
      const { selection } = principalOf(values, 'ADMIN');
      const filters = parseFilters(request);
      const text = JSON.stringify(['audit', filters]);
      const place = parsePageToken(request.pageToken, text);
      const pageSize = request.pageSize === 0 ? DEFAULT_PAGE_SIZE : request.pageSize;
      const before = place && { beforeNumber: Number(place.last) };
      // One more than fits: only then is it known that this page is not the last.
      const found = await newest({ ...filters, ...before, limit: pageSize + 1 }, selection);
      const page = found.slice(0, pageSize);
      return create(ListAuditResponseSchema, {
        entries: page.map(({ atMs, principal, address, action, component, detail }) => {
          return { time: timestampToProto(atMs), principal, address, action, component, detail };
        }),
        ...(found.length > pageSize && {
          nextPageToken: createPageToken({ last: String(page.at(-1)!.number), revision: 0 }, text),
        }),
      });
    },
  };
}

/** @throws INVALID_REQUEST for times that are no range */
function parseFilters({ from, to, principal, component }: ListAuditRequest): Omit<AuditQuery, 'limit'> {
  const fromMs = from && timestampFromProto(from);
  const toMs = to && timestampFromProto(to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) throw invalidField('from', 'must be before to');
  return {
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    ...(principal !== '' && { principal }),
    ...(component !== '' && { component }),
  };
}
