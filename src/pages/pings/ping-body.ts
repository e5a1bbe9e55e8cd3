// What a job sends with a ping: the last lines of its log, mostly.
import type { FastifyRequest } from 'fastify';

/** In bytes, as at healthchecks.io; what is beyond is read and forgotten. */
export const MAX_PING_BODY_BYTES = 10_000;
/** Of a body that is read to its end. */
const MAX_READ_BYTES = 1_048_576;

/** As text, however it is typed. Empty where there is none, or its sender is gone before its end. */
export async function readPingBody({ method, raw }: FastifyRequest): Promise<string> {
  if (method !== 'POST') return '';
  const kept: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
      if (bytes < MAX_PING_BODY_BYTES) kept.push(chunk.subarray(0, MAX_PING_BODY_BYTES - bytes));
      bytes += chunk.length;
      if (bytes > MAX_READ_BYTES) break;
    }
  } catch {
    return '';
  }
  return Buffer.concat(kept).toString('utf8');
}
