// The server under test of the conformance suite: what the runner asks for comes on stdin, the address goes to stdout.
// The service hangs on OpenK's own port, behind everything that stands before OpenK's own services.
// Started by the runner: node tests/conformance/server.ts --pipeline on|off
import { parseArgs } from 'node:util';
import { create, createRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { createServer } from '../../src/transport/server.ts';
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from '../gen/connectrpc/conformance/v1/server_compat_pb.ts';
import {
  ConformanceService,
  file_connectrpc_conformance_v1_service,
} from '../gen/connectrpc/conformance/v1/service_pb.ts';
import { createOpenAdmission, NO_COMPONENTS } from '../support/open-admission.ts';
import { conformanceService } from './service.ts';

/** Where the suite sets no limit; its largest messages are a few hundred kilobytes. */
const DEFAULT_REQUEST_BYTES = 4 * 1024 * 1024;
const HOST = '127.0.0.1';

const { values } = parseArgs({ options: { pipeline: { type: 'string', default: 'on' } } });
const request = await readRequest();
const server = await createServer({
  listen: { host: HOST, port: 0 },
  ...(request.useTls && { tls: tlsOf(request) }),
  admission: createOpenAdmission(),
  corsOrigins: [],
  requestBytes: request.messageReceiveLimit || DEFAULT_REQUEST_BYTES,
  drainTimeoutMs: 1000,
  pipeline: values.pipeline !== 'off',
  routes(router) {
    // The answers contain requests as google.protobuf.Any, which JSON needs the types of.
    const registry = createRegistry(file_connectrpc_conformance_v1_service);
    router.service(ConformanceService, conformanceService, { jsonOptions: { registry } });
  },
  // The suite compares the details of errors: as Connect answers, without what OpenK adds by policy.
  completeError: (error) => error,
  health: {
    readerOf: () => NO_COMPONENTS,
    readiness: { checks: () => [], notices: () => [] },
  },
  draining: new AbortController(),
  logger: pino({ level: 'warn' }, pino.destination(2)),
});
process.once('SIGTERM', () => void server.close());
const { port } = new URL(await server.listen());
writeResponse(Number(port), request.useTls ? request.serverCreds?.cert : undefined);

function tlsOf({ serverCreds, clientTlsCert }: ServerCompatRequest) {
  if (serverCreds === undefined) throw new Error('the runner asks for TLS and gives no certificate');
  const { cert, key } = serverCreds;
  return {
    cert: Buffer.from(cert),
    key: Buffer.from(key),
    ...(clientTlsCert.length > 0 && { clientCa: Buffer.from(clientTlsCert) }),
  };
}

/** Four bytes of length, big-endian, and the message. */
async function readRequest(): Promise<ServerCompatRequest> {
  let read = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    read = Buffer.concat([read, chunk]);
    if (read.length < 4) continue;
    const end = 4 + read.readUInt32BE();
    if (read.length >= end) return fromBinary(ServerCompatRequestSchema, read.subarray(4, end));
  }
  throw new Error('stdin ended before the request of the runner was complete');
}

function writeResponse(port: number, pemCert: Uint8Array | undefined): void {
  const message = create(ServerCompatResponseSchema, { host: HOST, port, ...(pemCert && { pemCert }) });
  const bytes = toBinary(ServerCompatResponseSchema, message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  process.stdout.write(Buffer.concat([length, bytes]));
}
