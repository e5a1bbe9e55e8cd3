#!/usr/bin/env bash
# @connectrpc/connect 2.2.0: a server stream of the Connect protocol whose connection ends between two messages is INVALID_ARGUMENT to the
# client, a code that says that its own request was wrong and that asking again is of no use. gRPC has UNAVAILABLE or UNKNOWN for it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @connectrpc/connect@2.2.0 @connectrpc/connect-node@2.2.0 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { createServer } from 'node:http';
import { create, createFileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, file_google_protobuf_empty } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';

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

/** One empty message, and then the end that a proxy makes which gives up on a long answer. */
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/connect+proto' });
  response.end(Buffer.from([0, 0, 0, 0, 0]));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${server.address().port}`;
const client = createClient(T, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
try {
  for await (const _message of client.follow({})) console.log('a message');
} catch ({ code, rawMessage }) {
  console.log(`code ${code}: ${rawMessage}`);
}
process.exit();
JS
cat >seen.txt <<'TEXT'
a message
code 3: protocol error: missing EndStreamResponse
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
