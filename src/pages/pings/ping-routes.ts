// Jobs say how they are by asking for a URL, with whatever their machine has: curl, wget, a cron line. The URLs and their answers are those
// of Healthchecks (healthchecks.io/docs/http_api); push-routes.ts has those of others.
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Outcome } from '../../core/status.ts';
import { sendPlain } from '../../protocols/plain-answer.ts';
import type { Author } from '../../services/report-health.ts';
import { pageRoute } from '../page-route.ts';
import { faultOf, PING_METHODS, type PingRoutesOptions } from './ping.ts';
import { MAX_PING_BODY_BYTES, readPingBody } from './ping-body.ts';

/** One that is known. */
interface Ping {
  readonly author: Author;
  readonly component: string;
  readonly runId: string;
  /** Empty: none. */
  readonly body: string;
}

interface PingParams {
  readonly token?: string;
  readonly code?: string;
}

/** An answer in Healthchecks' words. */
type Answer = readonly [httpStatus: number, text: string];

export function registerPingRoutes(app: FastifyInstance, options: PingRoutesOptions): void {
  const { reports, findPing, addressOf } = options;
  /** @param check what is wrong with the path of a token that is known */
  const route = (
    path: string,
    take: (ping: Ping, params: PingParams) => Promise<unknown>,
    check: (params: PingParams) => Answer | undefined = () => undefined,
  ) =>
    pageRoute(app, PING_METHODS, `/ping/:token${path}`, async (request, reply) => {
      const params = request.params as PingParams;
      const found = findPing(params.token ?? '');
      const wrong = found === undefined ? NOT_FOUND : check(params);
      if (found === undefined || wrong !== undefined) return sendText(reply, wrong ?? NOT_FOUND);
      const { rid = '' } = request.query as { readonly rid?: unknown };
      const body = await readPingBody(request);
      const author = { principal: found.principal, address: addressOf(request.raw) };
      const fault = await faultOf(take({ author, component: found.component, runId: String(rid), body }, params));
      if (fault !== undefined) return sendPlain(reply, fault);
      return sendText(reply.header('ping-body-limit', MAX_PING_BODY_BYTES), [200, 'OK\n']);
    });
  const report = ({ author, component, runId, body }: Ping, outcome: Outcome, message = body) =>
    reports.report(author, component, { outcome, message, ...(runId !== '' && { runId }) });

  route('', (ping) => report(ping, 'HEALTHY'));
  route('/start', ({ author, component, runId }) => reports.startRun(author, component, runId));
  route('/fail', (ping) => report(ping, 'UNHEALTHY'));
  // It says nothing of how the job is, and OpenK keeps no log of it.
  route('/log', async () => undefined);
  route(
    '/:code',
    (ping, { code }) => {
      if (Number(code) === 0) return report(ping, 'HEALTHY');
      return report(ping, 'UNHEALTHY', `exit code ${Number(code)}${ping.body === '' ? '' : `: ${ping.body}`}`);
    },
    ({ code = '' }) => {
      if (!/^\d+$/.test(code)) return NOT_FOUND;
      return Number(code) > 255 ? NO_EXIT_CODE : undefined;
    },
  );
}

const NOT_FOUND: Answer = [404, 'not found\n'];
const NO_EXIT_CODE: Answer = [400, 'an exit code is 0 to 255\n'];

function sendText(reply: FastifyReply, [httpStatus, text]: Answer): FastifyReply {
  return reply
    .code(httpStatus)
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .send(text);
}
