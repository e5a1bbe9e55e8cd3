// Containers as a source, by the socket file of a Docker Engine.
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createDockerSource } from '../../src/discovery/sources/docker.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { type WatchedSource, watchSource } from './sources.ts';

let files: TemporaryFiles;
let server: Server;
let answer: unknown;
let watched: WatchedSource;
beforeEach(async () => {
  files = createTemporaryFiles();
  server = createServer((request, response) => {
    response.writeHead(request.url === '/containers/json' ? 200 : 404).end(JSON.stringify(answer));
  }).listen(files.path('docker.sock'));
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(async () => {
  await watched.source.close();
  await new Promise((resolve) => server.close(resolve));
  files.remove();
});

const container = (name: string, labels: Record<string, string>, more: object = {}) => ({
  Id: `${name}-0123456789abcdef`,
  Names: [`/${name}`],
  Labels: labels,
  Ports: [
    { PrivatePort: 9000, Type: 'tcp' },
    { PrivatePort: 8080, Type: 'tcp' },
    { PrivatePort: 53, Type: 'udp' },
  ],
  NetworkSettings: {
    Networks: { web: { IPAddress: '172.18.0.2' }, back: { IPAddress: '172.19.0.2' }, none: { IPAddress: '' } },
  },
  ...more,
});
const watch = (network = '') => {
  const host = `unix://${files.path('docker.sock')}`;
  watched = watchSource((context) => createDockerSource({ host, network }, 15_000, context));
  return watched.next();
};

it('takes those that have a label, by their address in a network', async () => {
  answer = [
    container('plain', { team: 'x' }),
    container('web', { 'openk.path': '/up', 'com.docker.compose.service': 'web' }),
    container('db', { 'openk.probe': 'tcp', 'openk.port': '5432' }),
    container('off', { 'openk.probe': 'none' }),
    container('closed', { 'openk.probe': 'tcp' }, { Ports: [] }),
    container('wrong', { 'openk.port': 'x' }),
    container('host', { 'openk.probe': 'tcp' }, { NetworkSettings: {} }),
  ];
  const { targets, faults } = await watch();
  expect(
    targets!.map(({ name, address, labels }) => [name, address, labels.__openk_probe, labels.__openk_path]),
  ).toEqual([
    ['web', '172.19.0.2:8080', undefined, '/up'],
    ['db', '172.19.0.2:5432', 'tcp', undefined],
  ]);
  expect(targets![0]!.labels).toMatchObject({
    __meta_docker_container_name: 'web',
    __meta_docker_container_label_com_docker_compose_service: 'web',
    __meta_docker_container_network: 'back',
  });
  expect(faults.map(({ target, message }) => `${target} ${message}`)).toEqual([
    'closed has no port: give it a label openk.port',
    'wrong has a label openk.port that is no number',
    'host has no address',
  ]);
});

it('takes the network that is named, and keeps what it had while Docker is away', async () => {
  answer = [container('web', { 'openk.path': '/' })];
  expect((await watch('web')).targets![0]!.address).toBe('172.18.0.2:8080');
  answer = { message: 'no' };
  expect(await watched.next(15_000)).toMatchObject({
    targets: [{ name: 'web' }],
    lost: ['Docker answered no list of containers'],
  });
  await new Promise((resolve) => server.close(resolve));
  expect((await watched.next(15_000)).targets).toHaveLength(1);
  server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
