// `GET /`: where things are, for people who come with a browser; plain links, no script. `OPTIONS /` is what simple health
// checkers send (HAProxy's bare `httpchk`): it says whether requests are welcome.
import type { FastifyInstance } from 'fastify';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';

const ALLOWED = ['GET', 'HEAD', 'OPTIONS'];
const POLICY = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

export interface FrontPageOptions {
  readonly hasDocs: boolean;
  readonly hasMetrics: boolean;
  /** Once it fires, requests are not welcome any more. */
  readonly draining: AbortSignal;
}

export function registerFrontPage(app: FastifyInstance, options: FrontPageOptions): void {
  const html = renderPage(options);
  app.get('/', (_request, reply) =>
    reply
      .headers({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' })
      .type('text/html; charset=utf-8')
      .send(html),
  );
  // Where CORS is on, a preflight request comes here too, with its headers set.
  const config = { cors: { strictPreflight: false, preflightContinue: true } };
  app.options('/', { config }, (_request, reply) =>
    options.draining.aborted
      ? sendPlain(reply, refusal('SHUTTING_DOWN', {}))
      : reply.code(204).header('allow', ALLOWED.join(', ')).send(),
  );
  const others = app.supportedMethods.filter((method) => !ALLOWED.includes(method));
  app.route({
    method: others,
    url: '/',
    // Before Fastify has its say about a body.
    onRequest: async ({ method }, reply) =>
      sendPlain(reply, refusal('METHOD_NOT_ALLOWED', { method, path: '/', allowed: ALLOWED })),
    handler: () => {},
  });
}

/** Links are relative: a proxy may have put a path before it. */
function renderPage({ hasDocs, hasMetrics }: FrontPageOptions): string {
  const links = [
    ['v1/health', 'health of the whole system'],
    ['v1/components', 'all components'],
    ...(hasDocs
      ? [
          ['docs/', 'the API, to read and to try'],
          ['openapi.yaml', 'the API for tools (OpenAPI 3.1)'],
        ]
      : []),
    ['readyz?verbose', 'whether OpenK itself is ready'],
    ...(hasMetrics ? [['metrics', 'metrics for Prometheus']] : []),
  ];
  const items = links.map(([href, text]) => `<li><a href="${href}">${text}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>OpenK</title></head>
<body>
<h1>OpenK</h1>
<ul>
${items.join('\n')}
</ul>
</body>
</html>
`;
}
