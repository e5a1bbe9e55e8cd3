// A client who behaves: one gRPC Check and one REST GET every 20 ms, over connections that it keeps, and how long they took.
// The clock of a request starts when it is due, so that nothing is hidden by waiting.
import { Agent as HttpAgent, get as httpGet } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';

export interface Figures {
  readonly answers: number;
  readonly failures: number;
  /** Milliseconds; of what was answered. */
  readonly p99Ms: number;
  /** Of either protocol. */
  readonly longestSilenceMs: number;
}

export interface GoodClient {
  /** Figures since the last call of it. */
  take(): Figures;
  close(): void;
}

const PERIOD_MS = 20;
const TIMEOUT_MS = 10_000;
/** Requests of one protocol that wait at the most: a server that is gone must not fill the memory of who measures it. */
const MAX_OPEN = 1_000;
/** Of HTTP/1.1, where one request at a time would make a queue of every delay. */
const CONNECTIONS = 8;
const CHECK = Buffer.alloc(5);

/** @param ca of a server that speaks TLS */
export function startGoodClient(address: string, ca: string | undefined): GoodClient {
  const protocols = [createGrpc(address, ca), createRest(address, ca)].map(track);
  const timer = setInterval(() => {
    for (const { ask } of protocols) ask();
  }, PERIOD_MS);
  return {
    take() {
      const taken = protocols.map(({ take }) => take());
      const latencies = taken.flatMap((one) => one.latencies).sort((a, b) => a - b);
      return {
        answers: latencies.length,
        failures: taken.reduce((sum, one) => sum + one.failures, 0),
        p99Ms:
          latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * 0.99))] ?? Number.POSITIVE_INFINITY,
        longestSilenceMs: Math.max(...taken.map((one) => one.longestSilenceMs)),
      };
    },
    close() {
      clearInterval(timer);
      for (const { close } of protocols) close();
    },
  };
}

interface Protocol {
  /** Calls `done` once. */
  ask(done: (isAnswered: boolean) => void): void;
  close(): void;
}

function track({ ask, close }: Protocol) {
  let latencies: number[] = [];
  let [open, failures, longestSilenceMs] = [0, 0, 0];
  let lastMs = performance.now();
  return {
    ask() {
      if (open >= MAX_OPEN) return;
      const startedMs = performance.now();
      open += 1;
      ask((isAnswered) => {
        open -= 1;
        if (!isAnswered) {
          failures += 1;
          return;
        }
        const nowMs = performance.now();
        latencies.push(nowMs - startedMs);
        longestSilenceMs = Math.max(longestSilenceMs, nowMs - lastMs);
        lastMs = nowMs;
      });
    },
    take() {
      const nowMs = performance.now();
      const figures = { latencies, failures, longestSilenceMs: Math.max(longestSilenceMs, nowMs - lastMs) };
      latencies = [];
      [failures, longestSilenceMs] = [0, 0];
      lastMs = nowMs;
      return figures;
    },
    close,
  };
}

function createGrpc(address: string, ca: string | undefined): Protocol {
  let session: ClientHttp2Session | undefined;
  const current = () => {
    if (session !== undefined && !session.destroyed && !session.closed) return session;
    session = connect(address, ca === undefined ? {} : { ca });
    session.on('error', () => {});
    return session;
  };
  return {
    ask(done) {
      let isOk = false;
      const stream = current().request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      stream.setTimeout(TIMEOUT_MS, () => stream.destroy());
      stream.on('trailers', (trailers) => {
        isOk = trailers['grpc-status'] === '0';
      });
      stream.on('error', () => {});
      stream.on('close', () => done(isOk));
      stream.resume();
      stream.end(CHECK);
    },
    close: () => session?.destroy(),
  };
}

function createRest(address: string, ca: string | undefined): Protocol {
  const options = { keepAlive: true, maxSockets: CONNECTIONS };
  const agent = ca === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ca });
  const get = ca === undefined ? httpGet : httpsGet;
  return {
    ask(done) {
      let isOk = false;
      const request = get(`${address}/v1/components/job-1/health`, { agent, timeout: TIMEOUT_MS }, (response) => {
        response.on('end', () => {
          isOk = response.statusCode === 200;
        });
        response.on('error', () => {});
        response.resume();
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => {});
      request.on('close', () => done(isOk));
    },
    close: () => agent.destroy(),
  };
}
