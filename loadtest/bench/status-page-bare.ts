// What `npm run bench -- status-page` is measured against, in a process of its own: node:http and node:http2 alone, which answer from
// memory. Started with the name of a file of answers; sends its ports over IPC once it listens, and ends with its parent.
import { readFileSync } from 'node:fs';
import { createServer as createHttp1Server, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** As OpenK answered. */
export interface BareAnswers {
  readonly page: { readonly headers: Readonly<Record<string, string>>; readonly base64: string };
  /** JSON, to a POST. */
  readonly call: string;
}

export interface BarePorts {
  readonly http1: number;
  readonly http2: number;
}

const { page, call } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as BareAnswers;
const body = Buffer.from(page.base64, 'base64');
const headers = Object.entries(page.headers).flat();
// One text with its headers leaves in one piece.
const text = body.toString('latin1');

const http1 = createHttp1Server({ noDelay: true }, (request, response) => {
  if (request.method === 'GET') return void response.writeHead(200, headers).end(text, 'latin1');
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': call.length }).end(call);
  });
});
const http2 = createHttp2Server().on('stream', (stream: ServerHttp2Stream) => {
  stream.respond([...headers, ':status', '200']);
  stream.end(body);
});

process.on('disconnect', () => process.exit());
process.send?.({ http1: await listen(http1), http2: await listen(http2) } satisfies BarePorts);

function listen(server: Server | Http2Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  return promise;
}
