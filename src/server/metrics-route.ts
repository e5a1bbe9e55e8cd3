// `GET /metrics` for Prometheus, in its text format 0.0.4.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { readOnlyRoute } from './read-only-route.ts';

/** @param metricsText one scrape, chunk by chunk */
export function registerMetricsRoute(app: FastifyInstance, metricsText: () => AsyncIterable<string>): void {
  readOnlyRoute(app, '/metrics', (_request, reply) =>
    reply
      .headers({ 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' })
      .send(Readable.from(metricsText())),
  );
}
