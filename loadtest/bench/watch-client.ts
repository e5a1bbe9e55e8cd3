// Many open grpc.health.v1 Watch streams, held cheaply by node:http2 alone, in a process of their own:
// `node watch-client.ts PORT SERVICE STREAMS CONNECTIONS`. Sends a message to its parent whenever every stream has had one
// more answer; ends with its parent.
import { type ClientHttp2Session, connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { HealthCheckRequestSchema } from '../../gen/grpc/health/v1/health_pb.ts';

/** Every stream has had its answer. Times are those of the monotonic clock that all processes share, in nanoseconds. */
export interface AllAnswered {
  readonly firstNs: string;
  readonly lastNs: string;
}

const [port, service, streams, connections] = process.argv.slice(2);
const STREAMS = Number(streams);
const request = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: service ?? '' }));
const body = Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]);
const headers = {
  ':method': 'POST',
  ':path': '/grpc.health.v1.Health/Watch',
  'content-type': 'application/grpc',
  te: 'trailers',
};
/** The envelope and a status. */
const ANSWER_BYTES = 7;

let bytes = 0;
let firstNs = 0n;
const onData = (chunk: Buffer) => {
  if (bytes === 0) firstNs = process.hrtime.bigint();
  bytes += chunk.length;
  if (bytes < STREAMS * ANSWER_BYTES) return;
  if (bytes > STREAMS * ANSWER_BYTES) throw new Error('a stream had more answers than one');
  bytes = 0;
  process.send?.({ firstNs: String(firstNs), lastNs: String(process.hrtime.bigint()) } satisfies AllAnswered);
};

process.on('disconnect', () => process.exit());
const sessions = Array.from({ length: Number(connections) }, () => connect(`http://127.0.0.1:${port}`));
for (let opened = 0; opened < STREAMS; opened++) open(sessions[opened % sessions.length]!);

function open(session: ClientHttp2Session): void {
  const stream = session.request(headers);
  stream.on('data', onData).on('end', () => {
    throw new Error('the server ended a stream');
  });
  stream.end(body);
}
