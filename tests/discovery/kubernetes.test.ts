// A cluster as a source: list and watch with what happens to them, and what objects are as targets.
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  KubernetesDiscoverySchema,
  KubernetesDiscovery_Resource as Resource,
} from '../../gen/openk/config/v1/config_pb.ts';
import { createAccess } from '../../src/discovery/sources/kubernetes/access.ts';
import { readSlice, targetsOfSlices } from '../../src/discovery/sources/kubernetes/endpoints.ts';
import { createKubernetesSource } from '../../src/discovery/sources/kubernetes/kubernetes.ts';
import { fromHttpRoute, fromIngress, fromService } from '../../src/discovery/sources/kubernetes/resources.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { type KubernetesServer, startKubernetesServer } from './kubernetes-server.ts';
import { type WatchedSource, watchSource } from './sources.ts';

const SERVICES = '/api/v1/services';
const INGRESSES = '/apis/networking.k8s.io/v1/ingresses';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';

describe('list and watch', () => {
  let server: KubernetesServer;
  let watched: WatchedSource;
  beforeEach(async () => {
    server = await startKubernetesServer();
  });
  afterEach(async () => {
    await watched.source.close();
    while (server.openSockets > 0) await new Promise(setImmediate);
    expect([watched.clock.pendingTimers, server.openWatches]).toEqual([0, 0]);
    await server.close();
  });

  const watch = (more: Parameters<typeof create<typeof KubernetesDiscoverySchema>>[1] = {}) => {
    const options = create(KubernetesDiscoverySchema, {
      apiServer: server.url,
      token: 'secret',
      selector: 'team=shop',
      from: [Resource.SERVICE],
      ...more,
    });
    watched = watchSource((context) => createKubernetesSource(options, context));
  };
  const service = (name: string) => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } });
  const names = () =>
    watched.source
      .read()
      .targets?.map(({ name }) => name.replace('service.shop.', ''))
      .sort()
      .join('');
  const until = (expected: string, ms = 0) => watched.until(() => names() === expected, ms);
  const watchOne = async () => {
    server.put(SERVICES, service('a'));
    watch();
    await until('a');
    await server.watched(SERVICES);
  };

  it('reads all pages, and follows from there on, over the end of a watch too', async () => {
    for (const name of 'abcde') server.put(SERVICES, service(name));
    watch();
    await until('abcde');
    expect(server.asked.map((url) => new URL(url, 'http://s').searchParams.get('labelSelector'))).toContain(
      'team=shop',
    );
    await server.watched(SERVICES);
    server.put(SERVICES, service('f'));
    server.remove(SERVICES, 'a');
    await until('bcdef');
    const lists = server.asked.filter((url) => !url.includes('watch=1')).length;
    server.bookmark();
    server.put(SERVICES, service('g'));
    await until('bcdefg');
    server.cut();
    while (server.openWatches > 0) await new Promise(setImmediate);
    server.put(SERVICES, service('h'));
    await until('bcdefgh', 2000);
    // It went on where it was, and listed nothing again.
    expect(server.asked.filter((url) => !url.includes('watch=1'))).toHaveLength(lists);
    expect(watched.source.read().lost).toEqual([]);
  });

  it('lists again what the server has forgotten, and loses nothing meanwhile', async () => {
    for (const name of 'ab') server.put(SERVICES, service(name));
    watch();
    await until('ab');
    await server.watched(SERVICES);
    server.cut();
    while (server.openWatches > 0) await new Promise(setImmediate);
    server.remove(SERVICES, 'a');
    server.put(SERVICES, service('c'));
    server.compact();
    expect(names()).toBe('ab');
    // What is forgotten is asked for anew, and nobody is lost meanwhile.
    await watched.until(({ lost }) => {
      expect(lost).toEqual([]);
      return names() === 'bc';
    }, 2000);
  });

  it('keeps what it had while the server is away, says so, and goes on after it', async () => {
    await watchOne();
    server.answer(SERVICES, 503);
    server.cut();
    const reading = await watched.until(({ lost }) => lost.length > 0, 2000);
    expect([names(), reading.lost]).toEqual(['a', [expect.stringMatching(/^SERVICE: 127\.0\.0\.1:\d+ answered 503$/)]]);
    server.answer(SERVICES, undefined);
    server.put(SERVICES, service('b'));
    await watched.until(({ lost }) => lost.length === 0 && names() === 'ab', 2000);
  });

  it('lists at once what the server has forgotten while nobody could reach it', async () => {
    await watchOne();
    server.answer(SERVICES, 0);
    server.cut();
    await watched.until(({ lost }) => lost.length > 0, 2000);
    server.answer(SERVICES, undefined);
    server.put(SERVICES, service('b'));
    server.compact();
    // Until it tries again. That the server forgot is an answer: from here on nothing is waited for.
    await watched.clock.advance(4000);
    await until('ab');
  });

  it('watches what it may where it may not all', async () => {
    server.put(SERVICES, service('a'));
    server.answer(INGRESSES, 403);
    server.put(SLICES, {
      metadata: { name: 's', labels: { 'kubernetes.io/service-name': 'a' } },
      endpoints: [{}],
    } as never);
    watch({ from: [Resource.INGRESS, Resource.SERVICE, Resource.ENDPOINT_SLICE] });
    const reading = await watched.next();
    expect(reading.targets?.map(({ name }) => name)).toEqual(['service.shop.a', 'endpoints.shop.a']);
    expect(reading.lost).toEqual(['INGRESS: it is forbidden (403): list and watch are needed']);
    expect(reading.targets?.[1]?.observation?.outcome).toBe('HEALTHY');
    // Of endpoints that cannot be seen now nobody knows.
    await server.watched(SLICES);
    server.answer(SLICES, 401);
    server.cut();
    await watched.until(({ targets }) => targets?.[1]?.observation?.outcome === 'UNKNOWN', 2000);
    expect(watched.source.read().lost).toHaveLength(2);
  });

  it('names a service that cannot be taken, and takes the others', async () => {
    server.put(SERVICES, service('a'));
    server.put(SERVICES, { metadata: { name: 'b' }, spec: { ports: [{ port: 514, protocol: 'UDP' }] } });
    watch();
    await watched.next();
    expect(names()).toBe('a');
    expect(watched.source.read().faults).toEqual([
      { target: 'service.shop.b', message: expect.stringContaining('has no TCP port') },
    ]);
  });

  it('is not known until it is watched, where it may be listed alone', async () => {
    server.put(SLICES, {
      metadata: { name: 's', labels: { 'kubernetes.io/service-name': 'a' } },
      endpoints: [{}],
    } as never);
    server.answerWatch(SLICES, 403);
    watch({ from: [Resource.ENDPOINT_SLICE] });
    await watched.until(({ lost }) => lost.length > 0);
    const outcomes: unknown[] = [];
    // It lists again, and its watch fails again.
    while (server.asked.length < 8) {
      await watched.clock.advance(100);
      await new Promise(setImmediate);
      outcomes.push(watched.source.read().targets?.[0]?.observation?.outcome);
    }
    expect([...new Set(outcomes)]).toEqual(['UNKNOWN']);
    server.answerWatch(SLICES, undefined);
    while (watched.source.read().lost.length > 0) {
      await watched.clock.advance(100);
      await new Promise(setImmediate);
    }
    expect(watched.source.read().targets?.[0]?.observation?.outcome).toBe('HEALTHY');
  });

  it('lists nothing again for a server that has too much to do', async () => {
    await watchOne();
    server.answer(SERVICES, 429);
    server.cut();
    await watched.until(({ lost }) => lost.length > 0, 2000);
    const lists = server.asked.filter((url) => !url.includes('watch=1')).length;
    server.answer(SERVICES, undefined);
    server.put(SERVICES, service('b'));
    await watched.until(({ lost }) => lost.length === 0 && names() === 'ab', 2000);
    expect(server.asked.filter((url) => !url.includes('watch=1'))).toHaveLength(lists);
  });

  it.each([
    ['null', { kind: 'ServiceList', metadata: {}, items: null }, []],
    ['of no list', { kind: 'Status', metadata: {} }, ['SERVICE: HOST answered no list']],
  ])('items that are %s', async (_what, body, lost) => {
    server.answerList(SERVICES, body);
    watch();
    const reading = await watched.next();
    expect(reading.lost.map((text) => text.replace(/127\.0\.0\.1:\d+/, 'HOST'))).toEqual(lost);
    expect(reading.targets).toEqual(lost.length === 0 ? [] : undefined);
  });

  it('asks each namespace for itself, by a kubeconfig', async () => {
    const files = createTemporaryFiles();
    const kubeconfigFile = files.write(
      'config',
      `current-context: one
contexts: [ { name: one, context: { cluster: c, user: u } } ]
clusters: [ { name: c, cluster: { server: "${server.url}/base" } } ]
users: [ { name: u, user: { tokenFile: token } } ]`,
    );
    files.write('token', 'from-file\n');
    watch({ apiServer: '', token: '', kubeconfigFile, namespaces: ['a', 'b'] });
    expect(await watched.next()).toMatchObject({ targets: [], lost: [] });
    const paths = server.asked.map((url) => new URL(url, 'http://s').pathname);
    expect([...new Set(paths)].sort()).toEqual([
      '/base/api/v1/namespaces/a/services',
      '/base/api/v1/namespaces/b/services',
    ]);
    files.remove();
  });
});

