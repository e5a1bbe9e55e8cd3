// What `/docs` consists of: the page and the script of Scalar, out of its npm package, which is a Fastify plugin with the
// script in its code. That is five megabytes to read and thirty to hold, so it is done when somebody first asks.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { fastify } from 'fastify';
import type { Encoding } from '../content-encoding.ts';

export interface DocsFiles {
  readonly html: string;
  readonly script: {
    readonly contentType: string;
    /** Of its text, for ETag. */
    readonly hash: string;
    /** Compressed when it is first asked for in that form. */
    bytes(encoding: Encoding): Promise<Buffer>;
  };
}

/** A fast one: the script loses three quarters of its size, and the best one takes seconds to save a little more. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

const COMPRESS: Readonly<Record<Encoding, (text: Buffer) => Promise<Buffer>>> = {
  br: (text) => promisify(brotliCompress)(text, BROTLI),
  gzip: promisify<Buffer, Buffer>(gzip),
  identity: async (text) => text,
};

/** Stands in the configuration for what only the page in its browser knows: the folder above its own. */
const ABOVE = 'ABOVE';

/** @param documentUrl Where the page finds the OpenAPI document, seen from the page. */
export async function loadDocsFiles(documentUrl: string): Promise<DocsFiles> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  // Never listens: it is asked twice, and gone.
  const app = fastify();
  await app.register(scalar, {
    routePrefix: '/',
    configuration: {
      url: documentUrl,
      // Scalar puts a relative one behind the origin of the page, without the path that a proxy may have put before it.
      servers: [{ url: ABOVE }],
      pageTitle: 'OpenK API',
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      // What would leave the machine: chats with services of Scalar's, and its client on the web.
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      // A dozen methods fit a page, and the search of the browser then finds them all.
      defaultOpenAllTags: true,
    },
  });
  const page = await app.inject('/');
  const script = await app.inject('/js/scalar.js');
  await app.close();

  const text = script.rawPayload;
  const made = new Map<Encoding, Promise<Buffer>>();
  return {
    html: page.body
      // Without an icon of its own the browser would ask for /favicon.ico.
      .replace('<head>', '<head>\n    <link rel="icon" href="data:," />')
      .replace(`"${ABOVE}"`, "new URL('..', location).href.replace(/[/]$/, '')"),
    script: {
      contentType: String(script.headers['content-type']),
      hash: createHash('sha256').update(text).digest('base64url'),
      bytes(encoding) {
        const bytes = made.get(encoding) ?? COMPRESS[encoding](text);
        made.set(encoding, bytes);
        return bytes;
      },
    },
  };
}
