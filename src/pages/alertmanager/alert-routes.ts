// `POST /alertmanager/{token}`: alerts that an Alertmanager sends. Its answers are for who reads Alertmanager's log: only 5xx is tried again there.

import { ConnectError } from '@connectrpc/connect';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseForeignJson } from '../../core/foreign-json.ts';
import type { AlertGroup } from '../../core/heard-alerts.ts';
import { sendPlain } from '../../protocols/plain-answer.ts';
import { pageRoute } from '../page-route.ts';
import { readWebhook } from './webhook.ts';

export interface SentAlerts {
  /** Whether somebody asks for what this token says. @throws ConnectError where another instance decides */
  knows(token: string): boolean;
  /** False: there is no room for it. Undefined said: it cannot be taken. @throws ConnectError where it is not durable */
  take(token: string, said: AlertGroup | undefined): Promise<boolean>;
}

/** More than Alertmanager sends of a thousand alerts. */
const MAX_BODY_BYTES = 2 * 2 ** 20;

export function registerAlertRoutes(app: FastifyInstance, alerts: SentAlerts): void {
  pageRoute(app, ['POST'], '/alertmanager/:token', async (request, reply) => {
    const { token = '' } = request.params as { readonly token?: string };
    const isKnown = await answerOf(() => alerts.knows(token));
    if (isKnown instanceof ConnectError) return sendPlain(reply, isKnown);
    if (!isKnown) return sendText(reply, 404, 'not found\n');
    const body = await readBody(request);
    const said = typeof body === 'string' ? read(body) : body;
    const taken = await answerOf(() => alerts.take(token, 'why' in said ? undefined : said));
    if (taken instanceof ConnectError) return sendPlain(reply, taken);
    if ('why' in said) return sendText(reply, said.httpStatus, `the body ${said.why}\n`);
    return taken ? sendText(reply, 200, 'OK\n') : sendText(reply, 429, 'too much fires at once to be kept\n');
  });
}

/** What it gives, or what the caller is to hear of it. @throws what nobody should hear of */
async function answerOf<Given>(ask: () => Given | Promise<Given>): Promise<Given | ConnectError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
}

interface Untaken {
  readonly httpStatus: 400 | 413;
  readonly why: string;
}

function read(text: string): AlertGroup | Untaken {
  try {
    const said = readWebhook(parseForeignJson(text));
    return typeof said === 'string' ? { httpStatus: 400, why: said } : said;
  } catch {
    return { httpStatus: 400, why: 'is no JSON, or nested too deep' };
  }
}

async function readBody({ raw }: FastifyRequest): Promise<string | Untaken> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) return { httpStatus: 413, why: 'is larger than 2 MiB: set max_alerts' };
      chunks.push(chunk);
    }
  } catch {
    return { httpStatus: 400, why: 'has no end' };
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendText(reply: FastifyReply, httpStatus: number, text: string): FastifyReply {
  return reply
    .code(httpStatus)
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .send(text);
}
