// A kube-apiserver with its etcd, as programs of their own on the loopback: KUBE_APISERVER and ETCD name them. Everybody who has the token may do all.
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { unusedPort } from '../upstreams/tcp.ts';

export interface ApiServer {
  readonly port: number;
  readonly token: string;
  /** Status of the answer. Tried again while the server is being started anew. */
  ask(method: string, path: string, body?: object): Promise<number>;
  /** Ends the kube-apiserver and starts it again: what it had in memory of before is gone. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const READY_MS = 90_000;
const RETRY_MS = 200;
const STOP_MS = 10_000;
const TOKEN = 'token-of-one-run';

/** @throws where a program does not start */
export async function startApiServer(kubeApiserver: string, etcd: string): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'openk-kubernetes-'));
  const [port, clientPort, peerPort] = [await unusedPort(), await unusedPort(), await unusedPort()];
  const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = join(folder, 'service-account.key');
  await writeFile(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const tokens = join(folder, 'tokens.csv');
  await writeFile(tokens, `${TOKEN},admin,admin,system:masters\n`, { mode: 0o600 });
  const storage = start(etcd, [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ]);
  const startServer = () =>
    start(kubeApiserver, [
      `--etcd-servers=${client}`,
      // What is older than this is forgotten in etcd, too.
      '--etcd-compaction-interval=30s',
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${join(folder, 'certificates')}`,
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--token-auth-file=${tokens}`,
      '--authorization-mode=AlwaysAllow',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--endpoint-reconciler-type=none',
      '--disable-admission-plugins=ServiceAccount',
    ]);
  let server = startServer();
  const agent = new Agent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: false });
  const ask = async (method: string, path: string, body?: object): Promise<number> => {
    for (
      const untilMs = performance.now() + READY_MS;
      ;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    ) {
      try {
        return await askOnce(agent, port, method, path, body);
      } catch (error) {
        if (performance.now() > untilMs || server.child.exitCode !== null)
          throw new Error(`the kube-apiserver does not answer: ${server.said()}`, { cause: error });
      }
    }
  };
  const ready = async () => {
    for (const untilMs = performance.now() + READY_MS; (await ask('GET', '/readyz')) !== 200; ) {
      if (performance.now() > untilMs) throw new Error(`the kube-apiserver is not ready: ${server.said()}`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  const close = async () => {
    agent.destroy();
    await server.stop();
    await storage.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    token: TOKEN,
    ask,
    async restart() {
      await server.stop();
      server = startServer();
      await ready();
    },
    close,
  };
}

async function askOnce(agent: Agent, port: number, method: string, path: string, body?: object): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const request = httpsRequest({ agent, host: '127.0.0.1', port, method, path, headers, timeout: STOP_MS });
  request.on('timeout', () => request.destroy(new Error('no answer')));
  request.on('error', reject);
  request.on('response', (response) => text(response).then(() => resolve(response.statusCode ?? 0), reject));
  request.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

interface Program {
  readonly child: ChildProcess;
  /** The end of what it wrote. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

function start(program: string, args: readonly string[]): Program {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-2000);
  });
  child.on('error', (error) => {
    stderr += error.message;
  });
  const ended = once(child, 'close').catch(() => undefined);
  return {
    child,
    said: () => stderr,
    async stop() {
      if (child.pid === undefined) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