describe('a kubeconfig', () => {
  const head = 'current-context: one\ncontexts: [ { name: one, context: { cluster: c, user: u } } ]\n';
  const accessOf = async (cluster: string, user: string) => {
    const files = createTemporaryFiles();
    const kubeconfigFile = files.write(
      'config',
      `${head}clusters: [ { name: c, cluster: { server: "https://k8s.test"${cluster} } } ]\nusers: [ { name: u, user: { ${user} } } ]`,
    );
    const options = create(KubernetesDiscoverySchema, { kubeconfigFile });
    try {
      return await createAccess(options, { network: { tlsOptions: () => () => ({}) } as never, env: {} })();
    } finally {
      files.remove();
    }
  };

  it.each([
    ['token: t', { authorization: 'Bearer t' }],
    ['username: u, password: p', { authorization: 'Basic dTpw' }],
    [
      'token: t, as: jane, as-uid: "7"',
      { authorization: 'Bearer t', 'impersonate-user': 'jane', 'impersonate-uid': '7' },
    ],
  ])('with %s', async (user, headers) => {
    expect(await accessOf('', user)).toMatchObject({ url: new URL('https://k8s.test'), headers });
  });

  it.each([
    [', proxy-url: http://proxy.test:3128', 'token: t', /names a proxy/],
    ['', 'exec: { command: aws }', /makes its credentials by a program/],
    ['', 'token: t, as: jane, as-groups: [ admins ]', /acts as groups/],
    ['', 'token: t, as: jane, as-user-extra: { scopes: [ view ] }', /extra fields of a user/],
  ])('with %s and %s says what it cannot', async (cluster, user, why) => {
    await expect(accessOf(cluster, user)).rejects.toThrow(why);
  });
});

