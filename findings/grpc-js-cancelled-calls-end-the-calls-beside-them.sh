#!/usr/bin/env bash
# @grpc/grpc-js 1.14.7, on the http2 of Node 20 and 26: a server counts the calls that its clients cancel, as each does whose deadline has passed.
# After a thousand, and more than 33 a second from then on, it ends the connection, and every other call on it fails at its caller, such as a
# stream that was well. Nothing of this is an option of grpc.Server. A proxy that brings the calls of many clients over one connection needs no more
# for it than clients with short deadlines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @grpc/grpc-js@1.14.7
cat >cancel.mjs <<'JS'
import grpc from '@grpc/grpc-js';

const same = (bytes) => bytes;
const method = (path, responseStream) => ({
  path,
  requestStream: false,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
let open = 0;
let seen = () => {};
const server = new grpc.Server();
server.addService(
  { ask: method('/t.T/Ask', false), follow: method('/t.T/Follow', true) },
  {
    // Answers nobody.
    ask(call) {
      open++;
      call.on('cancelled', () => {
        open--;
        seen();
      });
      seen();
    },
    follow: (call) => call.write(Buffer.from('well')),
  },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  ),
);
const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const until = (isSo) =>
  new Promise((resolve) => {
    seen = () => isSo() && resolve();
    seen();
  });

const stream = client.makeServerStreamRequest('/t.T/Follow', same, same, Buffer.alloc(0));
let ended;
stream.on('error', ({ code }) => {
  ended = grpc.status[code];
  seen();
});
await new Promise((resolve) => stream.once('data', resolve));
let cancelled = 0;
while (cancelled < 2000 && ended === undefined) {
  const calls = Array.from({ length: 50 }, () =>
    client.makeUnaryRequest('/t.T/Ask', same, same, Buffer.alloc(0), () => {}),
  );
  await until(() => open === calls.length || ended !== undefined);
  for (const call of calls) call.cancel();
  cancelled += calls.length;
  await until(() => open === 0 || ended !== undefined);
  await new Promise(setImmediate);
}
const least = Math.floor(cancelled / 1000) * 1000;
console.log(
  ended === undefined ? 'the stream is well' : `after more than ${least} calls that were cancelled: the stream beside them fails, ${ended}`,
);
process.exit();
JS
cat >seen.txt <<'TEXT'
after more than 1000 calls that were cancelled: the stream beside them fails, INTERNAL
TEXT
node cancel.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
