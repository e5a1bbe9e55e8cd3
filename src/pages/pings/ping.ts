// What all pings have in common, whoever's URLs they go to.
import { ConnectError } from '@connectrpc/connect';
import type { Principal } from '../../auth/principal.ts';
import type { AnyRequest } from '../../calls/exchange.ts';
import type { Reports } from '../../services/report-health.ts';
import type { ReaderOf } from '../../services/visible-readers.ts';
import type { ContextOf } from '../health-routes.ts';

export interface PingRoutesOptions {
  readonly reports: Reports;
  /** Who shows a token, and the component that it is about. */
  readonly findPing: (token: string) => { readonly principal: Principal; readonly component: string } | undefined;
  readonly contextOf: ContextOf;
  readonly readerOf: ReaderOf;
  /** Empty where there is no connection. */
  readonly addressOf: (request: AnyRequest) => string;
}

export const PING_METHODS = ['GET', 'HEAD', 'POST'];

/** What a caller is to hear of it; undefined where all went well. @throws what nobody should hear of */
export async function faultOf(done: Promise<unknown>): Promise<ConnectError | undefined> {
  try {
    await done;
    return undefined;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
}