it.each([
  [{ apiServer: 'http://127.0.0.1:1' }, /refused/],
  [{ kubeconfigFile: '/nonexistent' }, /^SERVICE: the kubeconfig cannot be read: ENOENT$/],
  [{}, /^SERVICE: OpenK runs in no cluster: name api_server or kubeconfig_file$/],
])('%j has given nothing, and says why', async (how, why) => {
  const options = create(KubernetesDiscoverySchema, { ...how, token: 'secret', from: [Resource.SERVICE] });
  const { source, next } = watchSource((context) => createKubernetesSource(options, context));
  expect(await next()).toMatchObject({ targets: undefined, lost: [expect.stringMatching(why)] });
  await source.close();
});

describe('a service', () => {
  const ports = [
    { name: 'admin', port: 9000 },
    { name: 'web', port: 8080 },
  ];
  const of = (annotations: Record<string, string>, labels: Record<string, string> = {}, spec: object = { ports }) =>
    taken(fromService({ metadata: { name: 'web', namespace: 'shop', annotations, labels }, spec }, false));
  const taken = (targets: ReturnType<typeof fromService>) => {
    if ('message' in targets) throw new Error(targets.message);
    return targets[0];
  };
  it.each([
    ['without a word', of({}), undefined],
    ['that wants none', of({ 'openk.dev/probe': 'none' }), undefined],
    ['with a path', of({ 'openk.dev/path': '/up' }), ['web.shop.svc:9000', { __openk_path: '/up' }]],
    [
      'with a named port',
      of({ 'openk.dev/port': 'web', 'openk.dev/probe': 'grpc' }),
      ['web.shop.svc:8080', { __openk_probe: 'grpc' }],
    ],
    ['with a port of its own', of({ 'openk.dev/port': '7' }), ['web.shop.svc:7', {}]],
    [
      'of ASP.NET',
      of({ HealthChecksPath: 'ready', HealthChecksPort: '8080' }, { HealthChecks: '' }),
      ['web.shop.svc:8080', { __openk_probe: 'http', __openk_path: '/ready', __openk_scheme: 'http' }],
    ],
    [
      'whose first port is of UDP',
      of(
        { 'openk.dev/probe': 'tcp' },
        {},
        {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 9153, protocol: 'TCP' },
          ],
        },
      ),
      ['web.shop.svc:9153', { __openk_probe: 'tcp' }],
    ],
    [
      'of another name',
      of({ 'openk.dev/probe': 'tcp' }, {}, { type: 'ExternalName', externalName: 'db.example.com', ports }),
      ['db.example.com:9000', { __openk_probe: 'tcp' }],
    ],
  ])('%s', (_what, target, expected) => {
    const hints = Object.entries(target?.labels ?? {}).filter(([name]) => name.startsWith('__openk_'));
    expect(target && [target.address, Object.fromEntries(hints)]).toEqual(expected);
  });

  it.each([
    ['only UDP', { 'openk.dev/probe': 'tcp' }, { ports: [{ port: 514, protocol: 'UDP' }] }, /has no TCP port/],
    ['no ports', { 'openk.dev/probe': 'tcp' }, { clusterIP: 'None', ports: null }, /has no TCP port/],
    ['not the port that is named', { 'openk.dev/port': 'metrics' }, { ports }, /no port of the name/],
  ])('with %s says why it is none', (_what, annotations, spec, why) => {
    expect(() => of(annotations as never, {}, spec)).toThrow(why);
  });

  it('has the labels that Prometheus gives it', () => {
    expect(of({ 'openk.dev/path': '/' }, { 'app.kubernetes.io/name': 'x' })!.labels).toMatchObject({
      namespace: 'shop',
      __meta_kubernetes_namespace: 'shop',
      __meta_kubernetes_service_name: 'web',
      __meta_kubernetes_service_label_app_kubernetes_io_name: 'x',
      __meta_kubernetes_service_annotation_openk_dev_path: '/',
      __meta_kubernetes_service_port_name: 'admin',
    });
  });
});

