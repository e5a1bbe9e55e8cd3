// A collector for benches: takes OTLP/HTTP as JSON, and at the end tells how much came. Run with fork(); ends when it is
// disconnected. Asked by any message, it answers with what it has counted, which it does not do while calls are measured.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OtlpCounts {
  readonly spans: number;
  readonly logRecords: number;
  readonly metricExports: number;
}

const SPAN = Buffer.from('"spanId":"');
const LOG_RECORD = Buffer.from('"severityNumber":');

const bodies: { readonly path: string; readonly body: Buffer }[] = [];

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  bodies.push({ path: request.url ?? '', body: Buffer.concat(chunks) });
  response.setHeader('content-type', 'application/json').end('{}');
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

process.on('message', () => {
  const of = (path: string) => bodies.filter((each) => each.path === path).map(({ body }) => body);
  const counts: OtlpCounts = {
    spans: sum(of('/v1/traces').map((body) => occurrences(body, SPAN))),
    logRecords: sum(of('/v1/logs').map((body) => occurrences(body, LOG_RECORD))),
    metricExports: of('/v1/metrics').length,
  };
  process.send?.(counts);
});
process.on('disconnect', () => {
  server.close();
  server.closeAllConnections();
});

function occurrences(body: Buffer, word: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(word); at >= 0; at = body.indexOf(word, at + word.length)) count++;
  return count;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
