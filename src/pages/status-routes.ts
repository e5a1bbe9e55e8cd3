// Status pages for readers: HTML, badges, the feed and Statuspage's JSON. Each form is made once for each state of a page, and its
// bytes are shared by all who ask (ADR 52): an outage is when everybody looks.
import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip, type ZlibOptions } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { StatusPage } from '../../gen/openk/status/v1/status_pb.ts';
import { onFirstUse } from '../core/on-first-use.ts';
import { refusal } from '../errors/to-connect.ts';
import { plainAnswer, sendAnswer, sendPlain } from '../protocols/plain-answer.ts';
import { addVary } from '../protocols/vary.ts';
import { findPrincipalName } from '../services/caller.ts';
import type { VisiblePage } from '../services/visible-page.ts';
import type { LivePage } from '../status/live-pages.ts';
import { entryKey } from '../status/project.ts';
import { renderAtom } from '../status/render/atom.ts';
import { renderBadge } from '../status/render/badge.ts';
import { renderHtml, STYLE_SOURCE } from '../status/render/html.ts';
import { NO_PAGE } from '../status/render/no-page.ts';
import { renderStatuspageJson, STATUSPAGE_FILES } from '../status/render/statuspage-json.ts';
import { entriesOf } from '../status/render/words.ts';
import { takesGzip } from './content-encoding.ts';
import type { ContextOf } from './health-routes.ts';
import { isKnown } from './if-none-match.ts';
import { type LoginOf, redirectToLogin } from './login-routes.ts';
import { readOnlyRoute } from './page-route.ts';

export interface StatusRoutesOptions {
  readonly visiblePage: VisiblePage;
  readonly contextOf: ContextOf;
  readonly loginOf: LoginOf;
  /** Name of the asset that makes a page live; undefined where it was not built. */
  readonly script: string | undefined;
  readonly keepAnswer: KeepAnswer;
}

export type AnswerHeaders = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** What an answer was made of. */
export interface KeptPage {
  /** Whether an answer that is made now is the same. */
  isCurrent(): boolean;
  /** Whether nobody may get it any more. */
  isGone(): boolean;
}

/** Takes an answer that all get who ask for the same, to be sent again. */
export type KeepAnswer = (
  request: Pick<FastifyRequest, 'method' | 'url' | 'headers'>,
  headers: AnswerHeaders,
  body: Buffer,
  page: KeptPage,
) => void;

interface Form {
  /** Other forms of the same page have others. */
  readonly name: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly render: (page: StatusPage) => string;
}

interface Encoded {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Made when somebody first asks. */
  gzipped(): Promise<Buffer>;
}

/** A proxy may show it while OpenK is away: it says as of when it is. */
const SHARED = 'public, max-age=5, stale-while-revalidate=30, stale-if-error=86400';
const PRIVATE = 'private, no-store';
/** Proxies of images, such as GitHub's, keep what they may. */
const REVALIDATED = 'no-cache';
/** Other sites may show what everybody may see. */
const FOR_OTHER_SITES = { 'cross-origin-resource-policy': 'cross-origin', 'access-control-allow-origin': '*' };
const policy = (frameAncestors: string) =>
  `default-src 'none';script-src 'self';connect-src 'self';style-src ${STYLE_SOURCE};img-src data:;base-uri 'none';form-action 'none';frame-ancestors ${frameAncestors}`;

const SVG = 'image/svg+xml; charset=utf-8';
const compress = promisify<Buffer, ZlibOptions, Buffer>(gzip);
/** All who ask while everything changes wait for it. The default takes three times as long for a hundredth less. */
const GZIP_LEVEL = 4;

