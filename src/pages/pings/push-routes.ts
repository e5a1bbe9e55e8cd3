// Pings as Uptime Kuma's push monitors and Gatus' external endpoints take them, so that no cron line needs a change that was written for one
// of those.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { durationToMs, parseDuration } from '../../config/duration.ts';
import { invalidField, refusal } from '../../errors/to-connect.ts';
import { httpStatusOf } from '../../errors/to-http.ts';
import { sendPlain } from '../../protocols/plain-answer.ts';
import { principalOf } from '../../services/caller.ts';
import { pageRoute } from '../page-route.ts';
import { faultOf, PING_METHODS, type PingRoutesOptions } from './ping.ts';

/** Milliseconds. Kuma refuses more. */
const MAX_PING_MS = 1e11;

export function registerPushRoutes(app: FastifyInstance, options: PingRoutesOptions): void {
  const { reports, findPing, contextOf, readerOf, addressOf } = options;

  pageRoute(app, PING_METHODS, '/api/push/:token', async (request, reply) => {
    const { token = '' } = request.params as { readonly token?: string };
    const found = findPing(token);
    if (found === undefined) return sendOk(reply, 404, 'Monitor not found or not active.');
    const { status = 'up', msg = '', ping = '' } = request.query as Readonly<Record<string, unknown>>;
    const durationMs = pingMs(String(ping));
    if (durationMs === 'wrong') return sendOk(reply, 400, 'ping is no number of milliseconds');
    const author = { principal: found.principal, address: addressOf(request.raw) };
    const report = {
      // Any other word is down.
      outcome: status === 'up' ? ('HEALTHY' as const) : ('UNHEALTHY' as const),
      message: String(msg),
      ...(durationMs !== undefined && { durationMs }),
    };
    const fault = await faultOf(reports.report(author, found.component, report));
    return fault === undefined ? sendOk(reply, 200) : sendOk(reply, httpStatusOf(fault), fault.rawMessage);
  });

  pageRoute(app, ['POST'], '/api/v1/endpoints/:key/external', async (request, reply) => {
    const principal = principalOf(contextOf(request), 'REPORT');
    const { key = '' } = request.params as { readonly key?: string };
    const { success, error = '', duration = '' } = request.query as Readonly<Record<string, unknown>>;
    if (success !== 'true' && success !== 'false') {
      return sendPlain(reply, invalidField('success', 'must be true or false'));
    }
    const took = duration === '' ? undefined : parseDuration(String(duration));
    if (duration !== '' && took === undefined) {
      return sendPlain(reply, invalidField('duration', 'must be a duration such as 10s or 1m30s'));
    }
    const ids = readerOf(principal).ids();
    const component = ids.find((id) => id === key) ?? ids.find((id) => gatusKey(id) === gatusKey(key));
    if (component === undefined) return sendPlain(reply, refusal('COMPONENT_NOT_FOUND', { components: [key] }));
    const report = {
      outcome: success === 'true' ? ('HEALTHY' as const) : ('UNHEALTHY' as const),
      message: success === 'true' ? '' : String(error),
      ...(took && { durationMs: durationToMs(took) }),
    };
    const fault = await faultOf(reports.report({ principal, address: addressOf(request.raw) }, component, report));
    return fault === undefined ? reply.code(200).header('cache-control', 'no-store').send() : sendPlain(reply, fault);
  });
}

/** Undefined where nobody measured. Kuma takes 0 for that, too. */
function pingMs(text: string): number | undefined | 'wrong' {
  if (text === '') return undefined;
  const ms = Number(text);
  if (!(ms >= 0 && ms <= MAX_PING_MS)) return 'wrong';
  return ms === 0 ? undefined : ms;
}

/** As Gatus makes keys of the names of groups and endpoints: what is no letter and no digit is a hyphen. Without a group a key begins with `_`. */
function gatusKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/^_/, '')
    .replaceAll(/[^a-z0-9]/g, '-');
}

function sendOk(reply: FastifyReply, httpStatus: number, msg?: string): FastifyReply {
  return reply
    .code(httpStatus)
    .headers({ 'cache-control': 'no-store' })
    .send({ ok: httpStatus === 200, ...(msg !== undefined && { msg }) });
}
