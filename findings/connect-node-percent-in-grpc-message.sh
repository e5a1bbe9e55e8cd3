#!/usr/bin/env bash
# @connectrpc/connect-node 2.2.0: a grpc-message with a bare percent sign hides the status beside it. PROTOCOL-HTTP2 ("Status-Message") says
# that invalid percent-encoding must not be an error; here UNIMPLEMENTED (12) comes out as UNKNOWN (2) with the words of decodeURIComponent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @connectrpc/connect@2.2.0 @connectrpc/connect-node@2.2.0 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { createServer } from 'node:http2';
import { create, createFileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, file_google_protobuf_empty } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';

/** The service t.T, without a code generator. */
const file = create(FileDescriptorProtoSchema, {
  name: 't.proto',
  package: 't',
  syntax: 'proto3',
  dependency: ['google/protobuf/empty.proto'],
  service: [
    {
      name: 'T',
      method: [
        { name: 'Ask', inputType: '.google.protobuf.Empty', outputType: '.google.protobuf.Empty' },
        { name: 'Follow', inputType: '.google.protobuf.Empty', outputType: '.google.protobuf.Empty', serverStreaming: true },
      ],
    },
  ],
});
const T = createFileRegistry(file, () => file_google_protobuf_empty.proto).getService('t.T');

for (const message of ['100% sure', '100%25 sure']) {
  const server = createServer().on('stream', (stream) => {
    const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': message };
    stream.respond(headers, { endStream: true });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${server.address().port}` });
  await createClient(T, transport).ask({}).catch(({ code, rawMessage }) => {
    console.log(`with '${message}': code ${code}, ${rawMessage}`);
  });
  server.close();
}
process.exit();
JS
cat >seen.txt <<'TEXT'
with '100% sure': code 2, URI malformed
with '100%25 sure': code 12, 100% sure
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
