// The upstreams of the engine bench, in a process of their own so that their heap and their load are not the engine's.
// Started by fork; sends the targets once all listen, and ends with its parent.
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** HOST:PORT of each server, by what it does. */
export interface Targets {
  readonly http: readonly string[];
  /** Send back the beginning of what comes, and close. */
  readonly tcp: readonly string[];
  readonly grpc: readonly string[];
  /** Accept and never answer. */
  readonly blackHoles: readonly string[];
}

const ANSWERING_HOSTS = 100;
const BLACK_HOLE_HOSTS = 200;

process.on('disconnect', () => process.exit());
process.send?.(await listenAll());

async function listenAll(): Promise<Targets> {
  const answering = Array.from({ length: ANSWERING_HOSTS }, (_, n) => `127.1.${n >> 8}.${(n & 255) + 1}`);
  const silent = Array.from({ length: BLACK_HOLE_HOSTS }, (_, n) => `127.2.${n >> 8}.${(n & 255) + 1}`);
  const grpc = new GrpcServer();
  new HealthImplementation({ '': 'SERVING' }).addToServer(grpc);
  return {
    http: await Promise.all(
      answering.map((host) =>
        listen(
          createHttpServer((_, answer) => answer.end('ok')),
          host,
        ),
      ),
    ),
    tcp: await Promise.all(answering.map((host) => listen(createEcho(), host))),
    grpc: await Promise.all(answering.map((host) => bind(grpc, host))),
    blackHoles: await Promise.all(silent.map((host) => listen(createBlackHole(), host))),
  };
}

function createEcho(): Server {
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (text) => socket.end(text));
  });
}

/** Takes what comes, so that it sees the other side close, and says nothing. */
function createBlackHole(): Server {
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
}

function listen(server: Server, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  server.once('error', reject);
  server.listen(0, host, () => resolve(`${host}:${(server.address() as AddressInfo).port}`));
  return promise;
}

function bind(server: GrpcServer, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  server.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (error, port) => {
    if (error) reject(error);
    else resolve(`${host}:${port}`);
  });
  return promise;
}
