// Which status pages there are for a caller.
import type { HandlerContext } from '@connectrpc/connect';
import type { Principal } from '../auth/principal.ts';
import type { StatusPageDefinition } from '../core/status-page.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import type { LivePage, StatusPages } from '../status/live-pages.ts';
import { findCredentialRefusal, findPrincipal } from './caller.ts';

/** @throws STATUS_PAGE_NOT_FOUND for a page that there is not and for one that the caller may not see, and what is wrong with his credential */
export type VisiblePage = (id: string, values: Pick<HandlerContext['values'], 'get'>) => LivePage;

export function createVisiblePage(
  pages: Pick<StatusPages, 'find'>,
  reader: Pick<HealthReader, 'definition'>,
): VisiblePage {
  return (id, values) => {
    const page = pages.find(id);
    if (page !== undefined && page.definition.access !== 'PRIVATE') return page;
    const principal = findPrincipal(values, 'STATUS_PAGES');
    if (page !== undefined && principal !== undefined && seesAllOf(page.definition, principal, reader)) return page;
    throw findCredentialRefusal(values) ?? refusal('STATUS_PAGE_NOT_FOUND', { page: id });
  };
}

/** Whether there is such a page, and somebody who may write incidents may write them for it. */
export type MayOperate = (id: string, principal: Principal) => boolean;

export function createMayOperate(
  pages: Pick<StatusPages, 'find'>,
  reader: Pick<HealthReader, 'definition'>,
): MayOperate {
  return (id, principal) => {
    const page = pages.find(id);
    return page !== undefined && seesAllOf(page.definition, principal, reader);
  };
}

/** A page with something that does not exist for the caller is none for him: it would say that it is there. */
function seesAllOf(
  { groups }: StatusPageDefinition,
  { selection }: Principal,
  reader: Pick<HealthReader, 'definition'>,
): boolean {
  if (selection === undefined) return true;
  return groups.every(({ entries }) =>
    entries.every(({ component }) => selection.takes(component, reader.definition(component)?.labels ?? {})),
  );
}
