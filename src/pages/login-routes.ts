// Where people log in and out with a browser. Without `auth.oidc` there is nothing there.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CALLBACK, LOGIN_MS, type Login, type LoginFault, toOwnPath } from '../auth/login.ts';
import { cookieOf, type NewSession, SESSION_COOKIE } from '../auth/sessions.ts';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';

/** The login there is now; undefined where there is none. */
export type LoginOf = () => Login | undefined;

const LOGIN_COOKIE = '__Host-openk-login';
const LOGIN = '/auth/login';
const LOGOUT = '/auth/logout';
const REFRESH = '/auth/refresh';
const AGAIN = `<p><a href="${LOGIN}">Log in again</a>`;

const FAULTS: Readonly<Record<LoginFault, readonly [status: number, text: string]>> = {
  stale: [400, `This login was begun in another browser, took more than ten minutes, or is over already.${AGAIN}`],
  denied: [403, `The identity provider has not logged you in.${AGAIN}`],
  no_role: [
    403,
    'You are known, but no role here holds for you. The operators of OpenK can give you one (auth.oidc.roles).',
  ],
  claims_missing: [403, 'The identity provider keeps back what decides about you here. The log of OpenK says more.'],
  claims_too_large: [
    403,
    'The identity provider says more of you than a session can hold. The log of OpenK says more.',
  ],
  unavailable: [503, `Nobody can log in at present: the identity provider does not answer as it should.${AGAIN}`],
};

export function registerLoginRoutes(app: FastifyInstance, loginOf: LoginOf): void {
  const route = (
    method: 'GET' | 'POST',
    url: string,
    handle: (login: Login, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
  ) =>
    app.route({
      method,
      url,
      async handler(request, reply) {
        const login = loginOf();
        if (login !== undefined) return handle(login, request, reply);
        return sendPlain(reply, refusal('PATH_NOT_FOUND', { method: request.method, path: url }));
      },
    });

  route('GET', LOGIN, async (login, request, reply) => {
    const { to } = request.query as { readonly to?: unknown };
    const refreshed = await login.refresh(request.raw.headers);
    if (refreshed?.ok) {
      setCookies(reply, sessionCookie(refreshed.session));
      return redirect(reply, toOwnPath(typeof to === 'string' ? to : '/'));
    }
    const begun = await login.begin(typeof to === 'string' ? to : '/');
    if (!begun.ok) return sendFault(reply, begun.fault);
    setCookies(reply, [LOGIN_COOKIE, begun.cookie, LOGIN_MS]);
    return redirect(reply, begun.location);
  });
  route('GET', CALLBACK, async (login, { raw }, reply) => {
    const { url = '' } = raw;
    const query = url.includes('?') ? url.slice(url.indexOf('?')) : '';
    const done = await login.finish(query, cookieOf(raw.headers, LOGIN_COOKIE));
    if (!done.ok) {
      setCookies(reply, [LOGIN_COOKIE, '', 0]);
      return sendFault(reply, done.fault);
    }
    setCookies(reply, [LOGIN_COOKIE, '', 0], sessionCookie(done.session));
    return redirect(reply, done.to);
  });
  // For the script of a page, whose stream has ended with what the provider said of its reader.
  route('POST', REFRESH, async (login, { raw }, reply) => {
    const refreshed = await login.refresh(raw.headers);
    if (refreshed?.ok) {
      setCookies(reply, sessionCookie(refreshed.session));
      return reply.code(204).header('cache-control', 'no-store').send();
    }
    if (refreshed !== undefined) setCookies(reply, [SESSION_COOKIE, '', 0]);
    return sendPlain(reply, refusal('CREDENTIALS_EXPIRED', {}));
  });
  route('GET', LOGOUT, async (_login, _request, reply) =>
    sendPage(reply, 200, `<form method="post" action="${LOGOUT}"><button>Log out</button></form>`),
  );
  route('POST', LOGOUT, async (login, { raw }, reply) => {
    await login.end(raw.headers);
    setCookies(reply, [SESSION_COOKIE, '', 0]);
    return sendPage(reply, 200, `You are logged out of OpenK.${AGAIN}`);
  });
}

/** Where a browser goes that asks for a page without being logged in. */
export function redirectToLogin(reply: FastifyReply, path: string): FastifyReply {
  return redirect(reply, `${LOGIN}?to=${encodeURIComponent(path)}`);
}

function redirect(reply: FastifyReply, location: string): FastifyReply {
  return reply.code(303).headers({ location, 'cache-control': 'no-store' }).send();
}

function sendFault(reply: FastifyReply, fault: LoginFault): FastifyReply {
  const [status, text] = FAULTS[fault];
  return sendPage(reply, status, text);
}

/** @param html that nothing of a request is in */
function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply
    .code(status)
    .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .send(`<!doctype html><html lang="en"><meta charset="utf-8"><title>OpenK</title><p>${html}</html>\n`);
}

type Cookie = readonly [name: string, value: string, ms: number];

function sessionCookie({ cookie, forMs }: NewSession): Cookie {
  return [SESSION_COOKIE, cookie, forMs];
}

function setCookies(reply: FastifyReply, ...cookies: readonly Cookie[]) {
  const lines = cookies.map(
    ([name, value, ms]) => `${name}=${value}; Path=/; Max-Age=${Math.floor(ms / 1000)}; HttpOnly; Secure; SameSite=Lax`,
  );
  void reply.header('set-cookie', lines);
}