it('an ingress and a route are a target for each host name, with their own scheme and path', () => {
  const backend = (path: string, pathType: string) => ({ paths: [{ path, pathType }] });
  const ingress = {
    metadata: { name: 'i', namespace: 'n' },
    spec: {
      tls: [{ hosts: ['a.test', '*.w.test'] }],
      rules: [
        { host: 'a.test', http: backend('/x', 'Prefix') },
        { host: 'b.test', http: backend('/(.*)', 'ImplementationSpecific') },
        { host: '*.test', http: backend('/', 'Prefix') },
        { host: 'c.w.test', http: backend('/', 'Prefix') },
        { host: 'd.c.w.test', http: backend('/', 'Prefix') },
      ],
    },
  };
  const secured = {
    metadata: { name: 's', namespace: 'n' },
    spec: { tls: [{ secretName: 'default' }], rules: [{ host: 'e.test' }] },
  };
  const route = {
    metadata: { name: 'r', namespace: 'n', annotations: { 'openk.dev/path': '/up' } },
    spec: {
      hostnames: ['c.test', '*.test'],
      parentRefs: [{ port: 80 }],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/api' } }] }],
    },
  };
  const shown = [...fromIngress(ingress), ...fromIngress(secured), ...fromHttpRoute(route)].map(
    ({ name, address, labels }) => [name, address, labels.__openk_scheme, labels.__openk_path].join(' '),
  );
  expect(shown).toEqual([
    'ingress.n.i.a.test a.test:443 https /x',
    'ingress.n.i.b.test b.test:80 http /',
    'ingress.n.i.c.w.test c.w.test:443 https /',
    'ingress.n.i.d.c.w.test d.c.w.test:80 http /',
    'ingress.n.s.e.test e.test:443 https /',
    'httproute.n.r.c.test c.test:80 http /up',
  ]);
});

describe('endpoints', () => {
  const slice = (...endpoints: object[]) =>
    readSlice({ metadata: { name: 's', namespace: 'n', labels: { 'kubernetes.io/service-name': 'web' } }, endpoints })!;
  const pod = (uid: string, conditions?: object) => ({ targetRef: { uid }, addresses: [`10.0.0.${uid}`], conditions });
  const observed = (...slices: ReturnType<typeof slice>[]) => {
    const { outcome, reason } = targetsOfSlices(slices)[0]!.observation!;
    return `${outcome} ${reason.evidence ?? ''}`.trim();
  };
  it.each([
    ['none', [slice()], 'UNHEALTHY'],
    ['conditions that say nothing', [slice(pod('1'), pod('2', {}))], 'HEALTHY 2 of 2'],
    ['ready that is null', [slice(pod('1', { ready: null }))], 'HEALTHY 1 of 1'],
    ['one that is not ready', [slice(pod('1'), pod('2', { ready: false }))], 'DEGRADED 1 of 2'],
    ['none that is ready', [slice(pod('1', { ready: false }))], 'UNHEALTHY 0 of 1'],
    [
      'a rollout: what terminates still serves',
      [slice(pod('1', { ready: false, serving: true, terminating: true }), pod('2'))],
      'HEALTHY 1 of 1',
    ],
    [
      'only what terminates, and serves',
      [slice(pod('1', { ready: false, serving: true, terminating: true }))],
      'HEALTHY 0 of 0',
    ],
    [
      'addresses that are published although not ready',
      [slice(pod('1', { ready: true, serving: false }))],
      'UNHEALTHY 0 of 1',
    ],
    ['the same pods by two families', [slice(pod('1'), pod('2')), slice(pod('1'), pod('2'))], 'HEALTHY 2 of 2'],
    [
      'a pod in two slices, of which one is older',
      [slice(pod('1', { ready: false })), slice(pod('1'))],
      'HEALTHY 1 of 1',
    ],
  ])('with %s', (_what, slices, expected) => {
    expect(observed(...slices)).toBe(expected);
  });
  it('of no service are nobody', () => {
    expect(readSlice({ metadata: { name: 's' }, endpoints: [] })).toBeUndefined();
  });
});
