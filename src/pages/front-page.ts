// `GET /`: the dashboard, for people who come with a browser; where it was not built, and where no script runs, links to where things are.
// `OPTIONS /` is what simple health checkers send (HAProxy's bare `httpchk`): it says whether requests are welcome.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';
import { methodAsSent } from '../protocols/unusual-method.ts';
import { addVary } from '../protocols/vary.ts';
import { principalOf } from '../services/caller.ts';
import { takesGzip } from './content-encoding.ts';
import { registerAssetRoute } from './dashboard/asset-route.ts';
import { type BegunReader, createBeginnings } from './dashboard/beginning.ts';
import { type BuiltPage, POLICY } from './dashboard/built-page.ts';
import { type CountedReader, createFirstScreens, showAlways } from './dashboard/first-screen.ts';
import { registerReaderRoute } from './dashboard/reader-route.ts';
import type { ContextOf } from './health-routes.ts';
import { isKnown } from './if-none-match.ts';
import type { LoginOf } from './login-routes.ts';
import { readOnlyRoute } from './page-route.ts';

const ALLOWED = ['GET', 'HEAD', 'OPTIONS'];

export interface FrontPageOptions {
  readonly hasDocs: boolean;
  readonly hasMetrics: boolean;
  /** Undefined where it was not built. */
  readonly page: BuiltPage | undefined;
  readonly contextOf: ContextOf;
  /** What somebody sees of the components. The same for all who see the same. */
  readonly readerOf: (principal: Principal) => CountedReader & BegunReader;
  readonly loginOf: LoginOf;
  /** Once it fires, requests are not welcome any more. */
  readonly draining: AbortSignal;
}

export function registerFrontPage(app: FastifyInstance, options: FrontPageOptions): void {
  const { page, contextOf, readerOf } = options;
  const links = renderLinks(options);
  const showTo =
    page === undefined ? showAlways(renderPlainPage(links)) : createFirstScreens(withLinks(page.html, links));
  if (page !== undefined) {
    registerAssetRoute(app, page);
    registerReaderRoute(app, contextOf, options.loginOf);
    registerBeginning(app, (request) => readerOf(principalOf(contextOf(request), 'READ')));
  }
  app.get('/', (request, reply) => {
    const { html, etag } = showTo(readerOf(principalOf(contextOf(request), 'READ')));
    reply.headers({ 'content-security-policy': POLICY, 'cache-control': 'no-cache', etag });
    if (isKnown(etag, request.headers['if-none-match'])) return reply.code(304).send();
    return reply.type('text/html; charset=utf-8').send(html);
  });
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
    onRequest: async ({ raw }, reply) =>
      sendPlain(reply, refusal('METHOD_NOT_ALLOWED', { method: methodAsSent(raw), path: '/', allowed: ALLOWED })),
    handler: () => {},
  });
}

/** What the page shows first: all components, which it asks for while its program comes. */
function registerBeginning(app: FastifyInstance, readerOf: (request: FastifyRequest) => BegunReader): void {
  const beginningOf = createBeginnings();
  readOnlyRoute(app, '/dashboard.json', async (request, reply) => {
    const { plain, gzip } = await beginningOf(readerOf(request));
    const isGzip = takesGzip(request.headers['accept-encoding']);
    if (isGzip) reply.header('content-encoding', 'gzip');
    return addVary(reply, 'accept-encoding')
      .header('cache-control', 'no-store')
      .type('application/json; charset=utf-8')
      .send(isGzip ? gzip : plain);
  });
}

/** Links are relative: a proxy may have put a path before it. */
function renderLinks({ hasDocs, hasMetrics }: FrontPageOptions): string {
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
  return `<h1>OpenK</h1>\n<ul>\n${items.join('\n')}\n</ul>`;
}

function withLinks(html: string, links: string): string {
  return html.replace(/<noscript>[\s\S]*?<\/noscript>/, () => `<noscript>${links}</noscript>`);
}

function renderPlainPage(links: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>OpenK</title></head>
<body>
${links}
<p>The dashboard was not built in this checkout: <code>npm run build:web</code>, and start OpenK again.</p>
</body>
</html>
`;
}
