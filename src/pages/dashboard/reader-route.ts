// Who looks at the dashboard, so that it offers what he may do, and says what he lacks for the rest. The page's own, and no API.
import type { FastifyInstance } from 'fastify';
import { principalOf } from '../../services/caller.ts';
import type { ContextOf } from '../health-routes.ts';
import type { LoginOf } from '../login-routes.ts';
import { readOnlyRoute } from '../page-route.ts';

/** As web/src/view/operate/reader.ts reads it. */
interface ReaderJson {
  readonly name: string;
  readonly isAnonymous: boolean;
  readonly scopes: readonly string[];
  /** Where he can log in with a browser, relative to the page. */
  readonly login?: string;
}

export function registerReaderRoute(app: FastifyInstance, contextOf: ContextOf, loginOf: LoginOf): void {
  readOnlyRoute(app, '/dashboard/reader.json', (request, reply) => {
    const { name, isAnonymous, scopes } = principalOf(contextOf(request), 'READ');
    const reader: ReaderJson = {
      name,
      isAnonymous,
      scopes: [...scopes],
      ...(loginOf() !== undefined && { login: 'auth/login' }),
    };
    return reply.header('cache-control', 'no-store').send(reader);
  });
}
