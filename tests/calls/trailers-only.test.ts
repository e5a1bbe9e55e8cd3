// An error of gRPC before any message is one block of headers (PROTOCOL-HTTP2.md, Trailers-Only): clients take a head of its own for the
// begin of an answer, and do not try again a call that has one (gRFC A6).

import { once } from 'node:events';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetHealthRequestSchema, WatchHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { envelope } from '../support/envelope.ts';
import { createOpenAdmission } from '../support/open-admission.ts';
import { openHttp2 } from '../support/raw-http2.ts';
import { ECHO, FAILING, METADATA_REQUEST } from '../support/wire-service.ts';
import { startServer, type TestServer, TRANSPORTS } from '../transport/harness.ts';

const SERVICE = '/openk.health.v1.HealthService';
const GET_HEALTH = `${SERVICE}/GetHealth`;
const WATCH_HEALTH = `${SERVICE}/WatchHealth`;
const bytesOf = (path: string, component: string) =>
  Buffer.from(
    path === GET_HEALTH
      ? toBinary(GetHealthRequestSchema, create(GetHealthRequestSchema, { component }))
      : toBinary(WatchHealthRequestSchema, create(WatchHealthRequestSchema, { components: [component] })),
  );

describe.each(TRANSPORTS)('%s', (transport) => {
  let test: TestServer;
  let session: ClientHttp2Session;
  let calls = 0;
  beforeAll(async () => {
    const open = createOpenAdmission();
    const admitCall: typeof open.admitCall = (...head) => {
      calls++;
      return open.admitCall(...head);
    };
    test = await startServer(transport, { admission: { ...open, admitCall }, interceptors: [] });
    session = await openHttp2(test.url, test.ca);
  });
  afterAll(async () => {
    session.destroy();
    await test.server.close();
  });

  async function blocksOf(path: string, component: string, headers: object = {}): Promise<IncomingHttpHeaders[]> {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      ...headers,
    });
    const blocks: IncomingHttpHeaders[] = [];
    stream.on('response', (head) => blocks.push(head)).on('trailers', (trailers) => blocks.push(trailers));
    stream.resume().end(envelope(bytesOf(path, component)));
    await once(stream, 'close');
    return blocks;
  }

  it.each([
    ['a unary call', GET_HEALTH],
    ['a stream', WATCH_HEALTH],
  ])('%s that fails: its head is all', async (_name, path) => {
    const blocks = await blocksOf(path, FAILING);
    expect(blocks).toHaveLength(1);
    expect(blocks[0]).toMatchObject({ ':status': 200, 'grpc-status': '9' });
    expect(blocks[0]).toHaveProperty('grpc-status-details-bin');
  });

  it('what a handler has put into the head goes out as such, before the trailers', async () => {
    const [head, trailers] = await blocksOf(GET_HEALTH, FAILING, { [METADATA_REQUEST]: 'a value' });
    expect(head).toMatchObject({ 'x-test-header': 'a value' });
    expect(head).not.toHaveProperty('grpc-status');
    expect(trailers).toMatchObject({ 'grpc-status': '9', 'x-test-trailer': 'a value' });
  });

  it('an answer with a message has trailers', async () => {
    const blocks = await blocksOf(GET_HEALTH, ECHO);
    expect(blocks.map(({ 'grpc-status': status }) => status)).toEqual([undefined, '0']);
  });

  if (transport === 'tls') return;
  it.each([
    ['a unary call', GET_HEALTH],
    ['a stream', WATCH_HEALTH],
  ])('%s is tried again by a client that is configured so', async (_name, path) => {
    const retryPolicy = {
      maxAttempts: 3,
      initialBackoff: '0.001s',
      maxBackoff: '0.001s',
      backoffMultiplier: 1,
      retryableStatusCodes: ['FAILED_PRECONDITION'],
    };
    const client = new Client(test.url.replace('http://', ''), credentials.createInsecure(), {
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [], methodConfig: [{ name: [{}], retryPolicy }] }),
    });
    const serialize = (bytes: Buffer) => bytes;
    calls = 0;
    const error = await new Promise<ServiceError | null>((resolve) => {
      if (path === GET_HEALTH)
        client.makeUnaryRequest(path, serialize, serialize, bytesOf(path, FAILING), (failed) => resolve(failed));
      else
        client
          .makeServerStreamRequest(path, serialize, serialize, bytesOf(path, FAILING))
          .on('error', (failed: ServiceError) => resolve(failed))
          .resume();
    });
    client.close();
    expect(error?.code).toBe(9);
    expect(calls).toBe(3);
  });
});
