// `GET /v1/sd/prometheus`: what is watched as targets for Prometheus, as its http_sd takes them
// (prometheus.io/docs/prometheus/latest/http_sd): strict JSON, targets HOST:PORT, labels with texts as values.
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import { kindOf } from '../core/redefined.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { principalOf } from '../services/caller.ts';
import type { ContextOf } from './health-routes.ts';
import { readOnlyRoute } from './page-route.ts';

export interface PrometheusSdOptions {
  readonly contextOf: ContextOf;
  readonly readerOf: (principal: Principal) => Pick<HealthReader, 'ids' | 'definition'>;
  /** HOST:PORT of what a probe looks at; undefined where it has none. */
  readonly addressOf: (kind: string, options: unknown) => string | undefined;
}

/** A little less than a millisecond of work. */
const COMPONENTS_PER_TURN = 500;

export function registerPrometheusSd(
  app: FastifyInstance,
  { contextOf, readerOf, addressOf }: PrometheusSdOptions,
): void {
  readOnlyRoute(app, '/v1/sd/prometheus', async (request, reply) => {
    // Where things are is for those who may ask why they are as they are.
    const reader = readerOf(principalOf(contextOf(request), 'EXPLAIN'));
    const groups: object[] = [];
    for (const [index, id] of reader.ids().entries()) {
      if (index % COMPONENTS_PER_TURN === COMPONENTS_PER_TURN - 1) await new Promise(setImmediate);
      const definition = reader.definition(id);
      if (definition?.subject.type !== 'probe' || definition.part !== undefined) continue;
      const address = addressOf(definition.subject.kind, definition.subject.options);
      if (address === undefined) continue;
      const labels: Record<string, string> = {};
      for (const [name, value] of Object.entries(definition.labels)) {
        labels[`__meta_openk_label_${name.replace(/[^A-Za-z0-9_]/g, '_')}`] = value;
      }
      labels.__meta_openk_component = id;
      labels.__meta_openk_kind = kindOf(definition);
      labels.__meta_openk_display_name = definition.displayName ?? id;
      // Stays without relabelling, so that two components on one port are two targets.
      labels.component = id;
      groups.push({ targets: [address], labels });
    }
    return reply
      .headers({ 'cache-control': 'no-store' })
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(groups));
  });
}
