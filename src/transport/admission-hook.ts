// Admission of what goes through Fastify: pages, and the calls of Connect's handlers. It comes before anything is read.
import type { DescMethod } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isPage } from '../auth/policy.ts';
import { cookieOf, SESSION_COOKIE } from '../auth/sessions.ts';
import type { AnyRequest } from '../calls/exchange.ts';
import { isThenable } from '../calls/invoke.ts';
import type { Admission } from '../calls/protocol.ts';
import { type LoginOf, redirectToLogin } from '../pages/login-routes.ts';
import { sendRefusal } from '../protocols/rpc-protocol.ts';
import { addVary } from '../protocols/vary.ts';
import type { AdmissionControl } from './admission.ts';
import type { ClientAddressOf } from './client-address.ts';

/** @throws Error for a request that has not been let in */
export type AdmissionOf = (request: AnyRequest) => Admission;

export function registerAdmission(
  app: FastifyInstance,
  admission: AdmissionControl,
  methods: readonly DescMethod[],
  addressOf: ClientAddressOf,
  loginOf: LoginOf,
): AdmissionOf {
  const byPath = new Map(methods.map((method) => [`/${method.parent.typeName}/${method.name}`, method]));
  const admissions = new WeakMap<AnyRequest, Admission>();

  const admit = ({ raw, method, routeOptions: { url = '' } }: FastifyRequest) => {
    // Preflights carry no credentials, and OPTIONS of a page says nothing about what is on it.
    if (method === 'OPTIONS') return undefined;
    const shown = { headers: raw.headers, socket: raw.socket, peer: addressOf(raw.socket, raw.headers) };
    if (isPage(url)) return admission.admitPage(url, shown);
    const called = byPath.get(url);
    return called && admission.admitCall(called, shown);
  };
  const enter = (request: FastifyRequest, reply: FastifyReply, admitted: Admission, done: () => void) => {
    admissions.set(request.raw, admitted);
    const { refused } = admitted;
    if (refused === undefined) done();
    else if (refused.code === Code.Unauthenticated && isForPerson(request) && loginOf() !== undefined) {
      redirectToLogin(reply, request.url);
    } else sendRefusal(request, reply, refused);
  };
  // By callbacks: a page is read by very many, and promises are a tenth of what it costs.
  app.addHook('onRequest', (request, reply, done) => {
    const admitted = admit(request);
    if (admitted === undefined) done();
    else if (isThenable<Admission>(admitted)) {
      admitted.then((settled) => enter(request, reply, settled, done)).catch(done);
    } else enter(request, reply, admitted, done);
  });
  app.addHook('onSend', ({ raw }, reply, _payload, done) => {
    if (cookieOf(raw.headers, SESSION_COOKIE) !== undefined) makePrivate(reply);
    done();
  });

  return (request) => {
    const admitted = admissions.get(request);
    if (admitted === undefined) throw new Error(`${request.method} ${request.url} has not been let in`);
    return admitted;
  };
}

function makePrivate(reply: FastifyReply): void {
  // What is kept for good is the same for all.
  if (!/no-store|immutable/.test(String(reply.getHeader('cache-control'))))
    void reply.header('cache-control', 'private, no-cache');
  addVary(reply, 'cookie');
}

/** Whether a browser asks for a page to show it. */
function isForPerson({ method, headers, routeOptions: { url = '' } }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && isPage(url) && headers.accept?.includes('text/html') === true;
}

/** @throws Error, when it starts, for a page that has no place in the table of scopes */
export function requireScopes(pages: FastifyInstance): void {
  pages.addHook('onRoute', ({ url }) => {
    if (!isPage(url)) throw new Error(`${url} has no place in the table of scopes (auth/policy.ts)`);
  });
}
