// What interceptors of Connect may do with a call by REST: look, copy by spreading, replace.
import type { Interceptor } from '@connectrpc/connect';
import { afterEach, expect, it } from '@jest/globals';
import { type RestWorld, startRestWorld } from './rest-world.ts';

let world: RestWorld;
afterEach(() => world.server.close());

const PATHS = ['/test/v1/query?text=a', '/test/v1/stream?count=1'];

async function ask(interceptors: readonly Interceptor[], path: string): Promise<Response> {
  world = await startRestWorld({ interceptors });
  const response = await fetch(world.url + path, { headers: { 'x-say': 'something' } });
  expect(response.status).toBe(200);
  await response.text();
  return response;
}

it.each(PATHS)('requests may be copied, with all their parts: %s', async (path) => {
  const seen: unknown[] = [];
  const copy: Interceptor = (next) => (request) => next({ ...request } as typeof request);
  const look: Interceptor = (next) => (request) => {
    const { url, requestMethod, header, signal, contextValues } = request;
    seen.push(new URL(url).pathname + new URL(url).search, requestMethod, header.get('x-say'), signal.aborted);
    expect(contextValues).toBeDefined();
    return next(request);
  };
  const { headers } = await ask([copy, look], path);
  expect(seen).toEqual([path, 'GET', 'something', false]);
  expect(headers.get('x-said') ?? headers.get('x-stream')).toMatch(/something|yes/);
});

it.each(PATHS)('headers that replace those of the handler go out, and those do not: %s', async (path) => {
  const replace: Interceptor = (next) => async (request) => {
    const header = new Headers({ 'x-from': 'interceptor' });
    return { ...(await next(request)), header } as Awaited<ReturnType<typeof next>>;
  };
  const { headers } = await ask([replace], path);
  expect(headers.get('x-from')).toBe('interceptor');
  expect(headers.get('x-said') ?? headers.get('x-stream')).toBeNull();
});

it.each(PATHS)('headers may be added to those of the handler: %s', async (path) => {
  const add: Interceptor = (next) => async (request) => {
    const response = await next(request);
    response.header.set('x-from', 'interceptor');
    return response;
  };
  const { headers } = await ask([add], path);
  expect(headers.get('x-from')).toBe('interceptor');
  expect(headers.get('x-said') ?? headers.get('x-stream')).toMatch(/something|yes/);
});
