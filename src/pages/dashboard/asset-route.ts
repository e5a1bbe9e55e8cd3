// What the page loads. The names have a hash of the contents, so that browsers keep them for good.
import type { FastifyInstance } from 'fastify';
import { refusal } from '../../errors/to-connect.ts';
import { sendPlain } from '../../protocols/plain-answer.ts';
import { addVary } from '../../protocols/vary.ts';
import { chooseEncoding } from '../content-encoding.ts';
import { readOnlyRoute } from '../page-route.ts';
import { type BuiltPage, POLICY } from './built-page.ts';

export function registerAssetRoute(app: FastifyInstance, page: BuiltPage): void {
  readOnlyRoute(app, '/assets/:file', async (request, reply) => {
    const { method, url, headers } = request;
    const asset = page.asset((request.params as { readonly file: string }).file);
    if (asset === undefined) return sendPlain(reply, refusal('PATH_NOT_FOUND', { method, path: url }));
    const encoding = chooseEncoding(headers['accept-encoding']);
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return addVary(reply, 'accept-encoding')
      .headers({
        'cache-control': 'public, max-age=31536000, immutable',
        // A worker keeps to the policy of its own script, not to that of the page.
        'content-security-policy': POLICY,
      })
      .type(asset.contentType)
      .send(await asset.bytes(encoding));
  });
}
