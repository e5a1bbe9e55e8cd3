// Many open grpc.health.v1 Watch streams, held cheaply by node:http2 alone, in a process of their own:
// `node watch-client.ts PORT SERVICE STREAMS CONNECTIONS [gzip]`; `gzip`: by gRPC-Web, gzipped, as browsers read them. Sends a message to its parent whenever every stream has had one
// more answer; ends with its parent.
import { type ClientHttp2Session, connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { HealthCheckRequestSchema } from '../../gen/grpc/health/v1/health_pb.ts';

/** Every stream has had its answer. Times are those of the monotonic clock that all processes share, in nanoseconds. */
export interface AllAnswered {
  readonly firstNs: string;
  readonly lastNs: string;
}

const [port, service, streams, connections, coding] = process.argv.slice(2);
const isGzipped = coding === 'gzip';
const STREAMS = Number(streams);
const request = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: service ?? '' }));
const body = Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]);
const headers = {
  ':method': 'POST',
  ':path': '/grpc.health.v1.Health/Watch',
  ...(isGzipped
    ? { 'content-type': 'application/grpc-web+proto', 'accept-encoding': 'gzip' }
    : { 'content-type': 'application/grpc', te: 'trailers' }),
};
/** An envelope and a status; gzipped, in a stored block of deflate with an empty one behind it. */
const ANSWER_BYTES = isGzipped ? 5 + 7 + 5 : 7;
const GZIP_HEADER_BYTES = 10;

/** Of the answers that are waited for: the first ones have the header of gzip. */
let answerBytes = isGzipped ? ANSWER_BYTES + GZIP_HEADER_BYTES : ANSWER_BYTES;

let bytes = 0;
let firstNs = 0n;
const onData = (chunk: Buffer) => {
  if (bytes === 0) firstNs = process.hrtime.bigint();
  bytes += chunk.length;
  if (bytes < STREAMS * answerBytes) return;
  if (bytes > STREAMS * answerBytes) throw new Error('a stream had more answers than one, or a longer one');
  bytes = 0;
  answerBytes = ANSWER_BYTES;
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
