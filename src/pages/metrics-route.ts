// `GET /metrics` for Prometheus, in its text format 0.0.4.
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import { addVary } from '../protocols/vary.ts';
import { principalOf } from '../services/caller.ts';
import { createFairWakeUps } from '../services/fair-wake-ups.ts';
import { takesGzip } from './content-encoding.ts';
import type { ContextOf } from './health-routes.ts';
import { readOnlyRoute } from './page-route.ts';
import { createSharedScrape, type MetricsSlice } from './shared-scrape.ts';

/** A few milliseconds of work. */
const ANSWERS_PER_TURN = 25;

/** What is to be scraped, slice by slice: everything, or no more than what one reader has of the components. */
export type MetricsText<Reader> = (only?: Reader) => AsyncIterable<MetricsSlice>;

export interface MetricsRouteOptions<Reader extends object> {
  readonly contextOf: ContextOf;
  /** What somebody sees of the components. The same for all who see the same. */
  readonly readerOf: (principal: Principal) => Reader;
  readonly metricsText: MetricsText<Reader>;
}

export function registerMetricsRoute<Reader extends object>(
  app: FastifyInstance,
  { contextOf, readerOf, metricsText }: MetricsRouteOptions<Reader>,
): void {
  const create = (only?: Reader) =>
    createSharedScrape(
      () => metricsText(only),
      () => performance.now(),
    );
  const whole = create();
  const parts = new WeakMap<Reader, ReturnType<typeof create>>();
  const scrapeOf = (principal: Principal) => {
    if (principal.selection === undefined) return whole;
    const reader = readerOf(principal);
    const scrape = parts.get(reader) ?? create(reader);
    parts.set(reader, scrape);
    return scrape;
  };
  const wakeUps = createFairWakeUps(ANSWERS_PER_TURN);
  readOnlyRoute(app, '/metrics', async (request, reply) => {
    const scrape = await scrapeOf(principalOf(contextOf(request), 'READ'))();
    // Thousands may wait for one scrape.
    await new Promise<void>((resolve) => wakeUps.add({ resume: resolve }));
    reply.headers({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
    });
    addVary(reply, 'accept-encoding');
    if (!takesGzip(request.headers['accept-encoding'])) {
      const body = request.method === 'HEAD' ? '' : await scrape.text();
      return reply.header('content-length', scrape.length).send(body);
    }
    return reply.header('content-encoding', 'gzip').send(scrape.gzipped());
  });
}
