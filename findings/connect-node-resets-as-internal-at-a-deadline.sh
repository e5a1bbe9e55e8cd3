#!/usr/bin/env bash
# @connectrpc/connect-node 2.2.0: at its deadline a client resets its stream of HTTP/2 with INTERNAL_ERROR, and only where its caller
# cancels with CANCEL, the one code that gRPC gives a meaning when a client sends it. A server that reads the code, as one made with the same
# package does for the signal of its handler, takes a caller who has waited long enough for an internal error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @connectrpc/connect@2.2.0 @connectrpc/connect-node@2.2.0 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { once } from 'node:events';
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

/** It never answers. */
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = createClient(T, createGrpcTransport({ baseUrl: `http://127.0.0.1:${server.address().port}` }));

async function see(what, call) {
  const asked = once(server, 'stream');
  const reset = asked.then(([stream]) => {
    stream.on('error', () => {}).resume();
    return new Promise((resolve) => stream.once('close', () => resolve(stream.rstCode)));
  });
  const failed = call(asked).then(() => undefined, ({ code }) => code);
  console.log(`${what}: reset with ${await reset}, code ${await failed} to the caller`);
}
const read = async (messages) => {
  for await (const _message of messages);
};
const cancelOnce = (asked) => {
  const cancel = new AbortController();
  asked.then(() => cancel.abort());
  return { signal: cancel.signal };
};
await see('a call at its deadline', () => client.ask({}, { timeoutMs: 200 }));
await see('a stream at its deadline', () => read(client.follow({}, { timeoutMs: 200 })));
await see('a call that is canceled', (asked) => client.ask({}, cancelOnce(asked)));
await see('a stream that is canceled', (asked) => read(client.follow({}, cancelOnce(asked))));
process.exit();
JS
cat >seen.txt <<'TEXT'
a call at its deadline: reset with 2, code 4 to the caller
a stream at its deadline: reset with 2, code 4 to the caller
a call that is canceled: reset with 8, code 1 to the caller
a stream that is canceled: reset with 8, code 1 to the caller
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
