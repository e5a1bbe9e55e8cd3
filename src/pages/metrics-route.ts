// `GET /metrics` for Prometheus, in its text format 0.0.4.
import type { FastifyInstance } from 'fastify';
import { createFairWakeUps } from '../services/fair-wake-ups.ts';
import { takesGzip } from './openapi/content-encoding.ts';
import { readOnlyRoute } from './read-only-route.ts';
import { createSharedScrape } from './shared-scrape.ts';

/** A few milliseconds of work. */
const ANSWERS_PER_TURN = 25;

/** @param metricsText one scrape, slice by slice */
export function registerMetricsRoute(app: FastifyInstance, metricsText: () => AsyncIterable<string>): void {
  const scrape = createSharedScrape(metricsText, () => performance.now());
  const wakeUps = createFairWakeUps(ANSWERS_PER_TURN);
  readOnlyRoute(app, '/metrics', async (request, reply) => {
    const { text, gzipped } = await scrape();
    // Thousands may wait for one scrape.
    await new Promise<void>((resolve) => wakeUps.add({ resume: resolve }));
    reply.headers({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'accept-encoding',
    });
    if (!takesGzip(request.headers['accept-encoding'])) return reply.send(text);
    return reply.header('content-encoding', 'gzip').send(await gzipped());
  });
}
