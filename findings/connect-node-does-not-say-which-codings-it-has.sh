#!/usr/bin/env bash
# @connectrpc/connect 2.2.0: whoever sends a message in a coding that the server lacks is not told which ones it has. gRPC's compression.md: "The server
# will then include in its response a `grpc-accept-encoding` header specifying the algorithms that the server accepts." compressionNegotiate makes that
# metadata of its error ("To comply with …"), and what answers with the error leaves it out, for gRPC and for Connect.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @connectrpc/connect@2.2.0 @connectrpc/connect-node@2.2.0 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { connect, createServer } from 'node:http2';
import { create, createFileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, file_google_protobuf_empty } from '@bufbuild/protobuf/wkt';
import { connectNodeAdapter } from '@connectrpc/connect-node';

/** The service t.T, without a code generator. */
const empty = '.google.protobuf.Empty';
const file = create(FileDescriptorProtoSchema, {
  name: 't.proto',
  package: 't',
  syntax: 'proto3',
  dependency: ['google/protobuf/empty.proto'],
  service: [{ name: 'T', method: [{ name: 'Ask', inputType: empty, outputType: empty }] }],
});
const T = createFileRegistry(file, () => file_google_protobuf_empty.proto).getService('t.T');

const server = createServer(connectNodeAdapter({ routes: (router) => router.service(T, { ask: () => ({}) }) }));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const session = connect(`http://127.0.0.1:${server.address().port}`);
for (const [type, encoding, accepted] of [
  ['application/grpc', 'grpc-encoding', 'grpc-accept-encoding'],
  ['application/proto', 'content-encoding', 'accept-encoding'],
]) {
  const stream = session.request({ ':method': 'POST', ':path': '/t.T/Ask', 'content-type': type, [encoding]: 'deflate' });
  const seen = {};
  stream.on('response', (headers) => Object.assign(seen, headers)).on('trailers', (trailers) => Object.assign(seen, trailers));
  stream.resume().end(Buffer.alloc(5));
  await new Promise((resolve) => stream.on('close', resolve));
  const status = seen['grpc-status'] ?? `HTTP ${seen[':status']}`;
  console.log(`${type} in deflate: status ${status}, ${accepted}: ${seen[accepted] ?? 'missing'}`);
}
process.exit();
JS
cat >seen.txt <<'TEXT'
application/grpc in deflate: status 12, grpc-accept-encoding: missing
application/proto in deflate: status HTTP 501, accept-encoding: missing
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
