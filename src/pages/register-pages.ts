// All pages of the port: whatever is no method of a service.
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import type { VisiblePage } from '../services/visible-page.ts';
import { registerAlertRoutes, type SentAlerts } from './alertmanager/alert-routes.ts';
import { registerPageSecurity } from './browser-policy.ts';
import type { BuiltPage } from './dashboard/built-page.ts';
import { registerFrontPage } from './front-page.ts';
import { type ContextOf, type Readiness, registerHealthRoutes } from './health-routes.ts';
import { type LoginOf, registerLoginRoutes } from './login-routes.ts';
import { type MetricsText, registerMetricsRoute } from './metrics-route.ts';
import { registerDocsPage } from './openapi/docs-page.ts';
import { registerOpenapiRoutes } from './openapi/openapi-routes.ts';
import type { PingRoutesOptions } from './pings/ping.ts';
import { registerPingRoutes } from './pings/ping-routes.ts';
import { registerPushRoutes } from './pings/push-routes.ts';
import { type PrometheusSdOptions, registerPrometheusSd } from './prometheus-sd.ts';
import { registerStatusRoutes, type StatusRoutesOptions } from './status-routes.ts';

/** What pages read of the components. */
export type ShownReader = Pick<
  HealthReader,
  | 'rootId'
  | 'revision'
  | 'structureRevision'
  | 'ids'
  | 'redefinedSince'
  | 'health'
  | 'definition'
  | 'parents'
  | 'memberIds'
  | 'slo'
>;

/** What there are pages of. */
export interface PagesOptions {
  readonly health: {
    /** What somebody sees of the components. The same for all who see the same. */
    readonly readerOf: (principal: Principal) => ShownReader;
    readonly readiness: Readiness;
  };
  /** What takes pings of jobs. Left out: nothing does. */
  readonly pings?: Pick<PingRoutesOptions, 'reports' | 'findPing' | 'readerOf'>;
  /** What takes alerts of others. Left out: nothing does. */
  readonly alerts?: SentAlerts;
  /** The dashboard as it was built. Left out: it was not. */
  readonly page?: BuiltPage | undefined;
  /** Loads the OpenAPI document. Left out: there is none, and no page about it. */
  readonly loadDocument?: () => Promise<object>;
  /** Status pages. Left out: there are none. */
  readonly visiblePage?: VisiblePage;
  /** What `GET /metrics` answers, chunk by chunk. Left out: there is nothing there. */
  readonly metricsText?: MetricsText<ShownReader>;
  /** Left out: no targets for Prometheus are named. */
  readonly probeAddress?: PrometheusSdOptions['addressOf'];
}

/** How they are asked for. */
export interface PagesPort extends Pick<StatusRoutesOptions, 'keepAnswer'> {
  readonly contextOf: ContextOf;
  readonly addressOf: PingRoutesOptions['addressOf'];
  readonly loginOf: LoginOf;
  /** Aborted when the shutdown begins. */
  readonly draining: AbortSignal;
}

export function registerPages(app: FastifyInstance, options: PagesOptions, port: PagesPort): void {
  const { pings, alerts, page, loadDocument, visiblePage, metricsText, probeAddress } = options;
  const { readerOf, readiness } = options.health;
  const { contextOf, addressOf, loginOf, draining, keepAnswer } = port;
  registerPageSecurity(app);
  registerLoginRoutes(app, loginOf);
  registerFrontPage(app, {
    hasDocs: loadDocument !== undefined,
    hasMetrics: metricsText !== undefined,
    page,
    contextOf,
    readerOf,
    loginOf,
    draining,
  });
  registerHealthRoutes(app, { contextOf, readerOf, readiness, draining });
  if (alerts !== undefined) registerAlertRoutes(app, alerts);
  if (pings !== undefined) {
    registerPingRoutes(app, { ...pings, contextOf, addressOf });
    registerPushRoutes(app, { ...pings, contextOf, addressOf });
  }
  if (visiblePage !== undefined) {
    registerStatusRoutes(app, { visiblePage, contextOf, loginOf, script: page?.statusPageScript, keepAnswer });
  }
  if (probeAddress !== undefined) registerPrometheusSd(app, { contextOf, readerOf, addressOf: probeAddress });
  if (metricsText !== undefined) registerMetricsRoute(app, { contextOf, readerOf, metricsText });
  if (loadDocument === undefined) return;
  registerOpenapiRoutes(app, loadDocument);
  registerDocsPage(app);
}
