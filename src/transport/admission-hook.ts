// Admission of what goes through Fastify: pages, and the calls of Connect's handlers. It comes before anything is read.
import type { DescMethod } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isPage } from '../auth/policy.ts';
import { cookieOf, SESSION_COOKIE } from '../auth/sessions.ts';
import type { AnyRequest } from '../calls/exchange.ts';
import type { Admission } from '../calls/protocol.ts';
import { type LoginOf, redirectToLogin } from '../pages/login-routes.ts';
import { sendRefusal } from '../protocols/rpc-protocol.ts';
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
  app.addHook('onRequest', async (request, reply) => {
    const admitted = await admit(request);
    if (admitted === undefined) return undefined;
    admissions.set(request.raw, admitted);
    if (admitted.refused?.code === Code.Unauthenticated && isForPerson(request) && loginOf() !== undefined) {
      return redirectToLogin(reply, request.url);
    }
    return admitted.refused && sendRefusal(request, reply, admitted.refused);
  });
  app.addHook('onSend', async ({ raw }, reply) => {
    if (cookieOf(raw.headers, SESSION_COOKIE) === undefined) return;
    // What is kept for good is the same for all.
    if (!/no-store|immutable/.test(String(reply.getHeader('cache-control'))))
      void reply.header('cache-control', 'private, no-cache');
    const vary = reply.getHeader('vary');
    void reply.header('vary', vary === undefined ? 'cookie' : `${vary}, cookie`);
  });

  return (request) => {
    const admitted = admissions.get(request);
    if (admitted === undefined) throw new Error(`${request.method} ${request.url} has not been let in`);
    return admitted;
  };
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
