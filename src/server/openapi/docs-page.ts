// `/docs`: the OpenAPI document as a page to read and to try (Scalar), from its npm package. The policy that goes with it
// lets the page run its own scripts only, and talk to nobody but this port, whatever Scalar would like to load or to tell.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { OPENAPI_JSON_PATH } from './openapi-routes.ts';

const DOCS_PATH = '/docs';

export async function registerDocsPage(app: FastifyInstance): Promise<void> {
  // Several megabytes, which no command but `serve` needs.
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  await app.register(async (docs) => {
    docs.addHook('onSend', async (_request, reply, payload) => {
      const isPage = typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html');
      if (isPage) reply.header('content-security-policy', policyFor(payload));
    });
    await docs.register(scalar, {
      routePrefix: DOCS_PATH,
      configuration: {
        url: OPENAPI_JSON_PATH,
        pageTitle: 'OpenK API',
        withDefaultFonts: false,
        telemetry: false,
        showDeveloperTools: 'never',
      },
    });
  });
}

/** Content Security Policy Level 3, w3.org/TR/CSP3. */
function policyFor(html: string): string {
  const directives = {
    'default-src': "'none'",
    'script-src': ["'self'", ...inlineScriptHashes(html)].join(' '),
    // Scalar sets styles at run time.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data: blob:",
    'font-src': "'self' data:",
    'connect-src': "'self'",
    'worker-src': "'self' blob:",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join(';');
}

/** Of the script that starts the page; its text is the package's. */
function inlineScriptHashes(html: string): string[] {
  const scripts = html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g);
  return [...scripts].map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}
