// Consul as a source: blocking queries, an index that goes back, and what instances are as targets.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ConsulDiscoverySchema } from '../../gen/openk/config/v1/config_pb.ts';
import { createConsulSource } from '../../src/discovery/sources/consul.ts';
import { addressesOf, type WatchedSource, watchSource } from './sources.ts';

let server: Server;
let watched: WatchedSource;
/** By path: what is asked and waits for the next index. */
let held: { readonly url: URL; readonly request: IncomingMessage; readonly response: ServerResponse }[];
let asked: string[];
let index: number;
let catalog: Record<string, string[]>;
let instances: Record<string, object[]>;
beforeEach(async () => {
  [held, asked, index, catalog, instances] = [[], [], 10, {}, {}];
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://consul');
    asked.push(`${url.pathname} ${url.searchParams.get('index') ?? '-'} ${request.headers['x-consul-token']}`);
    if (Number(url.searchParams.get('index') ?? 0) >= index) held.push({ url, request, response });
    else answer(url, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(async () => {
  await watched.source.close();
  expect(watched.clock.pendingTimers).toBe(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function answer({ pathname }: URL, response: ServerResponse) {
  const name = /^\/v1\/health\/service\/(.*)$/.exec(pathname)?.[1];
  const body = name === undefined ? catalog : (instances[name] ?? []);
  response.writeHead(200, { 'x-consul-index': String(index) }).end(JSON.stringify(body));
}
/** Everybody who waits is answered, by this index. */
function change(next: number) {
  index = next;
  for (const { url, response } of held.splice(0)) answer(url, response);
}
const instance = (id: string, port: number, more: object = {}) => ({
  Node: { Node: 'n1', Address: '10.0.0.1', Datacenter: 'dc1' },
  Service: { ID: id, Service: 'web', Address: '', Port: port, Tags: ['http'], Meta: { 'openk-path': '/up' }, ...more },
  Checks: [{ Status: 'passing' }, { Status: 'warning' }],
});
const watch = (more: object = {}) => {
  const options = create(ConsulDiscoverySchema, {
    server: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'secret',
    ...more,
  });
  watched = watchSource((context) => createConsulSource(options, context));
};
const waitFor = async (count: number, ms = 0) => {
  if (ms > 0) await watched.clock.advance(ms);
  while (held.length < count) await new Promise(setImmediate);
};

it('follows services and their instances, each by a question that waits', async () => {
  catalog = { consul: [], web: ['http'], db: ['sql'] };
  instances = { web: [instance('w1', 80), instance('w2', 81, { Address: 'fd00::2', Tags: null })] };
  watch({ tags: ['http'] });
  const reading = await watched.next();
  expect(addressesOf(reading)).toEqual(['10.0.0.1:80']);
  expect(reading.targets![0]).toMatchObject({
    name: 'web.n1.w1',
    labels: { service: 'web', __meta_consul_health: 'warning', __meta_consul_tags: ',http,', __openk_path: '/up' },
  });
  expect(asked).toEqual(['/v1/catalog/services - secret', '/v1/health/service/web - secret']);
  await waitFor(2, 2000);
  expect(asked.slice(2).sort()).toEqual(['/v1/catalog/services 10 secret', '/v1/health/service/web 10 secret']);
  catalog = { web: ['http'], api: ['http'] };
  instances = { api: [instance('a1', 90)] };
  change(11);
  expect(
    addressesOf(await watched.until(({ targets }) => targets!.some(({ address }) => address.endsWith(':90')))),
  ).toEqual(['10.0.0.1:90']);
});

it('begins anew where the index goes back', async () => {
  instances = { web: [instance('w1', 80)] };
  watch({ services: ['web'] });
  await watched.next();
  await waitFor(1, 2000);
  change(3);
  await watched.next();
  await watched.clock.advance(2000);
  while (asked.length < 3) await new Promise(setImmediate);
  expect(asked.map((line) => line.split(' ')[1])).toEqual(['-', '10', '-']);
});

it('keeps what it had while Consul is away', async () => {
  instances = { web: [instance('w1', 80)] };
  watch({ services: ['web'] });
  await watched.next();
  await waitFor(1, 2000);
  for (const { response } of held.splice(0)) response.writeHead(500).end('rpc error');
  const reading = await watched.next();
  expect([addressesOf(reading), reading.lost]).toEqual([
    ['10.0.0.1:80'],
    [expect.stringMatching(/^web: 127.* answered 500$/)],
  ]);
});
