// Health by plain HTTP. `/livez` and `/readyz` are about OpenK itself, for the kubelet; `/healthz/{component}` is about
// what OpenK watches, for load balancers. The two never mix: a watched service that is down must not restart OpenK.
import type { ContextValues } from '@connectrpc/connect';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';
import { findPrincipal, principalOf } from '../services/caller.ts';
import { HEALTH_CONTENT_TYPE, healthHttpStatus, type MemberReader, toHealthDocument } from './health-json.ts';
import { readOnlyRoute } from './page-route.ts';

export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  /** For people; one line, without secrets. */
  readonly detail?: string;
}

/** What OpenK says of itself. */
export interface Readiness {
  /** All of them must be ok. */
  checks(): readonly ReadinessCheck[];
  /** What does not work as it should and is no reason to be unready: lines for people, without secrets. */
  notices(): readonly string[];
}

/** Who asks for a page, which has been let in. */
export type ContextOf = (request: FastifyRequest) => Pick<ContextValues, 'get'>;

export interface HealthRoutesOptions {
  readonly contextOf: ContextOf;
  /** What somebody sees of the components. */
  readonly readerOf: (principal: Principal) => MemberReader;
  readonly readiness: Readiness;
  /** Once it fires, the server is not ready any more. */
  readonly draining: AbortSignal;
}

export function registerHealthRoutes(app: FastifyInstance, options: HealthRoutesOptions): void {
  const { contextOf, readerOf, readiness, draining } = options;

  readOnlyRoute(app, '/livez', (_request, reply) => sendText(reply, 200, 'ok\n'));

  readOnlyRoute(app, '/readyz', (request, reply) => {
    const checks = [...readiness.checks(), { name: 'shutdown', ok: !draining.aborted, detail: 'draining' }];
    const httpStatus = checks.every(({ ok }) => ok) ? 200 : 503;
    const isVerbose = Object.hasOwn(request.query as object, 'verbose');
    const reader = isVerbose ? findPrincipal(contextOf(request), 'READ') : undefined;
    if (reader === undefined) return sendText(reply, httpStatus, shortText(checks));
    // Notices may name components, faults of the configuration above all.
    const notices = reader.selection === undefined ? readiness.notices() : [];
    return sendText(reply, httpStatus, verboseText(checks, notices));
  });

  readOnlyRoute(app, '/healthz/:component', (request, reply) => {
    const { component } = request.params as { component: string };
    const reader = readerOf(principalOf(contextOf(request), 'READ'));
    const health = reader.health(component);
    if (health === undefined) return sendPlain(reply, refusal('COMPONENT_NOT_FOUND', { components: [component] }));
    return (
      reply
        .code(healthHttpStatus(health))
        .headers({ 'content-type': HEALTH_CONTENT_TYPE, 'cache-control': 'no-store' })
        // As bytes: to text Fastify would add a charset, which this media type does not have.
        .send(Buffer.from(JSON.stringify(toHealthDocument(reader, health))))
    );
  });
}

function sendText(reply: FastifyReply, httpStatus: number, text: string): FastifyReply {
  return reply
    .code(httpStatus)
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .send(text);
}

function shortText(checks: readonly ReadinessCheck[]): string {
  const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return failed.length === 0 ? 'ok\n' : `not ready: ${failed.join(', ')}\n`;
}

/** As the Kubernetes API server writes it. */
function verboseText(checks: readonly ReadinessCheck[], notices: readonly string[]): string {
  const lines = checks.map(({ name, ok, detail }) => {
    if (ok) return `[+]${name} ok`;
    return detail === undefined ? `[-]${name} failed` : `[-]${name} failed: ${detail}`;
  });
  lines.push(...notices);
  lines.push(checks.every(({ ok }) => ok) ? 'readyz check passed' : 'readyz check failed');
  return `${lines.join('\n')}\n`;
}
