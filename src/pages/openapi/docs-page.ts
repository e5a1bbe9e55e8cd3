// `/docs`: the OpenAPI document as a page to read and to try. The policy that goes with it lets the page run its own scripts
// only, and talk to nobody but this port, whatever Scalar would like to load or to tell.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { onFirstUse } from '../../core/on-first-use.ts';
import { addVary } from '../../protocols/vary.ts';
import { chooseEncoding } from '../content-encoding.ts';
import { isKnown } from '../if-none-match.ts';
import { readOnlyRoute } from '../page-route.ts';
import { loadDocsFiles } from './docs-files.ts';
import { OPENAPI_JSON_PATH } from './openapi-routes.ts';

const DOCS_PATH = '/docs';
/** Where the page looks for its script. */
const SCRIPT_PATH = '/docs/js/scalar.js';
/** Asked for again at each visit; answered with a script only when it has changed. */
const REVALIDATED = { 'cache-control': 'no-cache' };

export function registerDocsPage(app: FastifyInstance): void {
  const files = onFirstUse(() => loadDocsFiles(`..${OPENAPI_JSON_PATH}`));

  // Relative: a proxy may have put a path before it.
  readOnlyRoute(app, DOCS_PATH, (_request, reply) => reply.redirect('docs/', 301));
  readOnlyRoute(app, `${DOCS_PATH}/`, async (_request, reply) => {
    const { html } = await files();
    const headers = { ...REVALIDATED, 'content-security-policy': policyFor(html) };
    return reply.headers(headers).type('text/html; charset=utf-8').send(html);
  });
  readOnlyRoute(app, SCRIPT_PATH, async (request, reply) => {
    const { script } = await files();
    const encoding = chooseEncoding(request.headers['accept-encoding']);
    // Weak: the same for all encodings (RFC 9110, section 8.8.3).
    const etag = `W/"${script.hash}"`;
    addVary(reply.headers({ ...REVALIDATED, etag }), 'accept-encoding');
    if (isKnown(etag, request.headers['if-none-match'])) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type(script.contentType).send(await script.bytes(encoding));
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
