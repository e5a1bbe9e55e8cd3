// What browsers may do with the port: which other origins may call it (CORS), and how they treat its pages (helmet).
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { cors as connectCors } from '@connectrpc/connect';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';

/** How long a browser need not ask again; the longest that Chromium takes. */
const PREFLIGHT_MAX_AGE_S = 7_200;

/** Which scripts of other origins may call the services, and how. */
export interface CorsPolicy {
  /** As browsers send them, for example `https://status.example.com`; `*` for any. Empty: only the port's own may. */
  readonly origins: readonly string[];
  /** Headers that they may send. */
  readonly allowedHeaders: readonly string[];
  /** Headers that they may read. */
  readonly exposedHeaders: readonly string[];
  /** Whether browsers send cookies and the like. */
  readonly allowCredentials: boolean;
  /** How long a browser need not ask again, in seconds. */
  readonly maxAgeS: number;
}

export interface CorsOptions {
  readonly origins: readonly string[];
  /** Beside those of the protocols. */
  readonly allowedHeaders?: readonly string[] | undefined;
  readonly allowCredentials?: boolean | undefined;
  readonly maxAgeS?: number | undefined;
  /** Names of own headers and trailers that scripts may read, beside those of the protocols. */
  readonly exposedMetadata?: readonly string[] | undefined;
}

export function createCorsPolicy(options: CorsOptions): CorsPolicy {
  const { origins, allowedHeaders = [], allowCredentials = false, exposedMetadata = [] } = options;
  return {
    origins,
    allowedHeaders: [...connectCors.allowedHeaders, ...allowedHeaders],
    // Connect sends the trailers of unary calls as headers with this prefix.
    exposedHeaders: [...connectCors.exposedHeaders, ...exposedMetadata.flatMap((name) => [name, `trailer-${name}`])],
    allowCredentials,
    maxAgeS: options.maxAgeS ?? PREFLIGHT_MAX_AGE_S,
  };
}

/** Lets scripts of other origins call the services. */
export async function registerCors(app: FastifyInstance, policy: CorsPolicy): Promise<void> {
  const { origins, allowedHeaders, exposedHeaders, allowCredentials, maxAgeS } = policy;
  if (origins.length === 0) return;
  // @fastify/cors has an answer of its own to what is no preflight.
  app.addHook('onRequest', async (request, reply) => {
    const { method, url, headers } = request;
    const isBare = headers.origin === undefined || headers['access-control-request-method'] === undefined;
    if (method !== 'OPTIONS' || !isBare || url === '/') return;
    const fault = 'an OPTIONS request has the headers Origin and Access-Control-Request-Method here';
    return sendPlain(reply, refusal('BAD_REQUEST', { fault }));
  });
  await app.register(cors, {
    origin: [...origins],
    methods: [...connectCors.allowedMethods],
    allowedHeaders: [...allowedHeaders],
    exposedHeaders: [...exposedHeaders],
    credentials: allowCredentials,
    maxAge: maxAgeS,
  });
}

/** Of what brings none of its own: no script, forms that are sent here, and what people ask this port for in the console of their browser. */
const DEFAULT_POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';');

/** For what a browser shows. RPC answers are left as they are: a browser shows none, and each header costs every call. */
export function registerPageSecurity(app: FastifyInstance): void {
  const headers = { ...helmetHeaders(), 'content-security-policy': DEFAULT_POLICY };
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
}

/** What helmet sets is the same for each answer: it is asked once (ADR 84). */
function helmetHeaders(): Readonly<Record<string, string>> {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  // HSTS is a promise for the whole host and all its ports, which is not ours to give. Pages bring their own policy of content.
  helmet({ strictTransportSecurity: false, contentSecurityPolicy: false })(answer.req, answer, () => {});
  return answer.getHeaders() as Record<string, string>;
}
