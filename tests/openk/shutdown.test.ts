// SIGTERM while a hundred streams are open and a call is in flight: nobody is cut off without a word.
import '../support/one-realm.ts';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { afterEach, expect, it } from '@jest/globals';
import { Health, HealthCheckResponse_ServingStatus as Serving } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';

const CONFIG = `
drain_timeout: 8s
components:
  - { id: job, heartbeat: { period: 1h } }
`;

let openk: SpawnedOpenk;
afterEach(() => openk.dispose());

/** Opens a stream; `first` settles with its first message, `ended` with the error that it ends with. */
function open<T>(messages: AsyncIterable<T>) {
  const first = Promise.withResolvers<T>();
  const received: T[] = [];
  const ended = (async () => {
    try {
      for await (const message of messages) {
        received.push(message);
        first.resolve(message);
      }
      return undefined;
    } catch (error) {
      first.reject(error);
      return ConnectError.from(error);
    }
  })();
  return { first: first.promise, received, ended };
}

/** Sends a Connect call but for the last byte of its body. */
async function startCall(address: string): Promise<{ socket: Socket; rest: string }> {
  const { hostname, port } = new URL(address);
  const body = JSON.stringify({ component: 'job', message: 'in flight' });
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const head = [
    'POST /openk.health.v1.HealthService/ReportHealth HTTP/1.1',
    `Host: ${hostname}:${port}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ].join('\r\n');
  socket.write(`${head}\r\n\r\n${body.slice(0, -1)}`);
  return { socket, rest: body.slice(-1) };
}

it('ends streams with UNAVAILABLE, lets calls finish, and exits with 0', async () => {
  openk = await spawnOpenk(CONFIG);
  const { address } = openk;
  const sessions = Array.from({ length: 4 }, () => new Http2SessionManager(address));
  const http2 = (at: number) => createGrpcTransport({ baseUrl: address, sessionManager: sessions[at % 4]! });
  const http1 = () => createGrpcWebTransport({ baseUrl: address, httpVersion: '1.1' });
  const health = Array.from({ length: 60 }, (_, at) =>
    open(createClient(HealthService, at % 3 === 0 ? http1() : http2(at)).watchHealth({})),
  );
  const standard = Array.from({ length: 40 }, (_, at) =>
    open(createClient(Health, http2(at)).watch({ service: at % 2 === 0 ? 'job' : '' })),
  );
  await Promise.all([...health, ...standard].map(({ first }) => first));
  const { socket, rest } = await startCall(address);
  // The server has the head once it answers a later request on another connection.
  await fetch(`${address}/livez`);

  openk.signal('SIGTERM');
  // A reload that somebody asks for now is nothing, and not the end.
  await openk.logged('draining');
  openk.signal('SIGHUP');
  const errors = await Promise.all([...health, ...standard].map(({ ended }) => ended));
  expect(errors.map((error) => error?.code)).toEqual(errors.map(() => Code.Unavailable));
  expect(standard[1]?.received.at(-1)?.status).toBe(Serving.NOT_SERVING);

  socket.write(rest);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain('HEALTH_STATUS_HEALTHY');

  expect(await openk.exited).toBe(0);
  // One line for all streams, and none for each.
  const lines = openk.log.filter(({ msg }) => msg === 'draining' || msg === 'call');
  expect(lines).toEqual([expect.objectContaining({ msg: 'draining', openCalls: 101 })]);
  for (const session of sessions) session.abort();
  await expect(fetch(`${address}/livez`)).rejects.toThrow();
});

it('gives up on a call that never ends, at the end of the drain time, and still exits with 0', async () => {
  openk = await spawnOpenk(CONFIG.replace('8s', '200ms'));
  const { socket } = await startCall(openk.address);
  await fetch(`${openk.address}/livez`);
  const closed = once(socket.resume(), 'close');
  openk.signal('SIGTERM');
  expect(await openk.exited).toBe(0);
  await closed;
  expect(openk.log.map(({ msg }) => msg)).toContain('calls were still in flight at the end of the drain time: aborted');
});