export function registerStatusRoutes(
  app: FastifyInstance,
  { visiblePage, contextOf, loginOf, script: scriptName, keepAnswer }: StatusRoutesOptions,
): void {
  const encodings = createEncodings();
  // Relative to all pages: a proxy may have put a path before ours.
  const script = scriptName && `../assets/${scriptName}`;
  const pageOf = (request: FastifyRequest) =>
    visiblePage((request.params as { readonly page: string }).page, contextOf(request));
  /** Callers who may not see a page may have to log in, and are sent there for one that there is not, too. */
  const refuse = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    if (!(error instanceof ConnectError)) throw error;
    const isForPerson = request.headers.accept?.includes('text/html') === true;
    if (isForPerson && loginOf() !== undefined && isNobody(request)) return redirectToLogin(reply, request.url);
    if (!isForPerson || error.code !== Code.NotFound) return sendPlain(reply, error);
    const { status, headers } = plainAnswer(error);
    const html = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy("'none'") };
    return sendAnswer(reply, { status, headers: { ...headers, ...html, vary: 'accept' }, body: NO_PAGE });
  };
  const isNobody = (request: FastifyRequest) => findPrincipalName(contextOf(request)) === undefined;
  const sendForm = (url: string, formOf: (live: LivePage) => Form) =>
    readOnlyRoute(app, url, async (request, reply) => {
      let live: LivePage;
      let form: Form;
      try {
        live = pageOf(request);
        form = formOf(live);
      } catch (error) {
        return refuse(request, reply, error);
      }
      const isPrivate = live.definition.access === 'PRIVATE';
      const headers = { 'cache-control': isPrivate ? PRIVATE : SHARED, ...form.headers };
      const page = await live.read();
      const body = await prepare(request, reply, await encodings(page, form), {
        contentType: form.contentType,
        headers,
      });
      if (body !== undefined && !isPrivate) {
        const kept = { isCurrent: () => live.latest() === page, isGone: () => live.isGone };
        keepAnswer(request, reply.getHeaders(), body, kept);
      }
      return reply.send(body);
    });

  sendForm('/status/:page', ({ definition }) => ({
    name: 'html',
    contentType: 'text/html; charset=utf-8',
    headers: {
      'content-security-policy': policy("'none'"),
      ...(definition.access !== 'PUBLIC' && { 'x-robots-tag': 'noindex' }),
    },
    render: (page) =>
      renderHtml(page, { base: `${encodeURIComponent(page.id)}/`, isUnlisted: definition.access !== 'PUBLIC', script }),
  }));
  // Links in a page are relative to its address.
  for (const place of ['status', 'embed']) {
    readOnlyRoute(app, `/${place}/:page/`, (request, reply) => {
      const { page } = request.params as { readonly page: string };
      return reply.redirect(`../${encodeURIComponent(page)}`, 308);
    });
  }
  sendForm('/embed/:page', ({ definition: { id, embedOrigins } }) => {
    if (embedOrigins.length === 0) throw refusal('STATUS_PAGE_NOT_FOUND', { page: id });
    return {
      name: 'embed',
      contentType: 'text/html; charset=utf-8',
      headers: {
        'content-security-policy': policy(embedOrigins.join(' ')),
        'x-frame-options': '',
        'x-robots-tag': 'noindex',
        'cross-origin-resource-policy': 'cross-origin',
      },
      render: (page) =>
        renderHtml(page, { base: `../status/${encodeURIComponent(page.id)}/`, isEmbedded: true, script }),
    };
  });
  sendForm('/status/:page/feed.atom', ({ definition }) => ({
    name: 'feed',
    contentType: 'application/atom+xml; charset=utf-8',
    headers: headersOf(definition),
    render: (page) => renderAtom(page, `../${encodeURIComponent(page.id)}`),
  }));
  for (const file of STATUSPAGE_FILES) {
    sendForm(`/status/:page/api/v2/${file}.json`, ({ definition }) => ({
      name: file,
      contentType: 'application/json',
      headers: headersOf(definition),
      render: (page) => renderStatuspageJson(page, file),
    }));
  }
  readOnlyRoute(app, '/status/:page/badge/:component.svg', async (request, reply) => {
    const { component } = request.params as { readonly component: string };
    const headers = { 'cache-control': REVALIDATED, ...FOR_OTHER_SITES };
    const grey = () => send(request, reply, NO_BADGE(), { contentType: SVG, headers });
    const ownHeaders = ({ access }: LivePage['definition']) =>
      access === 'PRIVATE' ? { 'cache-control': PRIVATE } : headers;
    let live: LivePage;
    try {
      live = pageOf(request);
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return grey();
    }
    const page = await live.read();
    const keys = [component, entryKey(page.id, component)];
    const entry = entriesOf(page).find(({ key }) => keys.includes(key));
    if (entry === undefined) return grey();
    const form = { name: `badge ${entry.key}`, contentType: SVG, headers: {}, render: () => renderBadge(entry) };
    const encoded = await encodings(page, form);
    return send(request, reply, encoded, { contentType: SVG, headers: ownHeaders(live.definition) });
  });
}

function headersOf({ access }: LivePage['definition']): Readonly<Record<string, string>> {
  return access === 'PRIVATE' ? {} : FOR_OTHER_SITES;
}

const NO_BADGE = onFirstUse(() => encode(renderBadge(undefined)));

function createEncodings(): (page: StatusPage, form: Form) => Promise<Encoded> {
  const encodings = new WeakMap<StatusPage, Map<string, Promise<Encoded>>>();
  return (page, { name, render }) => {
    let forms = encodings.get(page);
    if (forms === undefined) {
      forms = new Map();
      encodings.set(page, forms);
    }
    let encoded = forms.get(name);
    if (encoded === undefined) {
      // Each step in a turn of its own: calls go in between.
      encoded = setImmediate().then(() => encode(render(page)));
      forms.set(name, encoded);
    }
    return encoded;
  };
}

function encode(text: string): Encoded {
  const bytes = Buffer.from(text);
  const gzipped = onFirstUse(async () => {
    await setImmediate();
    return compress(bytes, { level: GZIP_LEVEL });
  });
  // Weak: the same for all encodings (RFC 9110, section 8.8.3).
  return { bytes, etag: `W/"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`, gzipped };
}

interface Sent {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function send(request: FastifyRequest, reply: FastifyReply, encoded: Encoded, sent: Sent): Promise<FastifyReply> {
  return reply.send(await prepare(request, reply, encoded, sent));
}

/** Sets status and headers. @returns the body; undefined where the reader has it */
async function prepare(
  request: FastifyRequest,
  reply: FastifyReply,
  encoded: Encoded,
  { contentType, headers }: Sent,
): Promise<Buffer | undefined> {
  for (const [name, value] of Object.entries({ ...headers, etag: encoded.etag })) {
    if (value === '') reply.removeHeader(name);
    // Of an origin that may do more than read it.
    else if (name !== 'access-control-allow-origin' || !reply.hasHeader(name)) reply.header(name, value);
  }
  addVary(reply, 'accept-encoding');
  if (isKnown(encoded.etag, request.headers['if-none-match'])) {
    void reply.code(304);
    return undefined;
  }
  reply.header('content-type', contentType);
  if (!takesGzip(request.headers['accept-encoding'])) return encoded.bytes;
  reply.header('content-encoding', 'gzip');
  return await encoded.gzipped();
}
